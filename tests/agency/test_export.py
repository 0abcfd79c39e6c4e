"""One MP4 of the device's own samples at their own times, named and explained; or nothing, and why."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bwc_agent.agency.export import Exported, NotExported, Order, export
from bwc_agent.agency.piece import piece_of
from bwc_agent.agency.remux import copy_samples, first_configs
from bwc_agent.errors import ConfigError, IntegrityError, StorageError
from bwc_agent.evidence.fields import Line, objects, text
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.receipts import Receipt, receipt_file, write_receipt
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.signed import read_signed
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_log import read_signed_log
from bwc_agent.files import AlreadyThereError
from bwc_agent.fmp4.avc import avcc, parameter_sets
from bwc_agent.packets import CodecConfig, Track
from bwc_agent.units import TICKS
from tests.agency.exported import AT, ORDER, exported, frames, packet_times, probe, stream_hashes
from tests.evidence.trial import SERIAL
from tests.evidence_made import Film, long_take, plain_film
from tests.fmp4 import fmp4_material
from tests.fmp4.fmp4_material import pictures, video_config
from tests.offload.shift import FIRST, UTC, Shift


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return Shift(tmp_path / "vault")


def _take(shift: Shift) -> Path:
    start = shift.start()
    folder = shift.vault.recording(
        long_take(start, 1, {9_000: ("mute", {"on": True}), 60_000: ("mute", {"on": False}), 100_000: ("marker", {})})
    )
    start.off()
    return folder


def _cut(shift: Shift) -> Path:
    start = shift.start()
    start.begin(1, segments=2)
    start.cut()
    return shift.vault.recording(RecordingName(start.number, 1))


@pytest.fixture
def done(shift: Shift, tmp_path: Path) -> Exported:
    return exported(shift, _take(shift), tmp_path / "out")


def test_stock_ffmpeg_repeats_the_digests_of_the_logs_stop(shift: Shift, done: Exported) -> None:
    log = read_signed_log(shift.vault.recording(RecordingName(0, 1)), shift.authority)
    assert log.stop is not None
    assert stream_hashes(done.mp4) == [text(track, "sha256") for track in objects(log.stop, "samples")]
    assert list(done.samples) == log.stop["samples"]


def test_every_picture_and_sound_stands_at_its_capture_time_across_segments(done: Exported) -> None:
    assert packet_times(done.mp4, "v") == pytest.approx([(n // 30) + (n % 30) / 30 for n in range(90)], abs=2e-5)
    heard = packet_times(done.mp4, "a")
    assert heard == pytest.approx([0.08 + n * 1024 / TICKS for n in range(len(heard))], abs=2e-5)
    assert len(heard) == 137 and done.pictures == 90


def test_every_picture_decodes_once_to_what_was_encoded(done: Exported) -> None:
    shown = frames(done.mp4)
    assert shown == shown[:30] * 3 and len(set(shown)) == 30


def test_players_find_h264_and_aac_ready_to_stream_and_the_utc_of_the_first_picture(done: Exported) -> None:
    found = probe(done.mp4)
    assert [stream["codec_tag_string"] for stream in found["streams"]] == ["avc1", "mp4a"]
    assert found["format"]["tags"]["creation_time"] == "2026-01-01T00:00:20.000000Z"
    assert found["format"]["tags"]["title"] == f"{SERIAL} 000000-0001"
    data = done.mp4.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_files_are_named_by_local_start_serial_and_recording(done: Exported) -> None:
    stem = f"20260101T053020+0530_{SERIAL}_000000-0001"
    assert [done.mp4.name, done.srt.name, done.statement.name] == [f"{stem}.mp4", f"{stem}.srt", f"{stem}_statement.json"]
    assert sorted(path.name for path in done.mp4.parent.iterdir()) == sorted([done.mp4.name, done.srt.name, done.statement.name])


def test_the_statement_says_who_why_from_which_bytes_into_which(shift: Shift, done: Exported) -> None:
    said = json.loads(done.statement.read_bytes())
    assert (said["who"], said["purpose"], said["verdict"]["state"], said["officer"]) == ("technician 7", "case 12", "complete", "4711")
    assert said["at"] == "2026-02-01 17:30:00 +05:30"
    for entry in said["exported"]:
        data = (done.mp4.parent / entry["file"]).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    folder = shift.vault.recording(RecordingName(0, 1))
    assert {entry["file"]: entry["sha256"] for entry in said["from"]} == {p.name: sha256_hex(p.read_bytes()) for p in folder.iterdir()}
    assert said["verdict"]["not_checked"] and not any("no key" in what for what in said["verdict"]["not_checked"])


def test_with_a_signer_the_statement_is_a_signed_lines_file(shift: Shift, tmp_path: Path) -> None:
    signer = shift.desk.receipts
    done = exported(shift, _take(shift), tmp_path / "out", Order("w", "p", signer=signer, at=AT))
    signed = read_signed(done.statement.read_bytes(), signer.certificate)
    assert (done.statement.suffix, signed.kind, signed.tail, signed.lines[0]["who"]) == (".jsonl", "export", b"", "w")


def test_subtitles_tell_the_local_time_of_each_second_and_what_happened_in_it(done: Exported) -> None:
    cues = done.srt.read_text().split("\n\n")
    assert cues[0] == "1\n00:00:00,000 --> 00:00:01,000\n2026-01-01 05:30:20 +05:30\n[press]\n[sound muted]"
    assert cues[1].endswith("2026-01-01 05:30:21 +05:30\n[sound muted]")
    assert cues[2].endswith("2026-01-01 05:30:22 +05:30\n[marked by the officer]")
    assert [cue.splitlines()[2:] for cue in cues[3:]] == [["2026-01-01 05:30:23 +05:30"], []]


def test_what_a_cut_ended_is_exported_as_far_as_it_is_signed_and_says_so(shift: Shift, tmp_path: Path) -> None:
    folder = _cut(shift)
    with (folder / "0002.tink").open("ab") as file:
        file.write(bytes(9000))
    done = exported(shift, folder, tmp_path / "out")
    assert (done.verdict.state, done.pictures) == (State.UNSIGNED_TAIL, 60)
    assert "unsigned tail" in done.statement.read_text() and "ends without a stop" in done.statement.read_text()
    assert len(frames(done.mp4)) == 60
    log = done.verdict.log
    assert log is not None
    said = {entry["file"]: entry["bytes"] for entry in json.loads(done.statement.read_bytes())["from"]}
    assert said["0002.tink"] == log.media[1].signed


def _alter(folder: Path) -> None:
    data = bytearray((folder / "0002.tink").read_bytes())
    data[9000] ^= 1
    (folder / "0002.tink").write_bytes(data)


def _lose(folder: Path) -> None:
    (folder / "0002.tink").unlink()


@pytest.mark.parametrize(("harm", "state"), [(_alter, State.ALTERED), (_lose, State.INCOMPLETE)])
def test_what_does_not_verify_is_not_exported_and_the_verdict_is_the_answer(
    shift: Shift, tmp_path: Path, harm: Callable[[Path], None], state: State
) -> None:
    folder = _take(shift)
    harm(folder)
    with pytest.raises(NotExported, match=state.value) as caught:
        exported(shift, folder, tmp_path / "out")
    assert caught.value.verdict.state is state
    assert list((tmp_path / "out").iterdir()) == []


def test_what_was_released_is_not_exported_from_the_device(shift: Shift, tmp_path: Path) -> None:
    folder = _take(shift)
    data = (folder / "0001.tink").read_bytes()
    receipt = Receipt(SERIAL, RecordingName(0, 1), "0001.tink", len(data), sha256_hex(data), True, UTC, "dock")
    written = write_receipt(receipt, shift.desk.receipts)
    (folder / "receipts").mkdir()
    (folder / "receipts" / receipt_file(written)).write_bytes(written)
    (folder / "0001.tink").unlink()
    with pytest.raises(NotExported, match="held by the agency's storage"):
        exported(shift, folder, tmp_path / "out")


def test_a_second_export_does_not_touch_the_first(shift: Shift, done: Exported) -> None:
    before = {path: path.read_bytes() for path in done.mp4.parent.iterdir()}
    with pytest.raises(AlreadyThereError, match="never replaced"):
        exported(shift, shift.vault.recording(RecordingName(0, 1)), done.mp4.parent)
    done.mp4.unlink()
    with pytest.raises(AlreadyThereError):
        exported(shift, shift.vault.recording(RecordingName(0, 1)), done.mp4.parent)
    assert {path: path.read_bytes() for path in done.mp4.parent.iterdir()} == {p: d for p, d in before.items() if p != done.mp4}


def test_with_the_wrong_key_nothing_is_left_behind(shift: Shift, tmp_path: Path) -> None:
    folder = _take(shift)
    with pytest.raises(IntegrityError, match="sealed for"):
        export(folder, shift.authority, RecipientPrivate.generate(), ORDER, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["vault"]


def test_a_failure_in_the_middle_removes_what_was_written(shift: Shift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise StorageError(f"cannot write {path}: disk full")

    monkeypatch.setattr("bwc_agent.agency.export.write_new", full)
    with pytest.raises(StorageError):
        exported(shift, _take(shift), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_is_not_there_is_the_persons_mistake(shift: Shift, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="make it"):
        export(_take(shift), shift.authority, shift.desk.recipient, ORDER, tmp_path / "nowhere")


def test_progress_counts_the_segments(shift: Shift, tmp_path: Path) -> None:
    folder, told = _take(shift), list[tuple[int, int]]()
    export(folder, shift.authority, shift.desk.recipient, ORDER, tmp_path, lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_recording_without_a_clock_is_named_and_timed_from_the_press(shift: Shift, tmp_path: Path) -> None:
    start = shift.start()
    folder = shift.vault.recording(long_take(start, 1, films=[plain_film()] * 2, first={**FIRST, "anchor": {}}))
    done = exported(shift, folder, tmp_path / "out")
    assert done.mp4.name == f"unknown-time_{SERIAL}_000000-0001.mp4"
    assert "creation_time" not in probe(done.mp4)["format"]["tags"]
    assert "-0 s from the press\n[press]" in done.srt.read_text()


def _larger() -> Film:
    """Pictures of four times the size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fmp4_material, "WIDTH", 320)
        patch.setattr(fmp4_material, "HEIGHT", 240)
        units = pictures.__wrapped__()[:30]
    return CodecConfig(Track.VIDEO, avcc(*parameter_sets(units[0].data)), 320, 240), units


