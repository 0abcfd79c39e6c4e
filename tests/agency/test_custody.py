"""Custody signs for what the storage really gives back, and for nothing else."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bwc_agent.agency.custody import Report, custody
from bwc_agent.agency.custody_check import Word
from bwc_agent.agency.custody_desk import Item
from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.receipts import JournalSeen, Receipt, read_receipt
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from tests.agency.docked import CUT, FIRST, dock_device, evidence, flip, receipts, run, sealed, worked
from tests.evidence.trial import SERIAL
from tests.offload.shift import UTC, Shift, desk, tree


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return worked(tmp_path / "vault")


@pytest.fixture
def dock(shift: Shift, tmp_path: Path) -> Path:
    folder = tmp_path / "dock"
    folder.mkdir()
    dock_device(shift, folder)
    return folder


@pytest.mark.parametrize("opened", [True, None])
def test_each_sealed_file_that_is_right_gets_one_receipt_over_its_bytes(shift: Shift, dock: Path, opened: bool | None) -> None:
    before = evidence(dock)
    report = run(shift, dock, shift.desk.recipient if opened else None)
    assert report.exit_status == 0 and report.wrong == ()
    journal = b"".join(shift.vault.journal(1).read_bytes().splitlines(keepends=True)[:-1])
    assert receipts(shift, dock) == {
        name: Receipt(
            SERIAL,
            RecordingName(int(name[11:17]), int(name[18:22])),
            name.split("/")[-1],
            len(data),
            sha256_hex(data),
            opened,
            UTC,
            "dock",
            None,
            JournalSeen(1, len(journal), sha256_hex(journal)),
        )
        for name, data in sealed(dock).items()
    }
    assert evidence(dock) == before


def test_each_file_is_named_by_the_word_that_fits_it(shift: Shift, dock: Path) -> None:
    words = {item.path: item.checked.word for item in run(shift, dock, shift.desk.recipient).items}
    assert words == {f"{SERIAL}/{name}": Word.UNSIGNED_TAIL if name == f"{CUT}/0002.tink" else Word.HELD for name in sealed(dock)}


def test_a_second_run_changes_nothing_and_signs_nothing(shift: Shift, dock: Path) -> None:
    run(shift, dock)
    before = {path: path.stat().st_mtime_ns for path in dock.rglob("*")}
    again = custody(dock, shift.authority, shift.desk.receipts.key, shift.desk.receipts.certificate)
    assert not any(item.new for item in again.items) and all(item.receipt for item in again.items)
    assert before == {path: path.stat().st_mtime_ns for path in dock.rglob("*")}


def test_a_run_with_the_key_says_more_than_one_without_and_is_added_once(shift: Shift, dock: Path) -> None:
    count = len(run(shift, dock).items)
    assert len([i for i in run(shift, dock, shift.desk.recipient).items if i.new]) == count
    assert not any(i.new for i in run(shift, dock).items)
    assert not any(i.new for i in run(shift, dock, shift.desk.recipient).items)
    assert len(tree(dock / SERIAL / "mailbox")) == 2 * count


def test_receipts_in_a_shared_folder_are_as_open_as_it_so_that_another_users_offloader_reads_them(shift: Shift, dock: Path) -> None:
    (dock / SERIAL).chmod(0o2755)
    run(shift, dock)
    mailbox = dock / SERIAL / "mailbox"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in mailbox.iterdir()}
    assert (stat.S_IMODE(mailbox.stat().st_mode), modes) == (0o2755, {0o644})


def test_the_devices_own_folder_can_be_given_too(shift: Shift, dock: Path) -> None:
    assert run(shift, dock / SERIAL).exit_status == 0
    assert len(tree(dock / SERIAL / "mailbox")) == len(sealed(dock))


def _wrong(report: Report) -> list[tuple[str, Word]]:
    return [(item.path.removeprefix(f"{SERIAL}/"), item.checked.word) for item in report.wrong]


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [flip, _cut_short, _longer, _empty])
@pytest.mark.parametrize("file", [f"{FIRST}/0001.tink", f"{FIRST}/0002.notes.tink", f"{CUT}/0001.tink", f"{CUT}/0002.tink"])
def test_a_file_that_the_storage_changed_gets_no_receipt_and_the_others_do(
    shift: Shift, dock: Path, harm: Callable[[Path], None], file: str
) -> None:
    harm(dock / SERIAL / file)
    report = run(shift, dock)
    assert _wrong(report) == [(file, Word.ALTERED)]
    assert report.wrong[0].checked.why and report.wrong[0].receipt is None
    assert report.exit_status == 13
    assert receipts(shift, dock).keys() == sealed(dock).keys() - {file}


@pytest.mark.parametrize("file", ["log.jsonl", "signer.pem"])
def test_when_a_log_or_its_chain_changed_nothing_of_the_recording_gets_a_receipt(shift: Shift, dock: Path, file: str) -> None:
    flip(dock / SERIAL / FIRST / file, 300)
    report = run(shift, dock)
    assert _wrong(report) == [(f"{FIRST}/log.jsonl", Word.ALTERED)]
    assert receipts(shift, dock).keys() == {name for name in sealed(dock) if not name.startswith(FIRST)}


def test_when_a_journal_changed_nothing_of_the_device_gets_a_receipt(shift: Shift, dock: Path) -> None:
    flip(dock / SERIAL / "journal/000000.jsonl", 20)
    report = run(shift, dock)
    assert _wrong(report) == [("journal", Word.ALTERED)]
    assert not (dock / SERIAL / "mailbox").exists()


def test_a_segment_of_another_recording_in_its_place_gets_no_receipt(shift: Shift, dock: Path) -> None:
    (dock / SERIAL / FIRST / "0001.tink").write_bytes((dock / SERIAL / CUT / "0001.tink").read_bytes())
    assert _wrong(run(shift, dock)) == [(f"{FIRST}/0001.tink", Word.ALTERED)]


def test_a_whole_recording_under_another_name_or_device_gets_no_receipt(shift: Shift, dock: Path) -> None:
    (dock / SERIAL / FIRST).rename(dock / SERIAL / "recordings/000000-0007")
    assert ("recordings/000000-0007/log.jsonl", Word.ALTERED) in _wrong(run(shift, dock))
    (dock / SERIAL).rename(dock / "BWC-0002")
    assert [item.checked.word for item in run(shift, dock).items] == [Word.ALTERED]


def test_a_sealed_file_that_no_log_announces_gets_no_receipt(shift: Shift, dock: Path) -> None:
    (dock / SERIAL / FIRST / "0009.tink").write_bytes(b"x")
    assert _wrong(run(shift, dock)) == [(f"{FIRST}/0009.tink", Word.ALTERED)]


def test_a_link_to_the_right_bytes_is_not_followed(shift: Shift, dock: Path) -> None:
    path = dock / SERIAL / FIRST / "0001.tink"
    path.rename(dock / "elsewhere")
    path.symlink_to(dock / "elsewhere")
    assert _wrong(run(shift, dock)) == [(f"{FIRST}/0001.tink", Word.UNREADABLE)]


def test_a_pipe_in_the_place_of_a_segment_does_not_hang(shift: Shift, dock: Path) -> None:
    path = dock / SERIAL / FIRST / "0001.tink"
    path.unlink()
    os.mkfifo(path)
    assert _wrong(run(shift, dock)) == [(f"{FIRST}/0001.tink", Word.UNREADABLE)]


def test_under_a_foreign_authority_everything_is_of_an_unknown_signer(shift: Shift, dock: Path) -> None:
    other = desk("another authority")
    report = custody(dock, other.agency.certificate, other.receipts.key, other.receipts.certificate)
    assert [item.checked.word for item in report.items] == [Word.UNKNOWN_SIGNER]
    assert report.exit_status == 16
    assert not (dock / SERIAL / "mailbox").exists()


def test_with_a_key_that_nothing_was_sealed_for_nothing_gets_a_receipt(shift: Shift, dock: Path) -> None:
    report = run(shift, dock, RecipientPrivate.generate())
    assert {item.checked.word for item in report.items} == {Word.SEALED_FOR_OTHERS}
    assert report.exit_status == IntegrityError.exit_status
    assert not (dock / SERIAL / "mailbox").exists()


@pytest.mark.parametrize("pair", ["another key", "another authority"])
def test_a_receipt_key_that_may_not_speak_is_refused_before_anything_is_signed(shift: Shift, dock: Path, pair: str) -> None:
    other = desk("another authority").receipts
    certificate = shift.desk.receipts.certificate if pair == "another key" else other.certificate
    with pytest.raises(IntegrityError):
        custody(dock, shift.authority, other.key, certificate)
    assert not (dock / SERIAL / "mailbox").exists()


def test_a_cut_segment_waits_for_the_journal_that_found_it(tmp_path: Path) -> None:
    shift = Shift(tmp_path / "other")
    start = shift.start()
    start.begin(1)
    start.cut()
    dock = tmp_path / "dock"
    dock.mkdir()
    for _ in offload(shift.vault, SERIAL, Folder(dock), None):
        pass
    assert [item.checked.word for item in run(shift, dock).items] == [Word.UNPROVEN]
    shift.start()
    for _ in offload(shift.vault, SERIAL, Folder(dock), 1):
        pass
    assert [item.checked.word for item in run(shift, dock).items] == [Word.UNSIGNED_TAIL]


@pytest.mark.parametrize("log", [None, b"", b'{"anchor":'])
def test_a_press_that_a_power_cut_ended_before_its_log_was_signed_is_no_complaint_for_ever(
    shift: Shift, dock: Path, log: bytes | None
) -> None:
    folder = shift.vault.recording(RecordingName(0, 3))
    folder.mkdir()
    (folder / "signer.pem").write_bytes((shift.vault.recording(RecordingName(0, 1)) / "signer.pem").read_bytes())
    if log is not None:
        (folder / "log.jsonl").write_bytes(log)
    dock_device(shift, dock)
    assert (dock / SERIAL / "recordings" / "000000-0003" / "signer.pem").exists()
    assert run(shift, dock).wrong == ()


def test_after_half_a_docking_what_is_there_gets_its_receipts_and_the_rest_the_next_time(shift: Shift, tmp_path: Path) -> None:
    dock = tmp_path / "dock"
    dock.mkdir()
    seen = 0
    for step in offload(shift.vault, SERIAL, Folder(dock), 1):
        if step.name and step.name.endswith(".tink") and step.oldest != step.name:
            seen += 1
            if seen == 2:
                break
    assert len(run(shift, dock).items) == 2
    dock_device(shift, dock)
    assert len([item for item in run(shift, dock).items if item.new]) == len(sealed(dock)) - 2


def test_a_half_docking_without_the_log_signs_nothing(shift: Shift, dock: Path) -> None:
    (dock / SERIAL / FIRST / "log.jsonl").unlink()
    assert (f"{FIRST}/log.jsonl", Word.UNREADABLE) in _wrong(run(shift, dock))


@pytest.mark.parametrize("make", [lambda p: None, Path.mkdir, Path.touch])
def test_a_folder_without_evidence_is_a_mistake_of_the_person(shift: Shift, tmp_path: Path, make: Callable[[Path], None]) -> None:
    place = tmp_path / "empty"
    make(place)
    with pytest.raises(ConfigError, match="give the"):
        run(shift, place)


def test_a_receipt_is_named_in_the_item_that_it_stands_for(shift: Shift, dock: Path) -> None:
    for item in run(shift, dock).items:
        assert isinstance(item, Item) and item.receipt is not None
        data = (dock / SERIAL / "mailbox" / item.receipt).read_bytes()
        assert (read_receipt(data, shift.desk.receipts.certificate).file, item.new) == (item.file, True)
