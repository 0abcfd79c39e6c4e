"""Excerpts of real recordings, judged by ffmpeg, by the marks, and by the numbers in the pictures; then what people do to films."""

import hashlib
import json
import shutil
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

from bwc_agent.agency.excerpt import Wanted, excerpt
from bwc_agent.agency.excerpt_check import FilmVerdict, verify_export
from bwc_agent.agency.excerpt_match import Window, windows
from bwc_agent.agency.excerpt_stretches import What
from bwc_agent.agency.export import Exported, Order
from bwc_agent.agency.subtitles import press
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_log import read_signed_log
from bwc_agent.packets import Track
from bwc_agent.units import TICKS, ticks_from_ns
from simulator.reading import frame_number
from simulator.scenario import load_scenario
from tests.agency.exported import ffmpeg, packet_times, run, stream_hashes
from tests.e2e.played import Shift, numbers, play, shipped_shift

EVENTFUL = """
length = "145 s"
[microphone]
ppm = 100
jitter = "20 ms"
[settings.picture]
size = "320x180"
rate = 30
bitrate = "700 kb/s"
"""
EVENTS = [
    ("35 s", "double press"),
    ("45 s", "function hold"),
    ("53 s", "function hold"),
    ("75 s", "unplug microphone"),
    ("81 s", "plug microphone"),
    ("90 s", "unplug camera"),
    ("97 s", "plug camera"),
    ("105 s", "press"),
    ("135 s", "hold"),
]


@cache
def eventful() -> Shift:
    """Three segments; muted, then without a microphone, then without a camera for some seconds."""
    root = Path(mkdtemp(prefix="bwc-eventful-"))
    path = root / "eventful.toml"
    path.write_text(EVENTFUL + "".join(f'[[event]]\nat = "{at}"\ndo = "{do}"\n' for at, do in EVENTS))
    return play(load_scenario(path), root)


def _cut(shift: Shift, begin: str, end: str, start: int = 0, number: int = 1, folder: Path | None = None) -> Exported:
    out = Path(mkdtemp(dir=shift.root))
    order = Order("tester", "test")
    return excerpt(folder or shift.folder(start, number), shift.authority, shift.recipient, order, Wanted(begin, end), out)


def _record(shift: Shift, start: int = 0, number: int = 1) -> Path:
    """A folder with nothing but the log and its chain."""
    record = Path(mkdtemp(dir=shift.root))
    for name in ("log.jsonl", "signer.pem"):
        shutil.copy(shift.folder(start, number) / name, record)
    return record


def _verify(shift: Shift, mp4: Path, start: int = 0, number: int = 1) -> FilmVerdict:
    return verify_export(mp4, _record(shift, start, number), shift.authority)


def _log(shift: Shift, start: int = 0, number: int = 1) -> RecordingLog:
    return read_signed_log(shift.folder(start, number), shift.authority)


def _seconds(verdict: FilmVerdict) -> list[tuple[str, float | None, float | None]]:
    """What each stretch is, and the seconds of the recording."""
    assert verdict.log is not None
    begin = verdict.log.begin
    return [
        (
            row.what.value,
            *(
                (None, None)
                if row.recorded is None
                else (round((row.recorded[0] - begin) / TICKS, 1), round((row.recorded[1] - begin) / TICKS, 1))
            ),
        )
        for row in verdict.stretches
    ]


def _whats(verdict: FilmVerdict) -> list[What]:
    return [row.what for row in verdict.stretches]


def _marked(done: Exported, log: RecordingLog) -> list[Window]:
    """The windows of the marks that the statement names."""
    marks = json.loads(done.statement.read_text())["excerpt"]["marks"]
    found = [mark for mark in log.marks if mark["n"] in range(marks["first"], marks["last"] + 1)]
    assert len(found) == marks["count"]
    return windows(found)


def _raw(mp4: Path, kind: str) -> bytes:
    """The samples of one track, one after the other, as ffmpeg copies them."""
    command = ["ffmpeg", "-v", "error", "-i", str(mp4), "-map", f"0:{kind}", "-c", "copy", "-f", "data", "-"]
    return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout


CUTS = [
    ("12.3", "20"),
    ("0", "0.1"),
    ("38", "49.7"),
    ("58.9", "62"),
    ("01:09", "01:17"),
    ("83", "95"),
    ("87", "89"),
    ("100", "2:09"),
    ("119.5", "121"),
]
"""Seconds into the recording: plain, the very first, muted, across two segments, without sound, without pictures, to the end."""