@pytest.mark.parametrize("other", [lambda: (video_config("veryfast"), pictures(preset="veryfast")[:30]), _larger])
def test_new_parameter_sets_in_the_middle_play_on_in_the_same_file(shift: Shift, tmp_path: Path, other: Callable[[], Film]) -> None:
    film = other()
    folder = shift.vault.recording(long_take(shift.start(), 1, films=[plain_film(), film, plain_film()]))
    done = exported(shift, folder, tmp_path / "out")
    assert stream_hashes(done.mp4) == [track["sha256"] for track in done.samples if isinstance(track, dict)]
    alone = exported(shift, shift.vault.recording(long_take(shift.start(), 1, films=[film])), tmp_path / "alone")
    assert frames(done.mp4)[30:60] == frames(alone.mp4)
    assert len(frames(done.mp4)) == 90


def test_sound_that_changes_its_form_does_not_fit_one_file(shift: Shift) -> None:
    folder = shift.vault.recording(long_take(shift.start(), 1))
    first, second, _ = read_signed_log(folder, shift.authority).media
    second.configs = (video_config(), CodecConfig(Track.AUDIO, b"\x11\x90", channels=2))
    with pytest.raises(IntegrityError, match=r"0002\.tink: the sound has another form"):
        first_configs([first, second])


def _other_digest(mark: Line) -> Line:
    """The same window, but its sound has another digest."""
    picture, heard = objects(mark, "tracks")
    return {**mark, "tracks": [picture, {**heard, "sha256": "0" * 64}]}


def test_samples_that_the_log_does_not_count_are_not_given_out(shift: Shift, tmp_path: Path) -> None:
    folder = shift.vault.recording(long_take(shift.start(), 1))
    log = read_signed_log(folder, shift.authority)
    assert log.stop is not None
    odd = replace(log, stop=None, marks=(*log.marks[:3], _other_digest(log.marks[3]), *log.marks[4:]))
    for other in (replace(log, stop={**log.stop, "samples": []}), odd):
        with pytest.raises(IntegrityError, match="not those that the log counts"):
            copy_samples(folder, other, piece_of(other, range(len(other.marks))), shift.desk.recipient, tmp_path / "x.mp4", {})
