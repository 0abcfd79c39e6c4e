"""A fault in the simulator: the real agent on the real disk, faster than real time, its world known to the picture."""

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bwc_agent.evidence.fields import integer
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.units import seconds, ticks_from_ns
from simulator.scenario import Scenario, load_scenario
from tests.e2e.played import Shift, enrolled
from tests.faults.kept import Kept, Picture, behind, kept, missing

Event = tuple[float, str]
"""At which second of the world, and what is done."""
HEAD: Final = """length = "{length} s"
time = {time}
[settings.picture]
size = "320x180"
bitrate = "500 kb/s"
"""
"""The smallest picture that can be read."""


@contextmanager
def a_device() -> Iterator[Shift]:
    """A device that has not started yet, in a folder of its own."""
    with TemporaryDirectory() as name:
        yield enrolled(Path(name))


def scene(shift: Shift, length: float, events: Sequence[Event], year: int = 2026) -> Scenario:
    """A scenario of `length` seconds, in January of `year`."""
    time = datetime.datetime(year, 1, 1, 12, tzinfo=datetime.UTC).isoformat()
    done = "".join(f'[[event]]\nat = "{at:.4f} s"\ndo = "{do}"\n' for at, do in sorted(events))
    path = shift.root / "scenario.toml"
    path.write_text(HEAD.format(length=length, time=time) + done)
    return load_scenario(path)


def taken(shift: Shift, start: int, until: int) -> list[Picture]:
    """What the camera of a start gave up to `until` (ticks): number, capture time in ticks."""
    return [(number, at) for number, at in ((n, ticks_from_ns(ns)) for n, ns in shift.taken[start]) if at <= until]


def film_of(shift: Shift, name: RecordingName) -> Kept | None:
    """All that is kept of a recording."""
    return kept(shift.vault.recording(name), shift.authority, shift.recipient)


def loss(shift: Shift, film: Kept | None, start: int, until: int) -> tuple[float, float] | None:
    """Seconds of pictures or sound, whichever lost more, at a cut `until` (ticks): stored, signed. None before "recording" shows."""
    if all(cue.name != "recording" for _, cue in shift.worlds[start].cues):
        return None
    seen = taken(shift, start, until)[-1][1]
    if film is None:
        return behind(seen, None), behind(seen, None)
    stored = max(behind(seen, film.last_picture), behind(until, film.sound_end))
    return stored, max(behind(seen, film.signed_picture), behind(until, film.signed_sound_end))


def missing_in(shift: Shift, until: Sequence[int]) -> int:
    """Pictures and sound that the recordings lack, or state as given up; `until` is the end of each start (ticks)."""
    out = 0
    for name in shift.vault.names():
        if (film := film_of(shift, name)) is not None:
            out += missing(film, taken(shift, name.start, until[name.start])) + dropped(film)
    return out


def dropped(film: Kept) -> int:
    """Samples that the recorder gave up, and said so."""
    return sum(integer(line, "samples") for line in film.log.lines if line["kind"] == "drop")


def faults(film: Kept, part: str) -> list[bool]:
    """What the log says of a part, in its order: True lost, False back."""
    return [line["lost"] is True for line in film.log.lines if line["kind"] == "fault" and line["part"] == part]
