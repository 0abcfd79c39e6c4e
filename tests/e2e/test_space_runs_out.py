"""A card that fills up: warned early, coarser later, no new recording into the reserve, and the one being made is closed in order."""

from pathlib import Path

from bwc_agent.control.capacity import CLOSING
from bwc_agent.evidence.fields import integer, objects
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.units import TICKS, seconds
from simulator.scenario import load_scenario
from tests.e2e.played import Shift, numbers, play
from tests.journals import journal

HEAD = """
length = "{length} s"
sight = "{sight}"
[storage]
size = "{size}"
[settings.picture]
size = "320x180"
bitrate = "500 kb/s"
[settings.storage]
low_bitrate = "250 kb/s"
"""
SIZE = 44_000_000
"""Bytes; 42 MB of it are the reserve of these settings."""


def played(root: Path, length: int, size: str, *events: tuple[float, str], sight: str = "scene") -> Shift:
    path = root / "scenario.toml"
    told = "".join(f'[[event]]\nat = "{at} s"\ndo = "{do}"\n' for at, do in events)
    path.write_text(HEAD.format(length=length, size=size, sight=sight) + told)
    return play(load_scenario(path), root)


def log(shift: Shift, number: int = 1) -> RecordingLog:
    verdict = verify_device(shift.vault.root, shift.authority)
    assert verdict.state is State.COMPLETE
    found = verdict.recordings[number - 1].log
    assert found is not None
    return found


def cues(shift: Shift, name: str) -> list[int]:
    return [at for at, cue in shift.starts[0].cues if cue.name == name]


def bytes_a_second(found: RecordingLog, since: int, until: int) -> float:
    """Of the picture, in the windows between these capture times (ticks)."""
    marks = [mark for mark in found.marks if since <= integer(mark, "from") and integer(mark, "to") < until]
    size = sum(integer(track, "bytes") for mark in marks for track in objects(mark, "tracks") if track["track"] == 1)
    return size * TICKS / (until - since)


def test_no_recording_begins_in_the_reserve_and_the_officer_is_told(tmp_path: Path) -> None:
    shift = played(tmp_path, 60, "30 MB", (34, "double press"), (40, "press"), (45, "double press"))
    assert len(cues(shift, "storage low")) == 2 and len(cues(shift, "storage full")) == 3
    assert verify_device(shift.vault.root, shift.authority).recordings == ()
    (state, *_) = [line["state"] for line in journal(shift.vault.root, "event") if line["event"] == "double press"]
    assert state == "standby"


def test_where_space_is_scarce_the_picture_becomes_coarser_and_nothing_is_missing(tmp_path: Path) -> None:
    shift = played(tmp_path, 70, "190 MB", (34, "double press"), (60, "hold"))
    assert [line["bits"] for line in journal(shift.vault.root, "bitrate")] == []
    coarse = played(make(tmp_path / "coarse"), 70, "160 MB", (34, "double press"), (60, "hold"))
    assert [line["bits"] for line in journal(coarse.vault.root, "bitrate")] == [250_000]
    window = seconds(10), seconds(60)
    assert bytes_a_second(log(coarse), *window) < 0.7 * bytes_a_second(log(shift), *window)
    seen = [n for n, _ in numbers(coarse.exported().mp4) if n is not None]
    assert seen == [n for n, _ in coarse.taken[0] if seen[0] <= n <= seen[-1]]
    assert len(log(coarse).media) == 1, "another rate needs no other segment"


def test_the_last_space_closes_the_recording_in_order(tmp_path: Path) -> None:
    shift = played(tmp_path, 500, f"{SIZE // 10**6} MB", (34, "double press"), (480, "double press"), sight="packets")
    found = log(shift)
    assert found.stop is not None and found.stop["reason"] == "storage over"
    assert len(verify_device(shift.vault.root, shift.authority).recordings) == 1 and found.length > seconds(330)
    used = sum(path.stat().st_size for path in shift.vault.root.rglob("*") if path.is_file())
    assert used < SIZE - CLOSING, "what closing takes is still free"


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder
