"""Cuts of a story: at any system call, by any fate. A cut at call `n` comes just before that call: all before it were made."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bwc_agent.evidence.layout import RecordingName, Vault
from tests.faults.disk import Change, Disk, Fate
from tests.faults.story import SERIAL, Moment, Story
from tests.faults.taped import Tape

NEVER: Final = 1 << 60

Plan = Mapping[int, Sequence[tuple[str, Fate]]]
"""The fates that each call is cut with."""


@dataclass(frozen=True, slots=True)
class Card:
    """The card after a cut at `call` as `fate` left it, and a copy of what the agency's storage held then.

    `begun` are the starts for which a journal was ever made.
    """

    call: int
    fate: str
    vault: Vault
    storage: Path
    begun: frozenset[int]

    def elsewhere(self, name: RecordingName) -> Path:
        """The folder of a recording in the agency's storage."""
        return Vault(self.storage / SERIAL).recording(name)

    def __str__(self) -> str:
        return f"cut at call {self.call}, {self.fate}"


def replayed(tape: Tape[Any], calls: Iterable[int]) -> Iterator[tuple[int, Disk]]:
    """The disk just before each of `calls` (rising)."""
    disk, done = deepcopy(tape.before), 0
    for call in calls:
        for taped in tape.calls[done:call]:
            disk.apply(taped.operation)
        done = call
        yield call, disk


def begun(tape: Tape[Any], call: int) -> frozenset[int]:
    """Starts whose journal was made before `call`."""
    changes = (taped.operation for taped in tape.calls[:call])
    names = (name for change in changes if isinstance(change, Change) and change.folder.name == "journal" for name in change.names)
    return frozenset(int(path.stem) for name in names if (path := Path(name)).suffix == ".jsonl")


def cards(story: Story, plan: Plan, root: Path) -> Iterator[Card]:
    """A card for each call (from 0 to the number of calls) and each of its fates, in a folder below `root` that goes afterwards."""
    for call, disk in replayed(story.tape, sorted(plan)):
        for word, fate in plan[call]:
            root.mkdir()
            card = Card(call, word, Vault(root / "device"), root / "storage", begun(story.tape, call))
            disk.materialise(fate, card.vault.root)
            _copy_storage(story, moment(story, call).held, card.storage)
            yield card
            shutil.rmtree(root)


def _copy_storage(story: Story, held: frozenset[str], target: Path) -> None:
    """Objects never change, so a link is a copy."""
    target.mkdir()
    for name in held:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).hardlink_to(story.desk.storage / name)


def moment(story: Story, call: int) -> Moment:
    """The latest moment of a cut at `call`; where the next call is another start's, the first start had run to its end."""
    calls = story.tape.calls
    before = calls[call - 1].moment if call else calls[0].moment
    if call < len(calls) and calls[call].moment.start == before.start:
        return calls[call].moment
    return Moment(before.start, NEVER, before.held)
