"""Rows of the table: a device docks while something goes wrong, and once more when it does no longer.

After every step the judge asks whether evidence is lost, or given up before it was proven elsewhere; the fault must be told
in words that name the mend; and the docking afterwards must deliver, prove and release everything.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from tests.faults.hostile_store import HOSTILE
from tests.faults.store_accidents import ACCIDENTS
from tests.faults.store_agency import AGENCY
from tests.faults.store_faults import MAILBOX, NETWORK, STORE, Fault
from tests.faults.store_full import full
from tests.faults.store_stage import Stage, stage
from tests.faults.store_story import StoreStory
from tests.faults.store_table import Docked

FAULTS: Final[Sequence[Fault]] = (*NETWORK, *STORE, *ACCIDENTS, *AGENCY, *MAILBOX, *HOSTILE)


def rows(seed: int, runs: int) -> Iterator[Docked]:
    """A row for each fault, `runs` of each; takes about five seconds a run."""
    random = Random(seed)
    with TemporaryDirectory() as name, stage(Path(name)) as here:
        for fault in FAULTS:
            yield sum((suffered(here, fault, random) for _ in range(runs)), Docked(fault.what))
    yield from full()


def suffered(here: Stage, fault: Fault, random: Random) -> Docked:
    """One run: a round while the fault holds, and one afterwards."""
    with here.story(fault.large) as story:
        with fault.during(here, story, random):
            story.round()
        unclear, before = _unclear(fault, story), len(story.said)
        story.round()
        told = story.said[:before] if unclear else story.said[before:]
        return Docked(fault.what, 1, len(set(story.found.lost)), len(set(story.found.early)), unclear, len(story.left), "; ".join(told[:2]))


def _unclear(fault: Fault, story: StoreStory) -> int:
    """1 if nobody said in the expected words what is wrong, and with which device, message or store."""
    return int(bool(fault.says) and not any(re.search(fault.says, each) and _names(each, story) for each in story.said))


def _names(message: str, story: StoreStory) -> bool:
    return any(word in message for word in (story.shift.serial, "https://", ".jsonl"))
