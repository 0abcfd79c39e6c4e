"""Each thing that can be wrong with a recording has its word, and what is right with it is still said."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bwc_agent.evidence.given import Given
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.receipts import Receipt, receipt_file, write_receipt
from bwc_agent.evidence.verdict import Protection, Span, State, Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from tests.evidence.trial import SERIAL
from tests.offload.shift import UTC, Shift, desk

END = 48_000 + 46_400
"""Capture time of the last sample of two of the shift's segments."""


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    made = Shift(tmp_path / "vault")
    start = made.start()
    start.record(1, segments=2, notes=True)
    start.begin(2, segments=2)
    start.cut()
    return made


@pytest.fixture
def folder(shift: Shift) -> Path:
    return shift.vault.recording(RecordingName(0, 1))


@pytest.fixture
def cut(shift: Shift) -> Path:
    return shift.vault.recording(RecordingName(0, 2))


def _found(verdict: Verdict) -> list[tuple[State, str]]:
    return [(reason.state, reason.where) for reason in verdict.reasons]


def test_a_whole_recording_is_complete_and_signed_from_its_first_sample_to_its_last(shift: Shift, folder: Path) -> None:
    verdict = verify_recording(folder, shift.authority)
    assert (verdict.state, verdict.exit_status, verdict.reasons) == (State.COMPLETE, 0, ())
    assert verdict.spans == (Span(0, END, Protection.SIGNED),)
    assert verdict.log is not None and [f.name for f in verdict.log.media] == ["0001.tink", "0002.tink"]
    assert verdict.not_checked and verdict.protection


def test_what_a_cut_ended_is_truncated_and_signed_as_far_as_it_goes(shift: Shift, cut: Path) -> None:
    verdict = verify_recording(cut, shift.authority)
    assert _found(verdict) == [(State.TRUNCATED, "log.jsonl")]
    assert verdict.spans == (Span(0, END, Protection.SIGNED),)


def test_bytes_behind_the_last_mark_are_a_tail_that_nobody_signs(shift: Shift, cut: Path) -> None:
    with (cut / "0002.tink").open("ab") as file:
        file.write(bytes(5000))
    assert (State.UNSIGNED_TAIL, "0002.tink") in _found(verify_recording(cut, shift.authority))
    assert verify_recording(cut, shift.authority).exit_status == 12


def test_bytes_behind_a_finished_segment_are_an_alteration(shift: Shift, folder: Path) -> None:
    with (folder / "0002.tink").open("ab") as file:
        file.write(b"\0")
    assert _found(verify_recording(folder, shift.authority)) == [(State.ALTERED, "0002.tink")]


def test_an_altered_byte_is_placed_in_time(shift: Shift, folder: Path) -> None:
    data = bytearray((folder / "0002.tink").read_bytes())
    data[-20_000] ^= 1
    (folder / "0002.tink").write_bytes(data)
    verdict = verify_recording(folder, shift.authority)
    assert _found(verdict) == [(State.ALTERED, "0002.tink")]
    assert verdict.spans == (Span(0, 71_552, Protection.SIGNED), Span(72_000, END, Protection.ALTERED))


def test_a_segment_that_is_cut_short_is_altered(shift: Shift, folder: Path) -> None:
    os.truncate(folder / "0001.tink", 1000)
    assert _found(verify_recording(folder, shift.authority)) == [(State.ALTERED, "0001.tink")]


@pytest.mark.parametrize("name", ["0001.tink", "0002.notes.tink"])
def test_a_missing_file_makes_it_incomplete(shift: Shift, folder: Path, name: str) -> None:
    (folder / name).unlink()
    verdict = verify_recording(folder, shift.authority)
    assert _found(verdict) == [(State.INCOMPLETE, name)]
    assert (verdict.spans[0].protection is Protection.MISSING) == (name == "0001.tink")


def _receipt(shift: Shift, folder: Path, name: str, opened: bool | None = True, wrong: bool = False) -> None:
    data = (folder / name).read_bytes()
    digest = sha256_hex(data[1:] if wrong else data)
    written = write_receipt(Receipt(SERIAL, RecordingName(0, 1), name, len(data), digest, opened, UTC, "dock"), shift.desk.receipts)
    (folder / "receipts").mkdir(exist_ok=True)
    (folder / "receipts" / receipt_file(written)).write_bytes(written)