@pytest.mark.parametrize(("begin", "end"), CUTS[::2])
def test_ffmpeg_finds_in_an_excerpt_what_the_marks_bind_window_by_window(begin: str, end: str) -> None:
    shift = eventful()
    done = _cut(shift, begin, end)
    found = _marked(done, _log(shift))
    for track, kind in ((Track.VIDEO, "v"), (Track.AUDIO, "a")):
        bound = [window.tracks[track] for window in found if track in window.tracks]
        data, at = _raw(done.mp4, kind) if bound else b"", 0
        for binding in bound:
            assert hashlib.sha256(data[at : at + binding.bytes]).hexdigest() == binding.sha256
            at += binding.bytes
        assert at == len(data)
    said = json.loads(done.statement.read_text())["samples"]
    assert stream_hashes(done.mp4) == [track["sha256"] for track in said]


@pytest.mark.parametrize(("begin", "end"), CUTS)
def test_an_excerpt_proves_itself_by_the_log_alone_and_holds_the_time_asked_for(begin: str, end: str) -> None:
    shift = eventful()
    done = _cut(shift, begin, end)
    verdict = _verify(shift, done.mp4)
    assert (verdict.state, verdict.reasons, _whats(verdict)) == (State.COMPLETE, (), [What.ORIGINAL])
    said = json.loads(done.statement.read_text())["excerpt"]
    assert said["from"] <= said["asked"]["from"] < said["asked"]["to"] <= said["to"]
    assert said["asked"]["from"] - said["from"] < 1.6 * TICKS and said["to"] - said["asked"]["to"] < 1.1 * TICKS


@pytest.mark.parametrize(("begin", "end"), CUTS[::2])
def test_an_excerpt_decodes_without_a_complaint_and_is_as_much_in_step_as_the_whole(begin: str, end: str) -> None:
    shift = eventful()
    done, whole = _cut(shift, begin, end), shift.exported()
    assert ffmpeg("-xerror", "-i", done.mp4, "-fps_mode", "passthrough", "-enc_time_base", "1/48000", "-f", "null", "-") == ""
    moved = [by for kind in ("v", "a") for by in _moved(done.mp4, whole.mp4, kind)]
    assert moved and max(moved) - min(moved) <= 0.00003


def _moved(piece: Path, whole: Path, kind: str) -> list[float]:
    """By how much each sample of the piece is earlier than in the whole film."""
    data, all_data = _raw(piece, kind) if _has(piece, kind) else b"", _raw(whole, kind)
    if not data:
        return []
    before = _sizes(whole, kind)
    at = all_data.index(data)
    first = next(n for n in range(len(before)) if sum(before[:n]) == at)
    return [late - early for early, late in zip(packet_times(piece, kind), packet_times(whole, kind)[first:], strict=False)]


def _has(mp4: Path, kind: str) -> bool:
    return run("ffprobe", "-v", "error", "-select_streams", kind, "-show_entries", "stream=index", "-of", "csv=p=0", mp4) != ""


def _sizes(mp4: Path, kind: str) -> list[int]:
    found = run("ffprobe", "-v", "error", "-select_streams", kind, "-show_entries", "packet=size", "-of", "csv=p=0", mp4)
    return [int(line.strip(",")) for line in found.split()]


@pytest.mark.parametrize(("begin", "end"), [("12.3", "20"), ("58.9", "62"), ("83", "95")])
def test_its_pictures_are_the_scenes_at_that_time(begin: str, end: str) -> None:
    shift = eventful()
    done, log = _cut(shift, begin, end), _log(shift)
    seen = [n for n, _ in numbers(done.mp4)]
    given = {n: ticks_from_ns(at) - log.begin for n, at in shift.taken[0]}
    asked = [n for n, at in given.items() if float(begin) * TICKS <= at <= float(end) * TICKS]
    assert None not in seen and set(asked) <= set(seen) and all((b or 0) > (a or 0) for a, b in pairwise(seen))
    picture = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(done.mp4), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        capture_output=True,
        check=True,
    )
    assert frame_number(np.frombuffer(picture.stdout, np.uint8).reshape(180, 320)) == seen[0]


