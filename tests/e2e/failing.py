"""Shifts during which the card fails, with one encoded second for ever: what is signed of each track is all that counts here."""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

from bwc_agent.evidence.fields import integer, objects
from bwc_agent.evidence.verdict import DeviceVerdict
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.units import TICKS
from simulator.scenario import load_scenario
from tests.e2e.played import Shift, play
from tests.striking import Striking, refusing, struck_disk

HEAD = 'length = "{length} s"\nsight = "packets"\n[settings.picture]\nsize = "320x180"\nbitrate = "500 kb/s"\n'
Act = Callable[[Striking], None]
Acts = list[tuple[float, Act]]
Events = list[tuple[float, str]]


def played(root: Path, length: int, events: Events, acts: Acts) -> Shift:
    """A scenario during which `acts` happen to the card, each at its second; those of a later one afterwards."""
    root.mkdir(exist_ok=True)
    path = root / "scenario.toml"
    path.write_text(HEAD.format(length=length) + "".join(f'[[event]]\nat = "{at} s"\ndo = "{do}"\n' for at, do in events))
    waiting = list(acts)
    with struck_disk() as disk:

        def at(now: int) -> None:
            while waiting and now >= waiting[0][0] * TICKS:
                waiting.pop(0)[1](disk)

        shift = play(load_scenario(path), root, at=at)
        for _, act in waiting:
            act(disk)
    return shift


def judged(shift: Shift) -> DeviceVerdict:
    """Nothing contradicts itself, and no time is unknown."""
    verdict = verify_device(shift.vault.root, shift.authority)
    assert not verdict.reasons, verdict.reasons
    assert [time.unknown for time in verdict.times] == [0]
    return verdict


def spans(verdict: DeviceVerdict, track: int) -> list[tuple[int, int]]:
    """Capture times (ticks) from and to which the recordings together have that track, holes of 50 ms or less left out."""
    out: list[tuple[int, int]] = []
    for first, last in sorted(_windows(verdict, track)):
        if out and first - out[-1][1] <= TICKS // 20:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return out


def _windows(verdict: DeviceVerdict, track: int) -> Iterator[tuple[int, int]]:
    for recording in verdict.recordings:
        for mark in recording.log.marks if recording.log is not None else ():
            for found in objects(mark, "tracks"):
                if found["track"] == track:
                    yield integer(found, "from"), integer(found, "to")


def fails(*calls: str, error: int = errno.EIO, times: int | None = None, after: int = 0) -> Act:
    """Those calls, or every change, from now on."""
    return lambda disk: disk.strike(after, refusing(error), *calls, times=times)