def test_a_file_given_up_against_a_receipt_is_released_and_not_missing(shift: Shift, folder: Path) -> None:
    _receipt(shift, folder, "0001.tink")
    (folder / "0001.tink").unlink()
    verdict = verify_recording(folder, shift.authority)
    assert verdict.state is State.COMPLETE
    assert [span.protection for span in verdict.spans] == [Protection.RELEASED, Protection.SIGNED]
    assert verdict.notes[0].startswith("0001.tink: released, held by the agency's storage")


@pytest.mark.parametrize("how", [{"opened": False}, {"wrong": True}])
def test_a_receipt_that_does_not_speak_for_the_bytes_covers_nothing(shift: Shift, folder: Path, how: dict[str, bool]) -> None:
    _receipt(shift, folder, "0001.tink", **how)
    (folder / "0001.tink").unlink()
    assert _found(verify_recording(folder, shift.authority)) == [(State.INCOMPLETE, "0001.tink")]


def test_a_changed_receipt_is_named(shift: Shift, folder: Path) -> None:
    _receipt(shift, folder, "0001.tink")
    (path,) = (folder / "receipts").iterdir()
    path.write_bytes(path.read_bytes().replace(b"dock", b"deck"))
    assert _found(verify_recording(folder, shift.authority)) == [(State.ALTERED, f"receipts/{path.name}")]


def test_receipts_need_the_agencys_certificate_and_a_foreign_one_is_not_used(shift: Shift, folder: Path) -> None:
    _receipt(shift, folder, "0001.tink")
    (folder / "0001.tink").unlink()
    (shift.vault.trust / "receipt.pem").unlink()
    assert verify_recording(folder, shift.authority).state is State.INCOMPLETE
    assert verify_recording(folder, shift.authority, Given([shift.desk.receipts.certificate])).state is State.COMPLETE
    foreign = Shift(shift.vault.root.parent / "foreign", desk("another authority")).vault.trust / "receipt.pem"
    (shift.vault.trust / "receipt.pem").write_bytes(foreign.read_bytes())
    verdict = verify_recording(folder, shift.authority)
    assert verdict.state is State.INCOMPLETE and any("is not used" in note for note in verdict.notes)


def _stranger(folder: Path) -> str:
    (folder / "0009.tink").write_bytes(b"film")
    return "0009.tink"


def _link(folder: Path) -> str:
    (folder / "0001.tink").rename(folder.parent / "elsewhere")
    (folder / "0001.tink").symlink_to(folder.parent / "elsewhere")
    return "0001.tink"


def _pipe(folder: Path) -> str:
    (folder / "0001.tink").unlink()
    os.mkfifo(folder / "0001.tink")
    return "0001.tink"


def _folder(folder: Path) -> str:
    (folder / "more").mkdir()
    return "more"


@pytest.mark.parametrize("put", [_stranger, _link, _pipe, _folder])
def test_what_no_line_announces_or_is_no_plain_file_was_put_there(shift: Shift, folder: Path, put: Callable[[Path], str]) -> None:
    name = put(folder)
    assert (State.ALTERED, name) in _found(verify_recording(folder, shift.authority))


def test_what_a_cut_left_half_written_is_passed_over(shift: Shift, folder: Path) -> None:
    (folder / ".signer.pem.tmp").write_bytes(b"half")
    assert verify_recording(folder, shift.authority).state is State.COMPLETE


def test_segments_that_changed_places_are_altered(shift: Shift, folder: Path) -> None:
    (folder / "0001.tink").rename(folder / "x")
    (folder / "0002.tink").rename(folder / "0001.tink")
    (folder / "x").rename(folder / "0002.tink")
    assert _found(verify_recording(folder, shift.authority)) == [(State.ALTERED, "0001.tink"), (State.ALTERED, "0002.tink")]


def test_a_folder_under_another_recordings_name_is_altered_and_under_a_persons_name_is_not(shift: Shift, folder: Path) -> None:
    moved = shift.vault.recording(RecordingName(0, 7))
    shutil.copytree(folder, moved)
    assert verify_recording(moved, shift.authority).state is State.ALTERED
    moved.rename(moved.with_name("case 12"))
    verdict = verify_recording(moved.with_name("case 12"), shift.authority)
    assert verdict.state is State.COMPLETE and any("name" in what for what in verdict.not_checked)