def test_its_subtitles_tell_the_time_and_what_happened_in_it() -> None:
    shift = eventful()
    log = _log(shift)
    assert 29 < (press(log) - log.begin) / TICKS < 32
    cues = _cut(shift, "29", "44").srt.read_text()
    assert cues.count("[press]") == 1 and "[sound muted]" in cues and "[marked" not in cues
    assert "[press]" not in _cut(shift, "60", "62").srt.read_text()


def test_a_recording_that_a_power_cut_ended_gives_excerpts_too() -> None:
    shift = shipped_shift("power_cut")
    done = _cut(shift, "31", "39")
    assert done.verdict.state in (State.TRUNCATED, State.UNSIGNED_TAIL)
    assert "without a stop" in done.statement.read_text()
    verdict = _verify(shift, done.mp4)
    assert (verdict.state, _whats(verdict)) == (State.COMPLETE, [What.ORIGINAL])


def _made(mp4: Path, name: str, *words: str | Path) -> Path:
    path = mp4.with_name(name)
    ffmpeg(*words, path)
    return path


def _joined(name: str, *films: Path) -> Path:
    listed = films[0].with_name(f"{name}.txt")
    listed.write_text("".join(f"file '{path}'\n" for path in films))
    return _made(films[0], name, "-f", "concat", "-safe", "0", "-i", listed, "-c", "copy")


def test_copies_in_other_containers_are_as_original_as_the_film() -> None:
    shift = eventful()
    for film in (shift.exported().mp4, _cut(shift, "12", "20").mp4):
        for container in ("mkv", "mov"):
            verdict = _verify(shift, _made(film, f"{film.stem}-copy.{container}", "-i", film, "-c", "copy"))
            assert (verdict.state, _whats(verdict)) == (State.COMPLETE, [What.ORIGINAL]), container


def test_a_stock_trim_is_original_but_for_what_it_tore_at_its_ends() -> None:
    shift = eventful()
    mp4 = shift.exported().mp4
    for container in ("mp4", "mkv"):
        verdict = _verify(shift, _made(mp4, f"trim.{container}", "-ss", "10.3", "-t", "12", "-i", mp4, "-c", "copy"))
        assert verdict.state is State.UNSIGNED_TAIL
        original = [row for row in verdict.stretches if row.what is What.ORIGINAL]
        assert len(original) == 1 and {row.what for row in verdict.stretches} <= {What.ORIGINAL, What.UNPROVEN}
        assert original[0].recorded is not None and original[0].recorded[1] - original[0].recorded[0] > 10.5 * TICKS


def test_two_excerpts_joined_show_which_is_which_and_what_is_missing_between() -> None:
    shift = eventful()
    first, second = _cut(shift, "5", "12").mp4, _cut(shift, "20", "30").mp4
    right = _verify(shift, _joined("right.mp4", first, second))
    assert right.state is State.ALTERED
    assert _whats(right) == [What.ORIGINAL, What.MISSING, What.ORIGINAL]
    missing = _seconds(right)[1]
    assert missing[1] is not None and missing[2] is not None and 12 <= missing[1] <= 13 and 18.5 <= missing[2] <= 20
    wrong = _verify(shift, _joined("wrong.mp4", second, first))
    assert wrong.state is State.ALTERED and "out of order" in str(wrong.reasons[-1])
    begins = [row[1] for row in _seconds(wrong)]
    assert _whats(wrong) == [What.ORIGINAL, What.ORIGINAL] and begins == sorted(begins, key=lambda at: -(at or 0))
    doubled = _verify(shift, _joined("doubled.mp4", first, first))
    assert doubled.state is State.ALTERED and _whats(doubled) == [What.ORIGINAL] * 2
    assert _seconds(doubled)[0] == _seconds(doubled)[1]


def test_seconds_taken_out_of_the_middle_are_missing_between() -> None:
    shift = eventful()
    pieces = [_cut(shift, "3", "9").mp4, _cut(shift, "15", "22").mp4]
    verdict = _verify(shift, _joined("removed.mp4", *pieces))
    assert What.MISSING in _whats(verdict) and verdict.exit_status == 13


