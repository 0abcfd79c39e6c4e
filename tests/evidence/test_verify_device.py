"""Journals against recordings: what was taken away, put there, exchanged or set back shows."""

import shutil
from pathlib import Path

import pytest

from bwc_agent.evidence.given import Given
from bwc_agent.evidence.keys import take_key
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.receipts import JournalSeen, Receipt, receipt_file, write_receipt
from bwc_agent.evidence.verdict import DeviceVerdict, State
from bwc_agent.evidence.verify_device import find_devices, find_recordings, verify_device
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from tests.evidence.trial import SERIAL
from tests.offload.shift import UTC, Shift, desk


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    """Starts 0 (two recordings, then a cut within a third), 1 (one recording, off) and 2 (stands by)."""
    made = Shift(tmp_path / "vault")
    first = made.start()
    first.record(1)
    first.record(2, notes=True)
    first.begin(3)
    first.cut()
    second = made.start()
    second.record(1)
    second.off()
    made.start().off()
    return made


def _verify(shift: Shift) -> DeviceVerdict:
    return verify_device(shift.vault.root, shift.authority)


def _found(verdict: DeviceVerdict) -> list[tuple[State, str]]:
    return [(reason.state, reason.where) for reason in verdict.reasons]


def _recording(shift: Shift, start: int, number: int) -> Path:
    return shift.vault.recording(RecordingName(start, number))


def test_a_device_that_only_lost_power_once_has_no_finding_but_the_cut(shift: Shift) -> None:
    verdict = _verify(shift)
    assert (verdict.name, verdict.starts, verdict.reasons) == (SERIAL, (0, 1, 2), ())
    assert [recording.state for recording in verdict.recordings] == [State.COMPLETE, State.COMPLETE, State.TRUNCATED, State.COMPLETE]
    assert (verdict.state, verdict.exit_status) == (State.TRUNCATED, 10)


def test_its_copy_at_the_destination_gets_the_same_verdict(shift: Shift, tmp_path: Path) -> None:
    dock = tmp_path / "dock"
    dock.mkdir()
    list(offload(shift.vault, SERIAL, Folder(dock), None))
    verdict = verify_device(dock / SERIAL, shift.authority)
    assert (verdict.state, verdict.reasons) == (State.TRUNCATED, ())


@pytest.mark.parametrize(("start", "number"), [(0, 1), (0, 3), (1, 1)])
def test_a_recording_that_was_taken_away_is_missing(shift: Shift, start: int, number: int) -> None:
    shutil.rmtree(_recording(shift, start, number))
    verdict = _verify(shift)
    assert set(_found(verdict)) == {(State.INCOMPLETE, f"00000{start}-000{number}")}
    assert verdict.exit_status == 14


def test_a_recording_that_no_journal_names_was_put_there(shift: Shift) -> None:
    shutil.copytree(_recording(shift, 0, 1), _recording(shift, 0, 9))
    verdict = _verify(shift)
    assert (State.ALTERED, "000000-0009") in _found(verdict)


def test_a_log_that_was_cut_back_to_a_signature_is_not_the_one_that_was_closed(shift: Shift) -> None:
    log = _recording(shift, 0, 1) / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-2]))
    assert (State.ALTERED, "000000-0001") in _found(_verify(shift))


def test_a_recording_from_another_start_under_the_same_name_shows_by_its_first_line(shift: Shift) -> None:
    shutil.rmtree(_recording(shift, 0, 2))
    shutil.copytree(_recording(shift, 0, 1), _recording(shift, 0, 2))
    assert (State.ALTERED, "000000-0002") in _found(_verify(shift))


def test_the_tail_that_a_start_found_must_lie_as_it_was_found(shift: Shift) -> None:
    with (_recording(shift, 0, 3) / "0001.tink").open("ab") as file:
        file.write(b"more")
    assert (State.ALTERED, "000000-0003/0001.tink") in _found(_verify(shift))


def test_a_found_file_that_is_missing_is_said_once(shift: Shift) -> None:
    (_recording(shift, 0, 3) / "0001.tink").unlink()
    verdict = _verify(shift)
    assert verdict.reasons == () and verdict.state is State.INCOMPLETE


@pytest.mark.parametrize(("start", "word", "where"), [(0, State.INCOMPLETE, "000001.jsonl"), (2, State.END_UNPROVEN, "000002.jsonl")])
def test_a_chain_whose_journal_is_gone_is_seen_by_the_next_or_waits_for_a_docking(
    shift: Shift, start: int, word: State, where: str
) -> None:
    shift.vault.journal(start).unlink()
    assert (word, where) in _found(_verify(shift))


@pytest.mark.parametrize("start", [0, 1])
def test_a_journal_that_was_taken_away_is_missed_by_the_next(shift: Shift, start: int) -> None:
    shift.vault.journal(start).unlink()
    shift.vault.journal_signer(start).unlink()
    verdict = _verify(shift)
    assert (State.INCOMPLETE, f"00000{start + 1}.jsonl") in _found(verdict)


