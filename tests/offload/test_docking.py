"""One stay in the dock: mail, delivery, mail, and the report that says what came of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.errors import OffloadError, StorageError
from bwc_agent.evidence.receipts import receipt_file
from bwc_agent.offload import mailbox as mailbox_module
from bwc_agent.offload.destination import ObjectError
from bwc_agent.offload.docking import Docking, Work
from bwc_agent.offload.engine import PATIENCE
from bwc_agent.offload.folder import Folder
from tests.agency.docked import run as custody
from tests.evidence.trial import SERIAL
from tests.offload.one_shift import expected, one_shift, put_mail
from tests.offload.shift import UTC, Shift, tree
from tests.offload.stores import Failing

MESSAGE = b'{"kind":"anything"}\n'
HOUR = 3600
SEGMENT = f"{SERIAL}/recordings/000000-0001/0001.tink"


@pytest.fixture
def dock(tmp_path: Path) -> Path:
    folder = tmp_path / "dock"
    folder.mkdir()
    return folder


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    made = Shift(tmp_path / "vault")
    one_shift(made)
    return made


class Said(list[str]):
    """What is said to whoever watches."""


def docking(shift: Shift, said: Said | None = None, recorder: bool = False) -> Docking:
    work = Work(shift.vault, SERIAL, recorder, workers=1, software="7.0")
    return Docking(work, lambda: UTC + HOUR * 1_000_000, (said if said is not None else Said()).append)


def reports(dock: Path) -> dict[str, dict[str, Any]]:
    return {name: json.loads(data) for name, data in tree(dock / SERIAL).items() if name.startswith("reports/")}


def test_the_report_comes_last_and_says_what_was_delivered_and_that_nobody_signed_it(shift: Shift, dock: Path) -> None:
    put_mail(dock, MESSAGE)
    store = Failing(dock)
    list(docking(shift).deliver(store))
    assert store.arrived[-1] == f"{SERIAL}/reports/000001-0001.json"
    (found,) = reports(dock).values()
    whole = expected(shift.vault)
    assert found["delivered"] == {
        "bytes": sum(map(len, whole.values())),
        "files": len(whole),
        "recordings": ["000000-0001", "000000-0002", "000001-0001"],
    }
    assert (found["left"], found["oldest"], found["errors"]) == ({"bytes": 0, "files": 0}, {"name": None, "seconds": None}, [])
    assert found["mail"] == {"brought": 1, "refused": []}
    assert (found["device"], found["at"], found["software"]["version"]) == (SERIAL, UTC + HOUR * 1_000_000, "7.0")
    assert "signed by nobody" in found["signed"]
    assert tree(shift.vault.inbox) == {receipt_file(MESSAGE): MESSAGE}


def test_reports_are_numbered_for_each_start_and_none_is_replaced(shift: Shift, dock: Path) -> None:
    list(docking(shift).deliver(Folder(dock)))
    first = reports(dock)
    start = shift.start()
    start.record(1)
    start.end()
    list(docking(shift).deliver(Folder(dock)))
    shift.vault.recordings.joinpath("000002-0001", "0009.tink").write_bytes(b"x")
    list(docking(shift).deliver(Folder(dock)))
    assert list(reports(dock)) == ["reports/000001-0001.json", "reports/000002-0001.json", "reports/000002-0002.json"]
    assert first.items() <= reports(dock).items()


def test_a_docking_that_delivered_nothing_leaves_no_report(shift: Shift, dock: Path) -> None:
    list(docking(shift).deliver(Folder(dock)))
    list(docking(shift).deliver(Folder(dock)))
    assert len(reports(dock)) == 1


def test_what_could_not_be_delivered_stands_in_the_report_with_its_age_and_is_not_told_twice(shift: Shift, dock: Path) -> None:
    store, stay = Failing(dock, refused=lambda name: name == SEGMENT), docking(shift)
    for _ in range(3):
        with pytest.raises(ObjectError, match="refused"):
            list(stay.deliver(store))
    (found,) = reports(dock).values()
    assert found["errors"] == [f"{SEGMENT}: refused"]
    assert found["oldest"] == {"name": SEGMENT, "seconds": HOUR}
    assert found["left"]["files"] == 1
    store.refused = lambda name: False
    list(stay.deliver(store))
    assert len(reports(dock)) == 2 and set(expected(shift.vault)) <= set(tree(dock / SERIAL))


def test_what_a_recorder_still_writes_alone_makes_no_second_report(shift: Shift, dock: Path) -> None:
    start = shift.start()
    stay = docking(shift, recorder=True)
    list(stay.deliver(Folder(dock)))
    assert stay.moved
    for minute in range(3):
        start.journal.add("anchor", minute, at=minute, source="trial", uncertainty=0, utc=UTC)
        start.journal.sync()
        list(stay.deliver(Folder(dock)))
        assert stay.progress.files_done == 1 and not stay.moved
    assert len(reports(dock)) == 1


def test_a_destination_that_fails_is_tried_once_for_a_report_and_told_in_the_next(shift: Shift, dock: Path) -> None:
    store, stay = Failing(dock), docking(shift)
    store.put = Failing(dock, at=0, times=PATIENCE).put  # type: ignore[method-assign]
    with pytest.raises(OffloadError, match="does not answer"):
        list(stay.deliver(store))
    del store.put
    (first,) = reports(dock).values()
    assert (first["errors"], first["delivered"]["files"]) == (["the store does not answer"], 0)
    list(stay.deliver(store))
    assert len(reports(dock)) == 2


def test_bytes_of_an_object_that_is_not_there_whole_are_not_told_as_delivered(shift: Shift, dock: Path) -> None:
    store, stay = Failing(dock, times=PATIENCE), docking(shift)
    (shift.vault.recordings / "000000-0001" / "0001.tink").write_bytes(bytes(3 << 20))
    with pytest.raises(OffloadError, match="does not answer"):
        for progress in stay.deliver(store):
            if progress.name == SEGMENT and store.at is None:
                assert progress.bytes_done > progress.bytes_whole
                store.at = store.calls
    (found,) = reports(dock).values()
    there = [data for name, data in tree(dock / SERIAL).items() if not name.startswith("reports/") and not name.endswith(".tmp")]
    whole = sum(map(len, expected(shift.vault).values()))
    assert (found["delivered"]["bytes"], found["delivered"]["files"]) == (sum(map(len, there)), len(there))
    assert found["left"]["bytes"] == whole - sum(map(len, there))


def test_an_inbox_that_cannot_be_written_keeps_no_evidence_from_going(shift: Shift, dock: Path) -> None:
    put_mail(dock, MESSAGE)
    shift.vault.inbox.rmdir()
    shift.vault.inbox.write_bytes(b"")
    with pytest.raises(StorageError):
        list(docking(shift).deliver(Folder(dock)))
    assert expected(shift.vault).items() <= tree(dock / SERIAL).items()


def test_a_mailbox_that_may_not_be_listed_keeps_no_evidence_from_going(shift: Shift, dock: Path) -> None:
    with pytest.raises(OffloadError, match="does not answer"):
        list(docking(shift).deliver(Failing(dock, at=0)))
    assert expected(shift.vault).items() <= tree(dock / SERIAL).items()
    (found,) = reports(dock).values()
    assert found["errors"] == ["the store does not answer"] and found["delivered"]["files"] == len(expected(shift.vault))


def test_rubbish_in_the_mailbox_does_not_flood_the_log(shift: Shift, dock: Path) -> None:
    put_mail(dock)
    for number in range(40):
        (dock / SERIAL / "mailbox" / f"{number}.txt").write_bytes(b"x")
    said = Said()
    docking(shift, said).look(Folder(dock))
    assert len(said) == 6 and said[-1] == "mail: 35 more refused"


def test_what_is_refused_is_said_and_read_once_in_a_docking(shift: Shift, dock: Path) -> None:
    put_mail(dock, MESSAGE)
    (dock / SERIAL / "mailbox" / ("0" * 64 + ".jsonl")).write_bytes(b"half")
    said = Said()
    stay = docking(shift, said)
    for _ in range(3):
        stay.look(Folder(dock))
    assert [line.split(":")[0] for line in said] == ["mail", "mail"]
    assert sum("0000" in line and "SHA-256" in line for line in said) == 1


def test_custody_passes_over_reports(shift: Shift, dock: Path) -> None:
    list(docking(shift).deliver(Folder(dock)))
    assert not custody(shift, dock).wrong
    sealed = [name for name in expected(shift.vault) if name.endswith(".tink")]
    assert len(tree(dock / SERIAL / "mailbox")) == len(sealed) > 0


@pytest.mark.parametrize("recorder", [True, False])
def test_a_destination_that_fails_at_any_call_of_a_docking_loses_nothing(shift: Shift, tmp_path: Path, recorder: bool) -> None:
    """Mail, listing, each piece, the report: whatever fails, what is there is right, and the next try completes it."""
    at = 0
    while True:
        dock = tmp_path / f"dock{at}"
        dock.mkdir()
        put_mail(dock, MESSAGE)
        store, stay = Failing(dock, at), docking(shift, recorder=recorder)
        try:
            list(stay.deliver(store))
        except OffloadError:
            list(stay.deliver(store))
        if store.calls <= at:
            break
        there = tree(dock / SERIAL)
        assert all(there.get(name) == data for name, data in expected(shift.vault).items() if not recorder or "000001" not in name)
        assert reports(dock)
        at += 1
    assert at > 20


def test_an_inbox_that_nobody_empties_makes_room_for_the_receipts_behind_the_rubbish(
    shift: Shift, dock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_module, "INBOX_BYTES", 2 * 4096)
    messages = sorted((b'{"kind":"rubbish%d"}\n' % number for number in range(9)), key=receipt_file)
    put_mail(dock, *messages)
    seen = set[str]()
    stay = docking(shift, Said())
    for _ in range(20):
        stay.look(Folder(dock))
        seen |= tree(shift.vault.inbox).keys()
    assert seen == {receipt_file(message) for message in messages}
