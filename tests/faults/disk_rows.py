"""The rows of `make faults` about the disk: power cuts at every system call, judged by boot, verify, dock and export."""

import random
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from tests.faults.cuts import Card, Plan, cards
from tests.faults.fates import WORST, Drawn
from tests.faults.judge import Judge, Judgement
from tests.faults.recovery import NO_BOOT
from tests.faults.story import tell
from tests.faults.table import Row

FULL: Final = 2700
"""With so many cards every call of the story is cut, each with three fates."""


def rows(seed: int, budget: int = FULL) -> list[Row]:
    """About `budget` power cuts, each booted and judged, and a share of them cut again, docked, exported; all follows from `seed`.

    Takes about 0.08 s of CPU for each of the budget.
    """
    with tempfile.TemporaryDirectory(prefix="bwc-faults-") as folder:
        return list(_rows(Path(folder), seed, budget))


def _rows(root: Path, seed: int, budget: int) -> Iterator[Row]:
    judge, out = Judge(tell(root / "story")), root / "out"
    out.mkdir()

    def some(share: float, salt: int) -> Iterator[Card]:
        chosen = plan(len(judge.story.tape.calls), seed + salt, round(budget * share))
        return cards(judge.story, chosen, root / "card")

    yield _row("power cut at a system call, boot, boot", map(judge.booted, some(1, 0)), promised=True)
    again = chain.from_iterable(judge.cut_again(card, seed, root / "again") for card in some(1 / 300, 1))
    yield _row("the same, and the boot cut at each of its calls", again)
    yield _row("power cut, boot, offload, custody, release", map(judge.docked, some(1 / 10, 2)))
    yield _row("power cut, boot, export, every picture decoded", (judge.exported(card, out) for card in some(1 / 30, 3)))


def plan(calls: int, seed: int, runs: int) -> Plan:
    """Cuts at `runs` / 3 of the 0 to `calls` calls: nothing unsynced survived, all did, and one case that is drawn."""
    draw = random.Random(seed)
    chosen = draw.sample(range(calls + 1), min(calls + 1, max(1, runs // 3)))
    return {call: [*WORST[:2], draw.choice([*WORST[2:], *[_drawn(draw)] * 3])] for call in chosen}


def _drawn(draw: random.Random) -> tuple[str, Drawn]:
    seed = draw.randrange(1 << 32)
    return f"drawn by {seed}", Drawn(seed)


def _row(what: str, judgements: Iterable[Judgement], promised: bool = False) -> Row:
    found = list(judgements)
    wrong = [f"{judged.card}: {words}" for judged in found for words in judged.wrong]
    failed = sum(NO_BOOT in words for words in wrong)
    return Row(
        what,
        len(found),
        max(judged.loss.stored for judged in found) if promised else None,
        max(judged.loss.signed for judged in found) if promised else None,
        sum(bool(judged.wrong) for judged in found),
        sum(judged.missing for judged in found),
        f"{failed} boots failed" + (f"; {wrong[0]}" if wrong else ""),
    )