def test_a_journal_without_its_chain_is_incomplete(shift: Shift) -> None:
    shift.vault.journal_signer(0).unlink()
    assert (State.INCOMPLETE, "000000.pem") in _found(_verify(shift))


def test_a_journal_cut_back_to_a_signature_contradicts_the_next(shift: Shift) -> None:
    lines = shift.vault.journal(0).read_bytes().splitlines(keepends=True)
    shift.vault.journal(0).write_bytes(b"".join(lines[:4]))
    assert (State.ALTERED, "000000.jsonl") in _found(_verify(shift))


def test_a_start_without_a_journal_is_no_finding_when_the_next_one_says_so(shift: Shift) -> None:
    take_key(shift.vault.keys, SERIAL)
    shift.start().off()
    verdict = _verify(shift)
    assert (verdict.starts, verdict.reasons) == ((0, 1, 2, 4), ())


@pytest.mark.parametrize("name", ["notes.txt", "0000001.jsonl", "000001@0.jsonl", "000001@010.jsonl"])
def test_what_lies_between_journals_and_is_none_was_put_there(shift: Shift, name: str) -> None:
    (shift.vault.journals / name).write_text("x")
    assert (State.ALTERED, name) in _found(_verify(shift))


def test_what_lies_between_recordings_and_is_none_is_said_to_be_unchecked(shift: Shift) -> None:
    (shift.vault.recordings / "holiday").mkdir()
    verdict = _verify(shift)
    assert verdict.reasons == () and verdict.not_checked[0] == "recordings/holiday: it is not named as a recording"


def test_a_folder_named_as_a_recording_that_is_none_makes_the_device_altered(shift: Shift) -> None:
    _recording(shift, 0, 8).symlink_to(_recording(shift, 0, 1))
    _recording(shift, 0, 9).mkdir()
    (_recording(shift, 0, 9) / "film.mp4").write_bytes(b"x")
    verdict = _verify(shift)
    assert (verdict.state, verdict.exit_status) == (State.ALTERED, 13)
    assert {v.state for v in verdict.recordings if v.name in ("000000-0008", "000000-0009")} == {State.ALTERED}


def test_a_recording_whose_folder_was_emptied_is_missing(shift: Shift) -> None:
    for path in _recording(shift, 0, 1).iterdir():
        path.unlink()
    assert set(_found(_verify(shift))) == {(State.INCOMPLETE, "000000-0001")}


def test_recordings_behind_a_link_are_not_looked_at(shift: Shift, tmp_path: Path) -> None:
    shift.vault.recordings.rename(tmp_path / "elsewhere")
    shift.vault.recordings.symlink_to(tmp_path / "elsewhere")
    verdict = _verify(shift)
    assert (State.ALTERED, "recordings") in _found(verdict) and verdict.recordings == ()
    assert find_recordings(shift.vault.root) == []


def test_an_orderly_end_is_proven_and_its_lack_is_said(shift: Shift) -> None:
    assert any(what.startswith("what start 2 did after") for what in _verify(shift).not_checked)
    shift.start().end()
    assert [what.split(":")[0] for what in _verify(shift).not_checked] == [
        "whether the device started again after start 3",
        "revocations",
    ]


def _torn(shift: Shift, kept: int) -> None:
    """Start 3 is cut before its journal's first signature, `kept` bytes of its first line being there; start 4 finds it so."""
    shift.start().cut()
    first = shift.vault.journal(3).read_bytes().splitlines(keepends=True)[0]
    shift.vault.journal(3).write_bytes(first[: kept if kept >= 0 else len(first)])
    shift.start().off()


def test_a_journal_that_was_never_signed_still_holds_on_to_the_one_before(shift: Shift) -> None:
    _torn(shift, -1)
    assert _verify(shift).reasons == ()
    shift.vault.journal(2).write_bytes(shift.vault.journal(2).read_bytes() + b"{")
    assert (State.ALTERED, "000002.jsonl") in _found(_verify(shift))


@pytest.mark.parametrize("kept", [0, 30])
def test_where_its_first_line_is_torn_the_end_of_the_one_before_is_said_to_be_unproven(shift: Shift, kept: int) -> None:
    _torn(shift, kept)
    verdict = _verify(shift)
    assert verdict.reasons == () and any("journal of start 2 ends" in what for what in verdict.not_checked)


def test_without_journals_nobody_can_say_what_was_taken_away(shift: Shift) -> None:
    shutil.rmtree(shift.vault.journals)
    assert _found(_verify(shift)) == [(State.INCOMPLETE, "journal")]
    shift.vault.journals.mkdir()
    assert _found(_verify(shift)) == [(State.INCOMPLETE, "journal")]


