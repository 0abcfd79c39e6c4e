"""What signatures cannot tell, the agency's receipts and its revocations do: a card set back, a double, a stolen camera."""

import os
import shutil
from pathlib import Path

import pytest

from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.certs import chain_from_pem, chain_to_pem
from bwc_agent.evidence.given import Given, given_revocations, receipt_folders
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.receipts import JournalSeen, Receipt, receipt_file, write_receipt
from bwc_agent.evidence.revocations import Revocation, Revocations, write_revocation
from bwc_agent.evidence.signed import spoken_for
from bwc_agent.evidence.verdict import DeviceVerdict, State
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from tests.evidence.trial import SERIAL, twin, twin_certificate
from tests.offload.shift import UTC, Shift, Start, desk


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    """Starts 0 and 1, a recording each, both off."""
    made = Shift(tmp_path / "vault")
    for _ in range(2):
        start = made.start()
        start.record(1)
        start.off()
    return made


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """The agency's own folder of receipts."""
    (tmp_path / "agency").mkdir()
    return tmp_path / "agency"


def _folder(shift: Shift, start: int) -> Path:
    return shift.vault.recording(RecordingName(start, 1))


def _receive(shift: Shift, agency: Path, start: int, serial: str = SERIAL) -> None:
    """The agency receives start's segment and has seen its journal."""
    data, journal = (_folder(shift, start) / "0001.tink").read_bytes(), shift.vault.journal(start).read_bytes()
    seen = JournalSeen(start, len(journal), sha256_hex(journal))
    written = write_receipt(
        Receipt(serial, RecordingName(start, 1), "0001.tink", len(data), sha256_hex(data), True, UTC, "dock", None, seen),
        shift.desk.receipts,
    )
    (agency / receipt_file(written)).write_bytes(written)


def _given(shift: Shift, agency: Path) -> Given:
    return Given([shift.desk.receipts.certificate], receipt_folders(agency))


def _found(verdict: DeviceVerdict) -> set[tuple[State, str]]:
    return {(reason.state, reason.where) for reason in verdict.reasons}


def test_a_card_that_was_set_back_is_right_but_for_the_receipts_elsewhere(shift: Shift, agency: Path, tmp_path: Path) -> None:
    shutil.copytree(shift.vault.root, tmp_path / "older")
    start = shift.start()
    start.record(1)
    start.off()
    _receive(shift, agency, 2)
    assert verify_device(shift.vault.root, shift.authority, _given(shift, agency)).reasons == ()
    assert verify_device(tmp_path / "older", shift.authority).reasons == ()
    found = _found(verify_device(tmp_path / "older", shift.authority, _given(shift, agency)))
    assert found == {(State.ROLLED_BACK, "000002.jsonl"), (State.ROLLED_BACK, "000002-0001/0001.tink")}


def test_a_double_of_a_card_is_told_by_the_receipts_of_the_other(shift: Shift, agency: Path, tmp_path: Path) -> None:
    shutil.copytree(shift.vault.root, tmp_path / "double")
    double = Vault(tmp_path / "double")
    for vault in (shift.vault, double):
        start = Start(vault, shift.desk, SERIAL)
        start.record(1)
        start.off()
    _receive(shift, agency, 2)
    assert verify_device(double.root, shift.authority).reasons == ()
    verdict = verify_device(double.root, shift.authority, _given(shift, agency))
    assert verdict.exit_status == 15 and verdict.state.value == "rolled back or forked"
    assert _found(verdict) == {(State.ROLLED_BACK, "000002.jsonl"), (State.ROLLED_BACK, "000002-0001/0001.tink")}


def test_two_lives_of_one_start_in_one_folder_are_a_fork_and_no_alteration(shift: Shift, tmp_path: Path) -> None:
    shutil.copytree(shift.vault.root, tmp_path / "double")
    start = shift.start()
    start.record(1)
    start.off()
    other = Start(Vault(tmp_path / "double"), shift.desk, SERIAL)
    other.begin(2)
    other.off()
    data = (tmp_path / "double/journal/000002.jsonl").read_bytes()
    (shift.vault.journals / f"000002@{len(data)}.jsonl").write_bytes(data)
    assert (State.ROLLED_BACK, "000002.jsonl") in _found(verify_device(shift.vault.root, shift.authority))
    (shift.vault.journals / f"000002@{len(data)}.jsonl").write_bytes(data.replace(b'"uncertainty":0', b'"uncertainty":1'))
    assert (State.ALTERED, "000002.jsonl") in _found(verify_device(shift.vault.root, shift.authority))


