"""Rows of the table: a device docks while something goes wrong, and once more when it does no longer.

After every step the judge asks whether evidence is lost, or given up before it was proven elsewhere; the fault must be told
in words that name the mend; and the docking afterwards must deliver, prove and release everything.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.faults.store_faults import Fault
from tests.faults.store_stage import Stage, stage
from tests.faults.store_story import StoreStory


@dataclass(frozen=True, slots=True)
class Docked:
    """One kind of fault: of `runs`, how many files were lost or given up early; runs without a clear message; files never released."""

    what: str
    runs: int = 0
    lost: int = 0
    early: int = 0
    unclear: int = 0
    left: int = 0
    note: str = ""

    @property
    def broken(self) -> bool:
        """A promise does not hold, or nothing was run."""
        return not self.runs or bool(self.lost or self.early or self.unclear or self.left)

    def __add__(self, other: "Docked") -> "Docked":
        names = ("runs", "lost", "early", "unclear", "left")
        return replace(self, note=self.note or other.note, **{name: getattr(self, name) + getattr(other, name) for name in names})


def suffered(here: Stage, fault: Fault, random: Random) -> Docked:
    """One run: a round while the fault holds, and one afterwards."""
    with here.story(fault.large) as story:
        with fault.during(here, story, random):
            story.round()
        unclear = _unclear(fault, story)
        said = list(story.said)
        story.round()
        note = "; ".join(said[:2]) if unclear else "; ".join(story.said[len(said) :][:2]) if story.left else ""
        return Docked(fault.what, 1, len(set(story.found.lost)), len(set(story.found.early)), unclear, len(story.left), note)


def _unclear(fault: Fault, story: StoreStory) -> bool:
    """Nobody said in the expected words what is wrong, and with which device, object or store."""
    return bool(fault.says) and not any(re.search(fault.says, each) and _named(each, story) for each in story.said)


def _named(message: str, story: StoreStory) -> bool:
    return story.shift.serial in message or "https://" in message or ".jsonl" in message


def rows(faults: Sequence[Fault], seed: int, runs: int) -> Iterator[Docked]:
    """A row for each fault, `runs` of each."""
    random = Random(seed)
    with TemporaryDirectory() as name, stage(Path(name)) as here:
        for fault in faults:
            yield total(fault.what, (suffered(here, fault, random) for _ in range(runs)))


def total(what: str, runs: Iterable[Docked]) -> Docked:
    """Their sum."""
    row = Docked(what)
    for run in runs:
        row += run
    return row