def test_sound_that_was_replaced_or_moved_leaves_the_pictures_original() -> None:
    shift = eventful()
    mp4 = _cut(shift, "10", "25").mp4
    other = ("-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000")
    replaced = _verify(shift, _made(mp4, "replaced.mp4", "-i", mp4, *other, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-shortest"))
    assert replaced.state is State.ALTERED and What.ORIGINAL not in _whats(replaced)
    assert _whats(replaced) == [What.PICTURES]
    moved = _made(mp4, "moved.mp4", "-i", mp4, "-itsoffset", "0.1", "-i", mp4, "-map", "0:v", "-map", "1:a", "-c", "copy")
    verdict = _verify(shift, moved)
    assert verdict.state is State.ALTERED and What.APART in _whats(verdict)
    assert max(row.apart for row in verdict.stretches) / TICKS == pytest.approx(0.1, abs=0.002)
    assert any("sound was moved against the pictures" in str(reason) for reason in verdict.reasons)
    mute = _verify(shift, _made(mp4, "mute.mp4", "-i", mp4, "-an", "-c", "copy"))
    assert (mute.state, _whats(mute)) == (State.INCOMPLETE, [What.PICTURES])


def test_dropped_pictures_take_just_their_windows_out() -> None:
    shift = eventful()
    mp4 = _cut(shift, "10", "25").mp4
    dropped = _made(mp4, "dropped.mp4", "-i", mp4, "-c", "copy", "-bsf:v", "noise=drop=eq(n\\,200)")
    verdict = _verify(shift, dropped)
    assert verdict.state is State.ALTERED
    assert _whats(verdict) == [What.ORIGINAL, What.SOUND, What.ORIGINAL]
    assert verdict.stretches[1].film is not None and verdict.stretches[1].film[1] - verdict.stretches[1].film[0] < TICKS


def test_what_was_encoded_anew_or_is_of_another_recording_is_not_original() -> None:
    shift = eventful()
    mp4 = _cut(shift, "10", "16").mp4
    anew = _verify(shift, _made(mp4, "anew.mp4", "-i", mp4, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"))
    other = verify_export(mp4, _record(shipped_shift("power_cut")), shipped_shift("power_cut").authority)
    assert (anew.state, _whats(anew)) == (State.ALTERED, [What.CHANGED])
    # The simulated microphone hears the same in every shift, byte for byte; the pictures are others.
    assert (other.state, _whats(other)) == (State.ALTERED, [What.SOUND])


def redacted(shift: Shift, mp4: Path) -> tuple[Path, float, float]:
    """A copy in which the pictures between two keyframes are blurred, as somebody makes it with ffmpeg; and these two times."""
    found = run("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0", mp4)
    keys = [float(row.split(",")[0]) for row in found.split() if "K" in row]
    times = [keys[0], keys[3], keys[5]]
    ffmpeg(
        "-i",
        mp4,
        "-map",
        "0:v",
        "-c",
        "copy",
        "-f",
        "segment",
        "-segment_times",
        f"{times[1]},{times[2]}",
        "-reset_timestamps",
        "1",
        mp4.with_name("s%d.mp4"),
    )
    words = ("-vf", "boxblur=10", "-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-fps_mode", "passthrough")
    _made(mp4, "blurred.mp4", "-i", mp4.with_name("s1.mp4"), *words, "-enc_time_base", "1/48000", "-video_track_timescale", "48000")
    parts = [("s0.mp4", times[1] - times[0]), ("blurred.mp4", times[2] - times[1]), ("s2.mp4", 100.0)]
    listed = mp4.with_name("redacted.txt")
    listed.write_text("ffconcat version 1.0\n" + "".join(f"file {name}\nduration {length:.6f}\n" for name, length in parts))
    sound = ("-f", "concat", "-i", listed, "-i", mp4, "-map", "0:v", "-map", "1:a", "-c", "copy")
    return _made(mp4, "redacted.mp4", "-itsoffset", str(times[0]), *sound), times[1], times[2]


def test_a_redacted_copy_is_not_original_where_it_was_blurred_and_original_elsewhere() -> None:
    shift = eventful()
    copy, first, last = redacted(shift, _cut(shift, "10", "25").mp4)
    verdict = _verify(shift, copy)
    assert verdict.state is State.ALTERED
    assert _whats(verdict) == [What.ORIGINAL, What.SOUND, What.ORIGINAL]
    blurred = verdict.stretches[1].film
    assert blurred is not None and blurred[0] / TICKS == pytest.approx(first, abs=0.002)
    assert last - 0.1 < blurred[1] / TICKS < last
