"""Against anything but a good receipt for what is finished the custodian gives up nothing, and does not hang."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json, sha256_hex
from bwc_agent.evidence.receipts import MAX_RECEIPT, receipt_file, write_receipt
from bwc_agent.evidence.revocations import Revocation, write_revocation
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.evidence.software_key import SoftwareKey
from bwc_agent.files import leftover
from bwc_agent.storage.release import Outcome
from bwc_agent.storage.trust import read_trust
from tests.offload.shift import UTC, Shift, desk, tree
from tests.storage.inbox_made import CUT, FIRST, deliver, receipt, refusal, run, worked


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return worked(tmp_path / "vault")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"device": "BWC-0002"}, "for device 'BWC-0002'"),
        ({"recording": CUT}, "other bytes"),
        ({"recording": RecordingName(0, 9)}, "not on this device"),
        ({"file": "0002.tink"}, "does not finish"),
        ({"file": "0001.notes.tink"}, "other bytes"),
        ({"recording": FIRST, "file": "9999.tink"}, "does not finish"),
        ({"bytes": 1}, "other bytes"),
        ({"sha256": "0" * 64}, "other bytes"),
        ({"opened": False}, "does not open"),
    ],
)
def test_a_receipt_for_anything_else_releases_nothing(shift: Shift, changes: dict[str, Any], why: str) -> None:
    deliver(shift, dataclasses.replace(receipt(shift), **changes))
    assert why in refusal(shift)


@pytest.mark.parametrize(
    "file", ["log.jsonl", "signer.pem", "../../trust/authority.pem", "0001.tink/..", "", "receipts", "\u0661\u0661\u0661\u0661.tink"]
)
def test_a_receipt_for_what_is_no_segment_releases_nothing(shift: Shift, file: str) -> None:
    deliver(shift, dataclasses.replace(receipt(shift), file=file))
    assert "not the name of one" in refusal(shift)


def test_a_receipt_by_a_foreign_key_releases_nothing(shift: Shift) -> None:
    deliver(shift, receipt(shift), desk("another authority").receipts)
    assert "another certificate" in refusal(shift)


def test_a_receipt_by_a_foreign_key_under_the_right_certificate_releases_nothing(shift: Shift) -> None:
    deliver(shift, receipt(shift), Signer(SoftwareKey(new_key()), shift.desk.receipts.certificate))
    assert "signature does not fit" in refusal(shift)


def test_a_receipt_by_the_device_itself_releases_nothing(shift: Shift) -> None:
    key = new_key()
    deliver(shift, receipt(shift), Signer(SoftwareKey(key), shift.desk.agency.enrolment(key)))
    assert "another certificate" in refusal(shift)


def test_a_trust_folder_with_a_foreign_receipt_certificate_is_refused_before_anything_is_read(shift: Shift) -> None:
    other = desk("another authority")
    other.provision(shift.vault.root / "other")
    (shift.vault.root / "other/authority.pem").write_bytes((shift.vault.trust / "authority.pem").read_bytes())
    with pytest.raises(IntegrityError, match="not certified by this authority"):
        read_trust(shift.vault.root / "other")


@pytest.mark.parametrize("position", [0, 5, 100, 300, -3, -40])
def test_a_receipt_with_one_byte_changed_releases_nothing(shift: Shift, position: int) -> None:
    data = bytearray(write_receipt(receipt(shift), shift.desk.receipts))
    data[position] ^= 1
    deliver(shift, bytes(data))
    assert refusal(shift)


def test_a_receipt_with_more_lines_than_one_releases_nothing(shift: Shift) -> None:
    data = write_receipt(receipt(shift), shift.desk.receipts)
    deliver(shift, data + b'{"kind":"x"}\n')
    assert "nothing else" in refusal(shift)


def test_another_signed_file_of_the_agency_is_no_receipt_and_is_kept_for_another(shift: Shift) -> None:
    lines = SignedLines("bundle", shift.desk.receipts)
    deliver(shift, lines.first(0) + lines.sign(0))
    before = tree(shift.vault.root)
    assert [(answer.outcome, answer.exit_status) for answer in run(shift)] == [(Outcome.KEPT, 0)]
    assert tree(shift.vault.root) == before


@pytest.mark.parametrize("data", [b"", b"rubbish\n", b'{"kind":"receipt"}\n', b'{"bwc":1,"n":0}\n', b'{"bwc":2,"kind":"bundle"}\n'])
def test_what_is_no_signed_file_of_this_format_is_refused_and_not_kept_for_another(shift: Shift, data: bytes) -> None:
    deliver(shift, data)
    assert refusal(shift)


def test_a_receipt_whose_name_is_not_its_digest_is_left(shift: Shift) -> None:
    name = deliver(shift, receipt(shift))
    (shift.vault.inbox / name).rename(shift.vault.inbox / ("0" * 64 + ".jsonl"))
    assert "SHA-256" in refusal(shift)


def _too_big(box: Path, good: Path) -> None:
    data = bytes(MAX_RECEIPT + 1)
    (box / receipt_file(data)).write_bytes(data)
    good.unlink()


def _sparse(box: Path, good: Path) -> None:
    os.truncate(good, 5 << 30)


def _pipe(box: Path, good: Path) -> None:
    good.unlink()
    os.mkfifo(good)


def _link(box: Path, good: Path) -> None:
    good.rename(box.parent / "elsewhere")
    good.symlink_to(box.parent / "elsewhere")


def _hard_link(box: Path, good: Path) -> None:
    os.link(good, box.parent / "elsewhere")


def _folder(box: Path, good: Path) -> None:
    good.unlink()
    good.mkdir()


@pytest.mark.parametrize(
    ("trap", "why"),
    [
        (_too_big, "at most 65536"),
        (_sparse, "at most 65536"),
        (_pipe, "not a plain file"),
        (_link, "symbolic link"),
        (_hard_link, "2 names"),
        (_folder, "not a plain file"),
    ],
)
def test_a_trap_in_the_inbox_neither_hangs_nor_leads_elsewhere(shift: Shift, trap: Callable[[Path, Path], None], why: str) -> None:
    good = shift.vault.inbox / deliver(shift, receipt(shift))
    trap(shift.vault.inbox, good)
    evidence = _evidence(shift)
    (answer,) = run(shift)
    assert why in str(answer.outcome)
    assert isinstance(answer.outcome, IntegrityError)
    assert _evidence(shift) == evidence
    assert len(os.listdir(shift.vault.inbox)) == 1


def _evidence(shift: Shift) -> dict[str, bytes]:
    return tree(shift.vault.recordings)


def test_a_leftover_of_a_cut_in_the_inbox_is_passed_over(shift: Shift) -> None:
    leftover(shift.vault.inbox / "x.jsonl").write_bytes(b"half")
    assert run(shift) == []


def test_a_bad_message_does_not_keep_a_good_one_from_its_work(shift: Shift) -> None:
    deliver(shift, b"rubbish")
    (shift.vault.inbox / "\udcff.jsonl").write_bytes(b"x")
    deliver(shift, receipt(shift))
    outcomes = [a.outcome for a in run(shift)]
    assert outcomes.count(Outcome.RELEASED) == 1 and len(outcomes) == 3
    assert len(os.listdir(shift.vault.inbox)) == 2


def test_a_local_segment_that_changed_is_kept_and_named(shift: Shift) -> None:
    deliver(shift, receipt(shift))
    path = shift.vault.recording(FIRST) / "0001.tink"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert "no longer has the bytes" in refusal(shift)


def test_a_link_in_the_place_of_a_local_segment_is_kept_and_named(shift: Shift) -> None:
    deliver(shift, receipt(shift))
    path = shift.vault.recording(FIRST) / "0001.tink"
    path.rename(shift.vault.root / "moved")
    path.symlink_to(shift.vault.root / "moved")
    assert "it is kept" in refusal(shift)


@pytest.mark.parametrize("file", ["log.jsonl", "signer.pem"])
def test_when_the_devices_own_log_or_chain_does_not_hold_nothing_is_released(shift: Shift, file: str) -> None:
    deliver(shift, receipt(shift))
    path = shift.vault.recording(FIRST) / file
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    assert refusal(shift)


def test_a_recording_moved_into_anothers_folder_releases_nothing(shift: Shift) -> None:
    name = RecordingName(0, 7)
    deliver(shift, dataclasses.replace(receipt(shift), recording=name))
    shift.vault.recording(FIRST).rename(shift.vault.recording(name))
    assert "another recording" in refusal(shift)


FORGED = RecordingName(0, 9)


def test_the_key_of_a_later_start_cannot_speak_for_a_recording_of_an_earlier_one(shift: Shift) -> None:
    later = shift.start()
    folder = shift.vault.recording(FORGED)
    end: dict[str, Json] = {"bytes": 1, "file": "0001.tink", "kind": "end", "segment": 1, "sha256": sha256_hex(b"x")}
    later.forge_log(folder, {"recording": 9, "start": 0}, end, {"kind": "stop"})
    (folder / "0001.tink").write_bytes(b"x")
    deliver(shift, receipt(shift, FORGED))
    assert "signed by another start" in refusal(shift)


def test_the_key_of_a_later_start_cannot_find_what_an_earlier_journal_would_have(tmp_path: Path) -> None:
    shift = Shift(tmp_path / "other")
    start = shift.start()
    start.begin(2)
    start.cut()
    shift.start().off()
    later = shift.start()
    shift.vault.journal_signer(1).write_bytes(later.device.chain_pem)
    deliver(shift, receipt(shift, CUT))
    assert "the journal of start 1 is signed by start 2" in refusal(shift)


def _revoke(shift: Shift, start: int, by: Signer | None = None) -> None:
    folder = shift.vault.trust / "revocations"
    folder.mkdir(exist_ok=True)
    revoked = Revocation(shift.serial, start, None, UTC, "stolen")
    (folder / f"{start}.jsonl").write_bytes(write_revocation(revoked, by or shift.desk.agency.signer))


def test_a_revoked_devices_later_starts_release_nothing_and_the_earlier_ones_do(shift: Shift) -> None:
    _revoke(shift, 0)
    deliver(shift, receipt(shift))
    assert [answer.outcome for answer in run(shift)] == [Outcome.RELEASED]
    _revoke(shift, -1)
    deliver(shift, receipt(shift, CUT))
    assert "counts no more" in refusal(shift)


def test_what_stands_among_revocations_and_is_none_stops_every_release(shift: Shift) -> None:
    _revoke(shift, 0, shift.desk.receipts)
    deliver(shift, receipt(shift))
    with pytest.raises(IntegrityError, match="nothing is given up until that is gone"):
        run(shift)
