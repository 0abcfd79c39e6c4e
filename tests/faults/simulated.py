"""A fault in the simulator: the real agent on the real disk, faster than real time, its world known to the picture."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bwc_agent.evidence.fields import integer
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.units import ticks_from_ns
from simulator.scenario import Scenario, load_scenario
from tests.e2e.played import Shift, enrolled
from tests.faults.kept import Kept, Picture, behind, kept, missing

Event = tuple[float, str]
"""At which second of the world, and what is done."""
HEAD: Final = """length = "{length:.4f} s"
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


def films(shift: Shift) -> dict[RecordingName, Kept]:
    """All that is kept of each recording whose log can be believed."""
    found = {name: kept(shift.vault.recording(name), shift.authority, shift.recipient) for name in shift.vault.names()}
    return {name: film for name, film in found.items() if film is not None}


def loss(shift: Shift, film: Kept | None, world: int, until: int) -> tuple[float, float] | None:
    """Seconds of pictures or sound, whichever lost more, at a failure `until` (ticks): stored, signed. None if "recording" did not show."""
    shown = [cue.name for at, cue in shift.worlds[world].cues if at <= until and cue.name in ("recording", "stopped")]
    if shown[-1:] != ["recording"]:
        return None
    seen = taken(shift, world, until)[-1][1]
    if film is None:
        return behind(seen, None), behind(seen, None)
    stored = max(behind(seen, film.last_picture), behind(until, film.sound_end))
    return stored, max(behind(seen, film.signed_picture), behind(until, film.signed_sound_end))


def missing_in(shift: Shift, found: Mapping[RecordingName, Kept], until: Sequence[int]) -> int:
    """Pictures and sound that the recordings lack, or state as given up; `until` is the end of each start (ticks)."""
    return sum(missing(film, taken(shift, name.start, until[name.start])) + dropped(film) for name, film in found.items())


def dropped(film: Kept) -> int:
    """Samples that the recorder gave up, and said so."""
    return sum(integer(line, "samples") for line in film.log.lines if line["kind"] == "drop")


def faults(film: Kept, part: str) -> list[bool]:
    """What the log says of a part, in its order: True lost, False back."""
    return [line["lost"] is True for line in film.log.lines if line["kind"] == "fault" and line["part"] == part]