def test_standing_in_the_folder_changes_nothing(shift: Shift, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _receipt(shift, folder, "0001.tink")
    (folder / "0001.tink").unlink()
    monkeypatch.chdir(folder)
    assert verify_recording(Path("."), shift.authority) == verify_recording(folder, shift.authority)
    monkeypatch.chdir(folder / "receipts")
    assert verify_recording(Path(".."), shift.authority).state is State.COMPLETE


def test_the_log_of_another_recording_does_not_fit_the_files(shift: Shift, folder: Path, cut: Path) -> None:
    (folder / "log.jsonl").write_bytes((cut / "log.jsonl").read_bytes())
    assert verify_recording(folder, shift.authority).state is State.ALTERED


def test_a_log_cut_after_an_earlier_signature_is_truncated_and_its_later_files_strange(shift: Shift, folder: Path) -> None:
    lines = (folder / "log.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "log.jsonl").write_bytes(b"".join(lines[:2]))
    assert verify_recording(folder, shift.authority).state is State.ALTERED


def test_lines_behind_the_last_signature_are_a_tail(shift: Shift, cut: Path) -> None:
    with (cut / "log.jsonl").open("ab") as file:
        file.write(b'{"kind":"marker","n":')
    assert (State.UNSIGNED_TAIL, "log.jsonl") in _found(verify_recording(cut, shift.authority))


def test_a_log_without_any_signature_is_a_tail_if_nothing_else_is_there(shift: Shift, folder: Path) -> None:
    (folder / "log.jsonl").write_bytes((folder / "log.jsonl").read_bytes()[:50])
    assert verify_recording(folder, shift.authority).state is State.ALTERED
    for path in folder.glob("*.tink"):
        path.unlink()
    assert verify_recording(folder, shift.authority).state is State.UNSIGNED_TAIL


def test_another_agencys_authority_does_not_know_the_signer(shift: Shift, folder: Path) -> None:
    verdict = verify_recording(folder, desk("another authority").agency.certificate)
    assert (verdict.state, verdict.exit_status, verdict.log) == (State.UNKNOWN_SIGNER, 16, None)


def test_the_chain_of_another_start_is_not_the_one_that_signed(shift: Shift, folder: Path) -> None:
    shift.start().off()
    (folder / "signer.pem").write_bytes(shift.vault.journal_signer(1).read_bytes())
    assert verify_recording(folder, shift.authority).state is State.ALTERED


@pytest.mark.parametrize("name", ["log.jsonl", "signer.pem"])
def test_without_its_log_or_chain_it_is_incomplete(shift: Shift, folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert _found(verify_recording(folder, shift.authority)) == [(State.INCOMPLETE, name)]


def test_what_is_no_recording_is_called_so(shift: Shift, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    for path in (tmp_path / "nothing", tmp_path / "link", shift.vault.trust):
        verdict = verify_recording(path, shift.authority)
        assert (verdict.state, verdict.exit_status) == (State.NOT_A_RECORDING, 2)


def test_docked_while_it_was_made_its_end_is_unproven_until_the_next_docking(shift: Shift, tmp_path: Path) -> None:
    dock = tmp_path / "dock"
    dock.mkdir()
    start = shift.start()
    name = start.begin(1, segments=2)
    list(offload(shift.vault, SERIAL, Folder(dock), start.number))
    copy = dock / SERIAL / "recordings" / str(name)
    assert {path.name.split("@")[0] for path in copy.iterdir()} == {"signer.pem", "log", "0001.tink"}
    verdict = verify_recording(copy, shift.authority)
    assert {state for state, _ in _found(verdict)} == {State.END_UNPROVEN}
    assert [span.protection for span in verdict.spans] == [Protection.SIGNED, Protection.MISSING]
    start.cut()
    list(offload(shift.vault, SERIAL, Folder(dock), None))
    assert _found(verify_recording(copy, shift.authority)) == [(State.TRUNCATED, "log.jsonl")]
    open_copy = next(copy.glob("log@*.jsonl"))
    open_copy.rename(open_copy.with_name(f"log@{open_copy.stat().st_size + 1}.jsonl"))
    assert verify_recording(copy, shift.authority).state is State.ALTERED


def test_progress_tells_every_byte_of_the_sealed_files(shift: Shift, folder: Path) -> None:
    told: list[int] = []
    verify_recording(folder, shift.authority, progress=told.append)
    assert sum(told) == sum(path.stat().st_size for path in folder.glob("*.tink"))
