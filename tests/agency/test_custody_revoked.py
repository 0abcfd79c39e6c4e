"""No receipt for what a revoked device signed, none for one that was set back; those for what still counts are signed."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bwc_agent.agency.custody import Report, custody
from bwc_agent.agency.custody_check import Word
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.receipts import JournalSeen, receipt_file, write_receipt
from bwc_agent.evidence.revocations import Revocation, Revocations
from bwc_agent.files import write_new
from tests.agency.docked import FIRST, dock_device, receipts, run, sealed, worked
from tests.evidence.trial import SERIAL
from tests.offload.shift import UTC, Shift


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return worked(tmp_path / "vault")


@pytest.fixture
def dock(shift: Shift, tmp_path: Path) -> Path:
    folder = tmp_path / "dock"
    folder.mkdir()
    dock_device(shift, folder)
    return folder


def _run(shift: Shift, dock: Path, start: int, journal: tuple[int, str] | None = None) -> Report:
    revoked = Revocations((Revocation(SERIAL, start, journal, UTC, "stolen"),))
    return custody(dock, shift.authority, shift.desk.receipts.key, shift.desk.receipts.certificate, None, UTC, revoked)


def test_later_starts_get_no_receipt_and_say_why(shift: Shift, dock: Path) -> None:
    report = _run(shift, dock, 0)
    later = [item for item in report.items if item.recording.startswith("000001")]
    assert [item.checked.word for item in later] == [Word.UNKNOWN_SIGNER]
    assert "revoked" in later[0].checked.why and report.exit_status == 16
    given = receipts(shift, dock)
    assert given and not any("000001-" in name for name in given)
    assert all(receipt.journal is not None and receipt.journal.start == 0 for receipt in given.values())


def test_none_counts_nothing_is_signed(shift: Shift, dock: Path) -> None:
    assert {item.checked.word for item in _run(shift, dock, -1).items} == {Word.UNKNOWN_SIGNER}
    assert not (dock / SERIAL / "mailbox").exists()


def test_of_the_last_start_only_what_its_seen_journal_closes_gets_a_receipt(shift: Shift, dock: Path) -> None:
    (copy,) = (dock / SERIAL / "journal").glob("000001@*.jsonl")
    whole = copy.read_bytes()
    assert _run(shift, dock, 1, (len(whole), sha256_hex(whole))).exit_status == 0
    shutil.rmtree(dock / SERIAL / "mailbox")
    opened = whole[: whole.index(b'"kind":"closed"')].rindex(b"\n") + 1
    words = {item.path: item.checked.word for item in _run(shift, dock, 1, (opened, sha256_hex(whole[:opened]))).items}
    assert words[f"{SERIAL}/recordings/000001-0001/log.jsonl"] is Word.UNKNOWN_SIGNER
    assert [item.checked.word for item in _run(shift, dock, 1, (len(whole), "0" * 64)).items] == [Word.ALTERED]


def test_a_device_that_shows_less_than_custody_signed_for_gets_nothing_more(shift: Shift, dock: Path) -> None:
    assert run(shift, dock).exit_status == 0
    for path in (dock / SERIAL / "journal").glob("000001*"):
        path.unlink()
    report = run(shift, dock)
    assert [(item.path, item.checked.word) for item in report.items] == [(f"{SERIAL}/journal", Word.ALTERED)]
    assert "set back" in report.items[0].checked.why
    assert len(receipts(shift, dock)) == len(sealed(dock))


def test_what_custody_saw_of_starts_that_count_no_more_does_not_make_the_others_look_set_back(shift: Shift, dock: Path) -> None:
    assert run(shift, dock).exit_status == 0
    report = _run(shift, dock, 0)
    assert not any(item.file == "journal" for item in report.items)
    first = [item for item in report.items if f"/{FIRST}/" in item.path]
    assert len(first) == 4 and all(item.checked.word.good and item.receipt for item in first)


def test_where_journals_are_gone_that_custody_has_seen_nothing_more_is_signed(shift: Shift, dock: Path) -> None:
    run(shift, dock)
    shutil.rmtree(dock / SERIAL / "journal")
    (item,) = run(shift, dock).items
    assert (item.checked.word, item.receipt) == (Word.UNREADABLE, None) and "custody has seen that of start 1" in item.checked.why


def test_anothers_receipt_in_its_mailbox_says_nothing_about_a_device(shift: Shift, dock: Path) -> None:
    run(shift, dock)
    (one, *_) = receipts(shift, dock).values()
    foreign = write_receipt(replace(one, device="BWC-0002", journal=JournalSeen(9, 100, "0" * 64)), shift.desk.receipts)
    write_new(dock / SERIAL / "mailbox" / receipt_file(foreign), foreign)
    report = run(shift, dock)
    assert report.exit_status == 0 and len(report.items) == len(sealed(dock))
