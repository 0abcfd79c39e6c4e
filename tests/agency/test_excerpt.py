"""An excerpt needs only what it is cut from, says what it is, and leaves nothing behind where it cannot be made."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bwc_agent.agency.excerpt import Wanted, excerpt
from bwc_agent.agency.excerpt_check import verify_export
from bwc_agent.agency.excerpt_stretches import What
from bwc_agent.agency.export import Exported, NotExported, Order
from bwc_agent.errors import ConfigError, IntegrityError, StorageError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.receipts import Receipt, receipt_file, write_receipt
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.requests import AddFragment, CloseRecording, CloseSegment, EndWindow, OpenRecording, OpenSegment
from bwc_agent.evidence.signed import read_signed
from bwc_agent.evidence.verdict import State
from bwc_agent.files import AlreadyThereError
from bwc_agent.packets import Packet, Track
from bwc_agent.units import TICKS
from tests.agency.exported import AT, ORDER, ffmpeg, probe, revoked
from tests.evidence.trial import SERIAL
from tests.evidence_made import ODD, long_take, plain_film
from tests.fmp4.fmp4_material import audio_config, pictures, sound, video_config
from tests.offload.shift import FIRST, UTC, Shift, tree


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return Shift(tmp_path / "vault")


@pytest.fixture
def folder(shift: Shift, tmp_path: Path) -> Path:
    """Three segments of a second, two windows each, all pictures from a keyframe on; the officer marked second 2.1."""
    (tmp_path / "out").mkdir()
    return shift.vault.recording(long_take(shift.start(), 1, {100_000: ("marker", {})}))


def _cut(shift: Shift, folder: Path, begin: str, end: str, order: Order = ORDER) -> Exported:
    return excerpt(folder, shift.authority, shift.desk.recipient, order, Wanted(begin, end), shift.vault.root.parent / "out")


def _original(shift: Shift, folder: Path, done: Exported) -> tuple[State, list[What]]:
    verdict = verify_export(done.mp4, folder, shift.authority)
    return verdict.state, [row.what for row in verdict.stretches]


WHOLE = (State.COMPLETE, [What.ORIGINAL])


def test_its_name_and_statement_say_that_it_is_an_excerpt_of_which_seconds(shift: Shift, folder: Path) -> None:
    done = _cut(shift, folder, "1.2", "2.2")
    assert done.mp4.name == f"20260101T053021+0530_{SERIAL}_000000-0001_1.00-2.51.mp4"
    assert probe(done.mp4)["format"]["tags"]["title"] == f"{SERIAL} 000000-0001 1.00-2.51"
    said = json.loads(done.statement.read_text())
    assert (said["kind"], said["who"], said["recording"], said["verdict"]["state"]) == (
        "excerpt",
        "technician 7",
        "000000-0001",
        "complete",
    )
    part = said["excerpt"]
    assert part["seconds"] == done.seconds == "1.00-2.51"
    assert part["asked"] == {"from": 57_600, "to": 105_600} and part["marks"]["count"] == 3
    assert [entry["file"] for entry in said["from"]] == ["log.jsonl", "signer.pem", "0002.tink", "0003.tink"]
    assert _original(shift, folder, done) == WHOLE


def test_its_subtitles_are_of_its_own_time(shift: Shift, folder: Path) -> None:
    cues = _cut(shift, folder, "2", "2.4").srt.read_text().split("\n\n")
    assert cues[0] == "1\n00:00:00,000 --> 00:00:00,512\n2026-01-01 05:30:22 +05:30\n[marked by the officer]"
    assert cues[1:] == [""]


def test_clock_times_as_the_statement_prints_them_cut_too(shift: Shift, folder: Path) -> None:
    """The recording begins at 20.83 s past the minute; whole seconds are printed."""
    done = _cut(shift, folder, "2026-01-01 05:30:20 +05:30", "2026-01-01 05:30:21 +05:30")
    assert done.seconds.startswith("0.00-")
    assert _cut(shift, folder, "2026-01-01 00:00:22 +00:00", "2.9").seconds.startswith("1.00-")


def test_the_statement_is_signed_where_there_is_a_key(shift: Shift, folder: Path) -> None:
    signer = shift.desk.receipts
    done = _cut(shift, folder, "0", "1", Order("w", "p", signer=signer, at=AT))
    signed = read_signed(done.statement.read_bytes(), signer.certificate)
    assert (done.statement.suffix, signed.kind, signed.tail) == (".jsonl", "excerpt", b"")


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ("9", "10", r"--from 9 is outside the recording, which has the seconds 0 to 3\.00, that is 2026-01-01 05:30:20 \+05:30"),
        ("9", "10", r"the nearest keyframes are at 2\.50"),
        ("1", "70", r"--to 70 is outside"),
        ("2", "1.5", r"--to 1\.5 is not behind --from 2"),
        ("1", "1", "is not behind"),
        ("soon", "2", r"'soon' is no time: write seconds into the recording, as in 12\.5 or 01:23, or the clock time"),
    ],
)
def test_a_time_that_the_recording_does_not_have_is_answered_with_what_it_has(
    shift: Shift, folder: Path, begin: str, end: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        _cut(shift, folder, begin, end)
    assert list((folder.parents[2] / "out").iterdir()) == []


def test_only_the_segments_that_it_is_cut_from_must_be_here(shift: Shift, folder: Path) -> None:
    for name in ("0001.tink", "0003.tink"):
        (folder / name).unlink()
    done = _cut(shift, folder, "1.1", "1.9")
    assert done.verdict.state is State.INCOMPLETE and "0003.tink" in done.statement.read_text()
    assert _original(shift, folder, done) == WHOLE
    with pytest.raises(NotExported, match=r"0003\.tink is needed for that time and is not here"):
        _cut(shift, folder, "1.1", "2.1")
    with pytest.raises(NotExported, match=r"0001\.tink is needed"):
        _cut(shift, folder, "0.1", "0.2")


def test_a_needed_segment_that_was_released_is_named_with_who_holds_it(shift: Shift, folder: Path) -> None:
    data = (folder / "0001.tink").read_bytes()
    receipt = Receipt(SERIAL, RecordingName(0, 1), "0001.tink", len(data), sha256_hex(data), True, UTC, "dock")
    written = write_receipt(receipt, shift.desk.receipts)
    (folder / "receipts").mkdir()
    (folder / "receipts" / receipt_file(written)).write_bytes(written)
    (folder / "0001.tink").unlink()
    assert _cut(shift, folder, "2", "3").verdict.state is State.COMPLETE
    with pytest.raises(NotExported, match="held by the agency's storage"):
        _cut(shift, folder, "0", "1")


def test_nothing_is_cut_from_what_a_revoked_device_signed(shift: Shift, folder: Path) -> None:
    with pytest.raises(NotExported, match=r"unknown signer here: .* the agency revoked"):
        _cut(shift, folder, "1", "2", replace(ORDER, given=revoked(-1)))
    said = json.loads(_cut(shift, folder, "1", "2", replace(ORDER, given=revoked(0))).statement.read_text())
    assert any(what.startswith("revocations after the 1 that were given") for what in said["verdict"]["not_checked"])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[9000] ^= 1
    path.write_bytes(data)


def test_what_is_altered_elsewhere_is_said_and_what_is_altered_here_is_never_cut_out(shift: Shift, folder: Path) -> None:
    _flip(folder / "0003.tink")
    done = _cut(shift, folder, "0", "1")
    assert done.verdict.state is State.ALTERED and '"state": "altered"' in done.statement.read_text()
    assert _original(shift, folder, done) == WHOLE
    with pytest.raises(IntegrityError, match=r"0003\.tink: its bytes are not those that the device signed"):
        _cut(shift, folder, "2", "3")
    _flip(folder / "log.jsonl")
    with pytest.raises(NotExported):
        _cut(shift, folder, "0", "1")


def test_nothing_is_left_behind_and_nothing_replaced(shift: Shift, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = folder.parents[2] / "out"
    with pytest.raises(IntegrityError, match="sealed for"):
        excerpt(folder, shift.authority, RecipientPrivate.generate(), ORDER, Wanted("0", "1"), out)
    with pytest.raises(ConfigError, match="make it"):
        excerpt(folder, shift.authority, shift.desk.recipient, ORDER, Wanted("0", "1"), out / "nowhere")
    assert list(out.iterdir()) == []
    _cut(shift, folder, "0", "1")
    before = tree(out)
    with pytest.raises(AlreadyThereError, match="never replaced"):
        _cut(shift, folder, "0", "1")

    def full(path: Path, data: bytes) -> None:
        raise StorageError(f"cannot write {path}: disk full")

    monkeypatch.setattr("bwc_agent.agency.export.write_new", full)
    with pytest.raises(StorageError):
        _cut(shift, folder, "1", "2")
    assert tree(out) == before


def test_a_recording_without_a_clock_is_cut_by_its_seconds_alone(shift: Shift, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    folder = shift.vault.recording(long_take(shift.start(), 1, films=[plain_film()] * 2, first={**FIRST, "anchor": {}}))
    assert _cut(shift, folder, "0.6", "1.2").mp4.name == f"unknown-time_{SERIAL}_000000-0001_0.50-1.51.mp4"
    with pytest.raises(ConfigError, match="had no clock"):
        _cut(shift, folder, "2026-01-01 05:30:20 +05:30", "1")


def _take(shift: Shift, tracks: list[list[Track]]) -> Path:
    """A segment of a second for each list, with these tracks in it; an empty list is a second in which nothing came."""
    (shift.vault.root.parent / "out").mkdir()
    start, configs = shift.start(), {Track.VIDEO: video_config(), Track.AUDIO: audio_config()}
    start.perform(OpenRecording(0, 1, FIRST))
    number = 0
    for second, having in enumerate(tracks):
        begin = ODD + second * TICKS
        units = [unit for unit in [*pictures()[:30], *sound(46)] if unit.track in having]
        packets = [Packet(u.track, u.pts + begin, u.duration, u.keyframe, u.data, configs[u.track]) for u in units]
        if packets:
            number += 1
            start.perform(OpenSegment(begin, number, begin, tuple(configs[track] for track in having)))
            first, last = min(p.pts for p in packets), max(p.pts for p in packets)
            start.perform(AddFragment(tuple(packets)), EndWindow(last, first, last), CloseSegment(last))
    start.perform(CloseRecording(ODD + len(tracks) * TICKS, {"edges": [], "reason": "hold"}))
    return shift.vault.recording(RecordingName(start.number, 1))


BOTH = [Track.VIDEO, Track.AUDIO]


def test_pictures_alone_and_sound_alone_are_cut_as_they_are(shift: Shift) -> None:
    folder = _take(shift, [BOTH, [Track.VIDEO], [Track.AUDIO], BOTH])
    for begin, end, kinds in (("1.2", "1.8", ["video"]), ("3.3", "3.8", ["video", "audio"]), ("0.1", "3.5", ["video", "audio"])):
        done = _cut(shift, folder, begin, end)
        assert [stream["codec_type"] for stream in probe(done.mp4)["streams"]] == kinds
        assert _original(shift, folder, done) == WHOLE


def test_a_film_of_pictures_whose_sound_was_taken_out_lacks_it_even_where_each_was_recorded_alone(shift: Shift, tmp_path: Path) -> None:
    folder = _take(shift, [[Track.VIDEO], [Track.AUDIO], [Track.VIDEO]])
    done = _cut(shift, folder, "0", "3")
    assert _original(shift, folder, done) == WHOLE
    ffmpeg("-i", done.mp4, "-an", "-c", "copy", tmp_path / "mute.mp4")
    assert verify_export(tmp_path / "mute.mp4", folder, shift.authority).state is State.INCOMPLETE


def test_sound_alone_after_the_last_pictures_were_long_gone_is_a_film_of_sound(shift: Shift) -> None:
    folder = _take(shift, [BOTH, *[[Track.AUDIO]] * 4])
    done = _cut(shift, folder, "3.5", "4.5")
    assert [stream["codec_type"] for stream in probe(done.mp4)["streams"]] == ["audio"]
    assert (done.pictures, done.seconds[:2]) == (0, "3.")


def test_a_time_in_which_nothing_came_is_named_a_gap(shift: Shift) -> None:
    folder = _take(shift, [BOTH, *[[]] * 6, BOTH])
    with pytest.raises(ConfigError, match=r"nothing was recorded in that time: it is a gap; the nearest keyframes are at 0\.00 and 7\.00"):
        _cut(shift, folder, "4", "5")
    done = _cut(shift, folder, "0.2", "7.5")
    assert _original(shift, folder, done) == WHOLE
