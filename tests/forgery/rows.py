"""The whole table tried: per class how many alterations were made, and how many of them got a wrong verdict."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.forgery.honest import Honest
from tests.forgery.judge import Judge, Missed
from tests.forgery.kinds import Case, Draw, Kind
from tests.forgery.simulated import simulated
from tests.forgery.table import KINDS, UNSEEN
from tests.forgery.tiny import tiny


@dataclass(frozen=True, slots=True)
class Row:
    """A class, how many alterations of it were `tried`, and those of them that were `missed`."""

    what: str
    tried: int
    missed: tuple[Missed, ...]


def rows(seed: int, budget: int) -> list[Row]:
    """A row for each class, of at most about `budget` alterations of either shift, drawn by `seed`; missed must be empty."""
    kinds = [*KINDS, *(kind for kind, _ in UNSEEN)]
    with TemporaryDirectory(prefix="bwc-forgery-") as folder:
        both = [tried(shift(), Path(folder) / shift.__name__, seed, budget, kinds) for shift in (simulated, tiny)]
        return [Row(one.what, one.tried + other.tried, one.missed + other.missed) for one, other in zip(*both, strict=True)]


def tried(honest: Honest, folder: Path, seed: int, budget: int, kinds: Iterable[Kind]) -> Iterator[Row]:
    """The rows of these classes, as they are done; the altered records lie in the new folders below `folder`."""
    judge = Judge(folder, honest)
    for kind in kinds:
        answers = [judge.missed(kind, case) for case in drawn(honest, kind, seed, budget)]
        yield Row(kind.what, len(answers), tuple(answer for answer in answers if answer is not None))


def drawn(honest: Honest, kind: Kind, seed: int, budget: int) -> Iterator[Case]:
    """At most about `budget` cases of a class, the same ones for the same seed."""
    return kind.cases(honest, Draw(random.Random(f"{seed} {kind.what}"), budget))