def test_a_recording_under_another_key_than_its_starts_journal_tells_of_a_double(shift: Shift, tmp_path: Path) -> None:
    shutil.copytree(shift.vault.root, tmp_path / "double")
    for start in (shift.start(), Start(double := Vault(tmp_path / "double"), shift.desk, SERIAL)):
        start.off()
    for start in (shift.start(), Start(double, shift.desk, SERIAL)):
        start.record(1)
        start.off()
    shutil.copytree(double.recording(RecordingName(3, 1)), shift.vault.recording(RecordingName(3, 1)), dirs_exist_ok=True)
    found = _found(verify_device(shift.vault.root, shift.authority))
    assert found == {(State.ALTERED, "000003-0001"), (State.ROLLED_BACK, "000003-0001")}


def test_receipts_of_another_device_say_nothing_here(shift: Shift, agency: Path) -> None:
    _receive(shift, agency, 1, serial="BWC-0002")
    (agency / "hello").write_text("x")
    verdict = verify_device(shift.vault.root, shift.authority, _given(shift, agency))
    assert verdict.reasons == () and any(what.startswith("1 messages") for what in verdict.not_checked)


def test_a_receipt_that_somebody_changed_is_named(shift: Shift, agency: Path) -> None:
    _receive(shift, agency, 1)
    (path,) = agency.iterdir()
    path.write_bytes(path.read_bytes().replace(b"dock", b"deck"))
    assert _found(verify_device(shift.vault.root, shift.authority, _given(shift, agency))) == {(State.ALTERED, f"agency/{path.name}")}


def test_receipts_are_found_in_a_mailbox_a_devices_folder_and_a_storage_folder_and_missed_aloud(agency: Path) -> None:
    box = agency / SERIAL / "mailbox"
    box.mkdir(parents=True)
    with pytest.raises(ConfigError, match="holds no receipts"):
        receipt_folders(agency)
    (box / f"{'0' * 64}.jsonl").write_bytes(b"x")
    assert receipt_folders(agency) == receipt_folders(agency / SERIAL) == receipt_folders(box) == [box]
    with pytest.raises(ConfigError, match="holds no receipts"):
        receipt_folders(agency / "nothing")


def test_a_receipt_beside_another_recording_was_put_there(shift: Shift) -> None:
    receipts = _folder(shift, 0) / "receipts"
    receipts.mkdir()
    _receive(shift, receipts, 1)
    verdict = verify_recording(_folder(shift, 0), shift.authority)
    assert [(reason.state, reason.where) for reason in verdict.reasons] == [(State.ALTERED, "receipts")]


def test_where_the_journal_of_its_start_is_gone_a_recording_is_not_called_forged(shift: Shift) -> None:
    shift.vault.journal(0).unlink()
    shift.vault.journal_signer(0).unlink()
    assert _found(verify_device(shift.vault.root, shift.authority)) == {
        (State.INCOMPLETE, "000001.jsonl"),
        (State.INCOMPLETE, "000000-0001"),
    }


def test_a_log_without_a_signature_contradicts_the_journal_that_saw_it_signed(shift: Shift) -> None:
    (_folder(shift, 0) / "0001.tink").unlink()
    log = _folder(shift, 0) / "log.jsonl"
    log.write_bytes(log.read_bytes()[:50])
    assert (State.ALTERED, "000000-0001") in _found(verify_device(shift.vault.root, shift.authority))


def test_a_link_in_the_place_of_a_log_is_an_alteration_and_not_only_missing(shift: Shift, tmp_path: Path) -> None:
    log = _folder(shift, 0) / "log.jsonl"
    log.rename(tmp_path / "log")
    log.symlink_to(tmp_path / "log")
    assert verify_recording(_folder(shift, 0), shift.authority).state is State.ALTERED
    shutil.move(shift.vault.journals, tmp_path / "journals")
    shift.vault.journals.symlink_to(tmp_path / "journals")
    assert (State.ALTERED, "journal") in _found(verify_device(shift.vault.root, shift.authority))


def test_a_recording_under_a_name_that_no_recorder_gives_was_put_there(shift: Shift) -> None:
    shutil.copytree(_folder(shift, 0), shift.vault.recordings / "000000-0001 ")
    assert (State.ALTERED, "recordings/000000-0001 ") in _found(verify_device(shift.vault.root, shift.authority))


def test_what_the_camera_trusts_must_be_the_authoritys(shift: Shift, tmp_path: Path) -> None:
    foreign = Shift(tmp_path / "foreign", desk("another authority")).vault.trust
    for name in ("authority.pem", "receipt.pem"):
        own = (shift.vault.trust / name).read_bytes()
        shutil.copy(foreign / name, shift.vault.trust / name)
        assert _found(verify_device(shift.vault.root, shift.authority)) == {(State.ALTERED, f"trust/{name}")}
        (shift.vault.trust / name).write_bytes(own)
    (shift.vault.trust / "recipients").mkdir()
    (shift.vault.trust / "recipients/0.jsonl").write_bytes(b"somebody\n")
    os.symlink("/etc/passwd", shift.vault.trust / "recipients/1.jsonl")
    found = _found(verify_device(shift.vault.root, shift.authority))
    assert found == {(State.ALTERED, "recipients/0.jsonl"), (State.ALTERED, "1.jsonl")}