def test_evidence_of_two_devices_in_one_folder_is_not_one_device(shift: Shift, tmp_path: Path) -> None:
    other = Shift(tmp_path / "other", desk(), "BWC-0002")
    other.start().record(1)
    shutil.copytree(other.vault.recording(RecordingName(0, 1)), _recording(shift, 5, 1))
    assert any(state is State.ALTERED and not where for state, where in _found(_verify(shift)))


def _receipt(shift: Shift, seen: JournalSeen, place: Path | None = None) -> None:
    data = (_recording(shift, 0, 1) / "0001.tink").read_bytes()
    receipt = Receipt(SERIAL, RecordingName(0, 1), "0001.tink", len(data), sha256_hex(data), True, UTC, "dock", None, seen)
    written = write_receipt(receipt, shift.desk.receipts)
    folder = place or _recording(shift, 0, 1) / "receipts"
    folder.mkdir()
    (folder / receipt_file(written)).write_bytes(written)


def test_a_receipt_that_saw_what_is_here_is_content(shift: Shift) -> None:
    journal = shift.vault.journal(2).read_bytes()
    _receipt(shift, JournalSeen(2, len(journal) - 3, sha256_hex(journal[:-3])))
    assert _verify(shift).reasons == ()


@pytest.mark.parametrize("seen", [JournalSeen(2, 1 << 20, "0" * 64), JournalSeen(7, 10, "0" * 64), JournalSeen(1, 10, "0" * 64)])
def test_a_device_that_shows_less_or_other_than_a_receipt_has_seen_was_rolled_back(shift: Shift, seen: JournalSeen) -> None:
    _receipt(shift, seen)
    verdict = _verify(shift)
    assert _found(verdict) == [(State.ROLLED_BACK, f"00000{seen.start}.jsonl")]
    assert verdict.exit_status == 15


def test_the_mailbox_knows_of_a_rollback_too_and_what_it_cannot_prove_is_said(shift: Shift) -> None:
    mailbox = shift.vault.root / "mailbox"
    _receipt(shift, JournalSeen(7, 10, "0" * 64), mailbox)
    assert _found(_verify(shift)) == [(State.ROLLED_BACK, "000007.jsonl")]
    (shift.vault.trust / "receipt.pem").unlink()
    (mailbox / "hello").write_text("x")
    verdict = _verify(shift)
    assert verdict.reasons == ()
    assert [what.split(":")[0] for what in verdict.not_checked[-3:-1]] == ["1 receipts in the mailbox", "1 messages in the mailbox"]
    assert verify_device(shift.vault.root, shift.authority, Given([shift.desk.receipts.certificate])).state is State.ROLLED_BACK


def test_a_device_set_back_to_an_older_copy_of_its_card_is_rolled_back(shift: Shift, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(shift.vault.root, older)
    start = shift.start()
    start.record(1)
    start.off()
    journal = shift.vault.journal(3).read_bytes()
    _receipt(shift, JournalSeen(3, len(journal), sha256_hex(journal)))
    shutil.copytree(_recording(shift, 0, 1) / "receipts", Vault(older).recording(RecordingName(0, 1)) / "receipts")
    assert verify_device(older, shift.authority).state is State.ROLLED_BACK


def test_docked_while_it_ran_the_newest_recording_may_not_be_named_yet(shift: Shift, tmp_path: Path) -> None:
    dock = tmp_path / "dock"
    dock.mkdir()
    start = shift.start()
    list(offload(shift.vault, SERIAL, Folder(dock), start.number))
    start.record(1)
    shutil.copytree(_recording(shift, 3, 1), dock / SERIAL / "recordings" / "000003-0001")
    assert _found(verify_device(dock / SERIAL, shift.authority)) == [(State.END_UNPROVEN, "000003-0001")]
    list(offload(shift.vault, SERIAL, Folder(dock), start.number))
    assert verify_device(dock / SERIAL, shift.authority).reasons == ()


def test_every_kind_of_folder_is_searched_for_recordings(shift: Shift, tmp_path: Path) -> None:
    dock = tmp_path / "dock"
    dock.mkdir()
    list(offload(shift.vault, SERIAL, Folder(dock), None))
    one = _recording(shift, 0, 1)
    assert find_recordings(one) == [one]
    assert find_recordings(shift.vault.root) == [shift.vault.recording(name) for name in shift.vault.names()]
    assert len(find_recordings(dock)) == len(find_recordings(dock / SERIAL)) == 4
    assert find_devices(dock) == [dock / SERIAL]
    assert find_recordings(tmp_path / "nothing") == find_devices(one) == []


def test_a_folder_without_evidence_is_no_device(shift: Shift, tmp_path: Path) -> None:
    assert verify_device(tmp_path, shift.authority).state is State.NOT_A_RECORDING


def test_under_another_authority_every_start_is_of_an_unknown_signer(shift: Shift) -> None:
    verdict = verify_device(shift.vault.root, desk("another authority").agency.certificate)
    assert {recording.state for recording in verdict.recordings} == {State.UNKNOWN_SIGNER}
    assert verdict.state is State.UNKNOWN_SIGNER
