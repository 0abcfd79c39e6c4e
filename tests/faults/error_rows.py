"""Rows of the table: the disk refuses a write or a sync (full, or failed), once or from then on, under the whole agent in the simulator.

The refusal comes at any call, from the first of the boot on; a write that is refused may have been done in half. Then the
disk is well again, and the device boots. What was on it before the failure must be within the bounds of a power cut.
"""

import errno
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from bwc_agent.errors import StorageError
from bwc_agent.packets import Track
from bwc_agent.units import seconds
from simulator.scenario import Scenario
from tests.e2e.played import SERIAL, Shift, go_on
from tests.faults.kept import missing
from tests.faults.recovery import booted, judged
from tests.faults.simulated import a_device, films, loss, scene, taken
from tests.faults.table import Row
from tests.faults.tally import Tally
from tests.striking import MAKES, SYNCS, WRITES, refusing, struck_disk, tear

LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Refusal:
    """How the disk refuses: with which error, which calls, once or from then on."""

    error: int
    names: tuple[str, ...]
    for_ever: bool

    def __call__(self, name: str, arguments: tuple[Any, ...]) -> None:
        """A strike."""
        tear(name, arguments)
        refusing(self.error)(name, arguments)

    @property
    def what(self) -> str:
        """In words."""
        calls = "a write or a new name" if self.names == (*WRITES, *MAKES) else "a sync" if self.names == SYNCS else "a write"
        return f"{errno.errorcode[self.error]} at {calls}, {'from then on' if self.for_ever else 'once'}"


REFUSALS: Final = tuple(
    Refusal(error, names, for_ever)
    for error, names in ((errno.ENOSPC, (*WRITES, *MAKES)), (errno.EIO, WRITES), (errno.EIO, SYNCS))
    for for_ever in (False, True)
)


def rows(seed: int, runs: int) -> Iterator[Row]:
    """A row for each way to refuse; takes about two seconds a run."""
    random = Random(seed)
    with a_device() as shift, struck_disk() as disk:
        go_on(shift, _scene(shift))
        calls = Counter(disk.calls)
    for refusal in REFUSALS:
        tally = Tally(refusal.what)
        for _ in range(runs):
            _run(tally, refusal, random.randrange(sum(calls[name] for name in refusal.names)))
        yield tally.row()


def _scene(shift: Shift) -> Scenario:
    """A recording that is stopped, and one that the end of the scenario closes."""
    return scene(shift, LENGTH, [(4, "double press"), (17, "hold"), (24, "double press")])


def _run(tally: Tally, refusal: Refusal, after: int) -> None:
    """One device whose disk refuses after so many calls."""
    struck: list[int] = []
    with a_device() as shift:

        def strike(name: str, arguments: tuple[Any, ...]) -> None:
            struck.extend([shift.worlds[-1].stream.now] if shift.worlds and not struck else [])
            refusal(name, arguments)

        with struck_disk() as disk, suppress(StorageError):
            disk.strike(after, strike, *refusal.names, times=None if refusal.for_ever else 1)
            go_on(shift, _scene(shift))
        booted(shift.vault, SERIAL)
        found = films(shift)
        first = [film for name, film in found.items() if name.start == 0]
        cost = loss(shift, first[-1] if first else None, 0, struck[0]) if struck else None
        lost = sum(missing(film, taken(shift, 0, seconds(LENGTH))) for film in found.values())
        tally.add(cost, judged(shift.vault, shift.authority), lost + (unbridged(shift) if not refusal.for_ever else 0))


def after_one_failure(shift: Shift) -> int:
    """What a single failed sync in the middle of the first recording cost, over all recordings together."""
    with struck_disk() as disk:
        disk.strike(60, Refusal(errno.EIO, SYNCS, False), *SYNCS)
        go_on(shift, _scene(shift))
    return unbridged(shift)


def unbridged(shift: Shift) -> int:
    """Pictures from the first press to the end that no recording has, after a single failure; a recording that was stopped ends there.

    A disk that refuses the very start is an error of the program, which its service manager begins again: nothing was seen.
    """
    if not shift.worlds:
        return 0
    found = films(shift).values()
    have = {picture for film in found for picture in film.pictures}
    presses = [at for at, cue in shift.worlds[0].cues if cue.name == "heard"]
    stops = [at for at, cue in shift.worlds[0].cues if cue.name == "stopped"]
    ends = [next((at for at in stops if at > press), seconds(LENGTH)) for press in presses]
    given = {picture for begin, end in zip(presses, ends, strict=True) for picture in taken(shift, 0, end) if picture[1] > begin}
    return len([at for number, at in given - have if not any(film.states(at, at, Track.VIDEO) for film in found)])