def _revoked(start: int, journal: tuple[int, str] | None = None) -> Given:
    return Given(revocations=Revocations((Revocation(SERIAL, start, journal, UTC, "stolen"),)))


def test_of_a_revoked_device_what_was_signed_before_stays_and_what_came_later_is_an_unknown_signers(shift: Shift) -> None:
    verdict = verify_device(shift.vault.root, shift.authority, _revoked(0))
    assert [recording.state for recording in verdict.recordings] == [State.COMPLETE, State.UNKNOWN_SIGNER]
    (reason,) = verdict.recordings[1].reasons
    assert reason.where == "signer.pem" and "revoked BWC-0001 on 2026-01-01T00:00:00+00:00 (stolen)" in reason.what
    assert (State.UNKNOWN_SIGNER, "000001.pem") in _found(verdict) and verdict.exit_status == 16
    assert any(what.startswith("revocations after the 1 that were given") for what in verdict.not_checked)
    assert verify_device(shift.vault.root, shift.authority, _revoked(1)).reasons == ()


def test_a_revocation_in_the_vault_counts_for_a_recording_alone_too(shift: Shift) -> None:
    folder = shift.vault.trust / "revocations"
    folder.mkdir()
    (folder / "one.jsonl").write_bytes(write_revocation(Revocation(SERIAL, 0, None, UTC, "lost"), shift.desk.agency.signer))
    assert verify_recording(_folder(shift, 0), shift.authority).state is State.COMPLETE
    assert verify_recording(_folder(shift, 1), shift.authority).state is State.UNKNOWN_SIGNER
    assert given_revocations(folder, shift.authority).held[0].why == "lost"
    (folder / "two.jsonl").write_bytes(b"{}\n")
    assert (State.ALTERED, "revocations/two.jsonl") in _found(verify_device(shift.vault.root, shift.authority))
    with pytest.raises(IntegrityError, match=r"two\.jsonl"):
        given_revocations(folder, shift.authority)
    with pytest.raises(ConfigError, match="not a folder"):
        given_revocations(folder / "one.jsonl", shift.authority)


def test_the_last_start_counts_as_far_as_its_journal_was_seen_and_no_further(shift: Shift, tmp_path: Path) -> None:
    dock = tmp_path / "dock"
    dock.mkdir()
    start = shift.start()
    start.record(1)
    list(offload(shift.vault, SERIAL, Folder(dock), 2))
    seen = next((dock / SERIAL / "journal").glob("000002@*.jsonl")).read_bytes()
    start.record(2)
    start.off()
    found = _found(verify_device(shift.vault.root, shift.authority, _revoked(2, (len(seen), sha256_hex(seen)))))
    assert found == {(State.UNKNOWN_SIGNER, "000002.jsonl"), (State.UNKNOWN_SIGNER, "000002-0002")}
    whole = shift.vault.journal(2).read_bytes()
    assert verify_device(shift.vault.root, shift.authority, _revoked(2, (len(whole), sha256_hex(whole)))).reasons == ()
    assert _found(verify_device(shift.vault.root, shift.authority, _revoked(2, (len(whole), "0" * 64)))) == {
        (State.ROLLED_BACK, "000002.jsonl")
    }
    said = spoken_for(whole)
    assert verify_device(shift.vault.root, shift.authority, _revoked(2, (len(said), sha256_hex(said)))).reasons == ()
    less = spoken_for(seen)
    assert _found(verify_device(shift.vault.root, shift.authority, _revoked(2, (len(less), sha256_hex(less))))) == found


def test_two_copies_that_differ_in_the_form_of_a_last_signature_alone_are_not_two_lives(shift: Shift) -> None:
    path = shift.vault.journal(1)
    false = twin(path.read_bytes())
    path.with_name(f"000001@{len(false)}.jsonl").write_bytes(false)
    found = _found(verify_device(shift.vault.root, shift.authority))
    assert found == {(State.ALTERED, "000001.jsonl"), (State.END_UNPROVEN, "000001-0001")}


def test_a_chain_in_another_form_of_its_signatures_is_altered_and_no_double(shift: Shift) -> None:
    path = shift.vault.journal_signer(1)
    first, *above = chain_from_pem(path.read_bytes())
    path.write_bytes(chain_to_pem([first, *map(twin_certificate, above)]))
    found = _found(verify_device(shift.vault.root, shift.authority))
    assert found == {(State.ALTERED, "000001-0001")}
