"""Delivery of one device: order, what is not yet to go, and undocking at every step."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bwc_agent.errors import ConfigError, OffloadError, StorageError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.files import Appender
from bwc_agent.offload.engine import PATIENCE, offload
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.plan import latest_start, plan
from bwc_agent.offload.progress import Progress
from tests.evidence.trial import SERIAL
from tests.faults.cuts import replayed
from tests.faults.fates import WORST
from tests.faults.taped import taped
from tests.offload.one_shift import expected, one_shift
from tests.offload.shift import Shift, Start, tree
from tests.offload.stores import Failing

SEGMENT = f"{SERIAL}/recordings/000000-0001/0001.tink"

PIECE = 16 * 1024
FIRST = "recordings/000000-0001"


@pytest.fixture
def dock(tmp_path: Path) -> Path:
    folder = tmp_path / "dock"
    folder.mkdir()
    return folder


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return Shift(tmp_path / "vault")


def deliver(vault: Vault, dock: Path, running: int | None = None) -> list[Progress]:
    return list(offload(vault, SERIAL, Folder(dock), running, PIECE))


def test_after_an_undisturbed_docking_the_destination_holds_the_evidence_byte_for_byte(shift: Shift, dock: Path) -> None:
    one_shift(shift)
    steps = deliver(shift.vault, dock)
    assert tree(dock / SERIAL) == expected(shift.vault)
    assert steps[-1].files_done == steps[-1].files == len(expected(shift.vault))
    assert steps[-1].bytes_done == steps[-1].bytes == sum(map(len, expected(shift.vault).values()))
    assert steps[-1].oldest is None


def test_logs_and_certificates_go_first_then_segments_from_the_oldest_on(shift: Shift) -> None:
    one_shift(shift)
    names = [item.name.removeprefix(f"{SERIAL}/") for item in plan(shift.vault, SERIAL, None)]
    assert names == [
        "journal/000000.pem",
        "journal/000001.pem",
        "journal/000000.jsonl",
        "journal/000001.jsonl",
        "recordings/000000-0001/signer.pem",
        "recordings/000000-0001/log.jsonl",
        "recordings/000000-0002/signer.pem",
        "recordings/000000-0002/log.jsonl",
        "recordings/000001-0001/signer.pem",
        "recordings/000001-0001/log.jsonl",
        "recordings/000000-0001/0001.tink",
        "recordings/000000-0001/0001.notes.tink",
        "recordings/000000-0001/0002.tink",
        "recordings/000000-0001/0002.notes.tink",
        "recordings/000000-0002/0001.tink",
        "recordings/000001-0001/0001.tink",
    ]


def test_the_ten_thousandth_segment_goes_last_and_is_not_left_behind(shift: Shift) -> None:
    one_shift(shift)
    folder = shift.vault.recording(RecordingName(0, 2))
    for name in ("9999.tink", "10000.tink", "10000.notes.tink"):
        (folder / name).write_bytes(b"x")
    names = [Path(item.name).name for item in plan(shift.vault, SERIAL, None) if "000000-0002" in item.name and item.sealed]
    assert names == ["0001.tink", "9999.tink", "10000.tink", "10000.notes.tink"]


def test_undocked_at_any_step_nothing_half_is_visible_and_the_next_docking_completes_it(shift: Shift, tmp_path: Path) -> None:
    one_shift(shift)
    whole = expected(shift.vault)
    steps = len(list(offload(shift.vault, SERIAL, Folder(_new(tmp_path / "count")), None, PIECE)))
    assert steps > 2 * len(whole)
    for last in range(steps):
        dock = _new(tmp_path / f"dock{last}")
        _undock_after(offload(shift.vault, SERIAL, Folder(dock), None, PIECE), last)
        visible = {name: data for name, data in tree(dock / SERIAL).items() if not name.split("/")[-1].startswith(".")}
        assert visible.items() <= whole.items()
        deliver(shift.vault, dock)
        assert tree(dock / SERIAL) == whole


def _new(path: Path) -> Path:
    path.mkdir()
    return path


def _undock_after(steps: Iterator[Progress], last: int) -> None:
    for number, _ in enumerate(steps):
        if number == last:
            return


def test_undocked_after_one_file_each_time_it_still_gets_through(shift: Shift, dock: Path) -> None:
    one_shift(shift)
    whole = expected(shift.vault)
    for delivered in range(len(whole)):
        steps = offload(shift.vault, SERIAL, Folder(dock), None, PIECE)
        assert next(steps).files == len(whole) - delivered
        next(step for step in steps if step.files_done == 1)
    assert tree(dock / SERIAL) == whole


def test_a_second_docking_sends_nothing_and_changes_nothing(shift: Shift, dock: Path) -> None:
    one_shift(shift)
    deliver(shift.vault, dock)
    before = {path: path.stat().st_mtime_ns for path in dock.rglob("*")}
    assert deliver(shift.vault, dock) == [Progress(0, 0)]
    assert before == {path: path.stat().st_mtime_ns for path in dock.rglob("*")}


def recording_open(start: Start) -> RecordingName:
    return start.begin(2, segments=2)


def test_of_a_running_start_open_files_go_cut_after_a_signature_and_the_open_segment_stays(shift: Shift, dock: Path) -> None:
    start = shift.start()
    start.record(1)
    name = recording_open(start)
    folder = shift.vault.recording(name)
    log, journal = (folder / "log.jsonl").read_bytes(), shift.vault.journal(0).read_bytes()
    with (folder / "log.jsonl").open("ab") as file:
        file.write(b'{"kind":"gap","n":99,"t":')
    deliver(shift.vault, dock, running=0)
    there = tree(dock / SERIAL)
    assert there[f"journal/000000@{len(journal)}.jsonl"] == journal
    assert there[f"recordings/{name}/log@{len(log)}.jsonl"] == log
    assert there[f"recordings/{name}/0001.tink"] == (folder / "0001.tink").read_bytes()
    assert {path for path in there if str(name) in path} == {
        f"recordings/{name}/{file}" for file in ("signer.pem", f"log@{len(log)}.jsonl", "0001.tink")
    }
    assert "recordings/000000-0001/log.jsonl" in there


def test_when_the_start_is_over_what_the_cut_left_goes_whole_torn_tail_included(shift: Shift, dock: Path) -> None:
    start = shift.start()
    name = recording_open(start)
    deliver(shift.vault, dock, running=0)
    start.cut()
    folder = shift.vault.recording(name)
    for file, torn in (("log.jsonl", b'{"bytes":12'), ("0002.tink", b"torn")):
        with (folder / file).open("ab") as out:
            out.write(torn)
    shift.start()
    deliver(shift.vault, dock, running=1)
    there = tree(dock / SERIAL)
    for file in ("log.jsonl", "0001.tink", "0002.tink"):
        assert there[f"recordings/{name}/{file}"] == (folder / file).read_bytes()
    assert there["journal/000000.jsonl"] == shift.vault.journal(0).read_bytes()


def test_keys_trust_receipts_and_the_release_list_never_go(shift: Shift, dock: Path) -> None:
    one_shift(shift)
    (shift.vault.recordings / "000000-0001" / "receipts").mkdir()
    (shift.vault.recordings / "000000-0001" / "receipts" / ("0" * 64 + ".jsonl")).write_bytes(b"x")
    (shift.vault.recordings / "000000-0001" / "stray.mp4").write_bytes(b"x")
    shift.vault.released.write_bytes(b"x")
    deliver(shift.vault, dock)
    assert {path.split("/")[0] for path in tree(dock / SERIAL)} == {"journal", "recordings"}
    assert not any("receipts" in path or "stray" in path for path in tree(dock / SERIAL))


def test_progress_names_the_oldest_file_that_is_not_delivered(shift: Shift, dock: Path) -> None:
    one_shift(shift)
    items = [item.name for item in plan(shift.vault, SERIAL, None)]
    steps = deliver(shift.vault, dock)
    assert steps[0].oldest == items[0]
    assert [step.bytes_done for step in steps] == sorted(step.bytes_done for step in steps)
    assert all(step.oldest == (items[step.files_done] if step.files_done < len(items) else None) for step in steps)


@pytest.mark.parametrize("file", ["0001.tink", "log.jsonl"])
def test_an_object_with_another_length_is_left_and_named_after_all_others_are_delivered(shift: Shift, dock: Path, file: str) -> None:
    one_shift(shift)
    wrong = f"recordings/000000-0001/{file}"
    (dock / SERIAL / wrong).parent.mkdir(parents=True)
    (dock / SERIAL / wrong).write_bytes(b"other")
    for _ in range(2):
        with pytest.raises(OffloadError, match=f"another length than on the device: {SERIAL}/{wrong};"):
            deliver(shift.vault, dock)
        assert tree(dock / SERIAL) == expected(shift.vault) | {wrong: b"other"}


def test_a_device_that_was_reset_cannot_mix_a_second_life_under_its_serial(shift: Shift, dock: Path, tmp_path: Path) -> None:
    one_shift(shift)
    deliver(shift.vault, dock)
    before = tree(dock)
    again = Shift(tmp_path / "again")
    one_shift(again)
    with pytest.raises(OffloadError, match="this one was reset"):
        deliver(again.vault, dock)
    assert tree(dock) == before


def test_a_segment_released_while_the_docking_goes_on_is_passed_over(shift: Shift, dock: Path) -> None:
    one_shift(shift)
    gone = shift.vault.recording(RecordingName(0, 1)) / "0002.tink"
    steps = offload(shift.vault, SERIAL, Folder(dock), None, PIECE)
    next(steps)
    gone.unlink()
    last = list(steps)[-1]
    assert last.oldest is None and last.files_done == last.files
    assert not (dock / SERIAL / "recordings/000000-0001/0002.tink").exists()
    assert (dock / SERIAL / "recordings/000001-0001/0001.tink").exists()


@pytest.mark.parametrize("odd", ["journal/000000.jsonl", f"{FIRST}/log.jsonl", f"{FIRST}/signer.pem", f"{FIRST}/0001.tink"])
def test_what_the_card_does_not_give_back_is_named_and_stops_no_other_file(shift: Shift, dock: Path, odd: str) -> None:
    one_shift(shift)
    (shift.vault.root / odd).unlink()
    (shift.vault.root / odd).symlink_to(next(shift.vault.keys.iterdir()))
    with pytest.raises(StorageError, match=odd):
        deliver(shift.vault, dock)
    assert tree(dock / SERIAL).keys() == expected(shift.vault).keys() - {odd}


def test_a_recording_that_cannot_be_listed_stops_no_other(shift: Shift, dock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one_shift(shift)
    really = os.listdir

    def listdir(path: Path) -> list[str]:
        if path == shift.vault.root / FIRST:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return really(path)

    monkeypatch.setattr(os, "listdir", listdir)
    with pytest.raises(StorageError, match=f"cannot list .*{FIRST}"):
        deliver(shift.vault, dock)
    assert tree(dock / SERIAL).keys() == {name for name in expected(shift.vault) if not name.startswith(FIRST)}


def test_what_another_system_left_beside_the_journals_keeps_no_evidence_from_going(shift: Shift, dock: Path) -> None:
    one_shift(shift)
    evidence = expected(shift.vault)
    for name in ("._000000.pem", "._000000.jsonl", "copy of 000000.pem"):
        (shift.vault.journals / name).write_bytes(b"of a card reader")
    (shift.vault.recordings / "000009-0001").write_bytes(b"no folder")
    deliver(shift.vault, dock)
    assert tree(dock / SERIAL) == evidence


def test_a_serial_that_could_lead_out_of_the_destination_is_refused(shift: Shift, dock: Path) -> None:
    with pytest.raises(ConfigError):
        list(offload(shift.vault, "../x", Folder(dock), None))


def test_the_latest_start_is_that_of_the_newest_journal_or_recording(shift: Shift) -> None:
    assert latest_start(shift.vault) is None
    one_shift(shift)
    assert latest_start(shift.vault) == 1
    (shift.vault.recordings / "000007-0001").mkdir()
    assert latest_start(shift.vault) == 7


def test_an_empty_vault_is_delivered_at_once(shift: Shift, dock: Path) -> None:
    assert deliver(shift.vault, dock) == [Progress(0, 0)]


def test_what_a_running_start_still_writes_is_durable_before_the_agency_sees_it(shift: Shift, dock: Path, tmp_path: Path) -> None:
    with taped(shift.vault.root, lambda: None) as tape:
        start = shift.start()
        start.record(1)
        start.journal.add("state", 1, state="docked")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Appender, "sync", lambda self: None)  # the card has not answered yet
            start.journal.sync()
        deliver(shift.vault, dock, running=0)
    (_, disk), *_ = replayed(tape, [len(tape.calls)])
    _, nothing_unsynced = WORST[0]
    disk.materialise(nothing_unsynced, tmp_path / "card")
    (seen,) = (dock / SERIAL / "journal").glob("000000@*.jsonl")
    assert b'"docked"' in seen.read_bytes()
    assert (tmp_path / "card" / "journal" / "000000.jsonl").read_bytes() == seen.read_bytes()


@pytest.mark.parametrize("workers", [1, 3])
def test_an_object_at_which_the_destination_fails_holds_up_no_other(shift: Shift, dock: Path, workers: int) -> None:
    one_shift(shift)
    store = Failing(dock, refused=lambda name: name == SEGMENT, kind=OffloadError)
    with pytest.raises(OffloadError, match=f"{SEGMENT}: refused") as caught:
        list(offload(shift.vault, SERIAL, store, None, PIECE, workers=workers))
    assert type(caught.value) is OffloadError
    assert tree(dock / SERIAL).keys() == expected(shift.vault).keys() - {SEGMENT.removeprefix(f"{SERIAL}/")}


def test_a_destination_that_fails_at_several_objects_in_a_row_is_left_alone(shift: Shift, dock: Path) -> None:
    one_shift(shift)
    store = Failing(dock, at=5, times=100)
    with pytest.raises(OffloadError, match="does not answer"):
        list(offload(shift.vault, SERIAL, store, None, PIECE))
    assert store.calls == 5 + PATIENCE
