"""Several objects at once, undocked and failing at every step, and what goes first."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.errors import OffloadError, StorageError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.plain import open_plain
from bwc_agent.evidence.requests import LogLine
from bwc_agent.offload.destination import ObjectError
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.plan import Item, in_order, plan
from bwc_agent.offload.progress import Progress
from tests.evidence.trial import SERIAL
from tests.offload.one_shift import expected, one_shift
from tests.offload.shift import FIRST, UTC, Shift, tree
from tests.offload.stores import Failing

PIECE = 16 * 1024
WORKERS = 3


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


def deliver(shift: Shift, destination: Folder, running: int | None = None, workers: int = WORKERS) -> list[Progress]:
    return list(offload(shift.vault, SERIAL, destination, running, PIECE, workers=workers))


def visible(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(root).items() if not name.split("/")[-1].startswith(".")}


def test_side_by_side_everything_arrives_and_is_counted_once(shift: Shift, dock: Path) -> None:
    steps = deliver(shift, Folder(dock))
    assert tree(dock / SERIAL) == expected(shift.vault)
    last = steps[-1]
    assert (last.files_done, last.bytes_done, last.oldest, last.since) == (last.files, last.bytes, None, None)
    assert [step.bytes_done for step in steps] == sorted(step.bytes_done for step in steps)


def test_every_log_and_certificate_is_there_before_the_first_sealed_file(shift: Shift, dock: Path) -> None:
    store = Failing(dock)
    deliver(shift, store)
    sealed = [name.endswith(".tink") for name in store.arrived]
    assert sealed == sorted(sealed) and True in sealed


def test_undocked_at_any_step_with_three_workers_nothing_half_is_visible_and_the_next_docking_completes_it(
    shift: Shift, tmp_path: Path
) -> None:
    whole, last = expected(shift.vault), 0
    while True:
        dock = tmp_path / f"dock{last}"
        dock.mkdir()
        steps = offload(shift.vault, SERIAL, Folder(dock), None, PIECE, workers=WORKERS)
        taken = sum(1 for _ in zip(range(last), steps, strict=False))
        steps.close()
        assert visible(dock / SERIAL).items() <= whole.items()
        deliver(shift, Folder(dock))
        assert visible(dock / SERIAL) == whole
        if taken < last:
            break
        last += 1
    assert last > len(whole)


@pytest.mark.parametrize("workers", [1, WORKERS])
def test_a_destination_that_fails_at_any_call_loses_nothing_and_the_next_try_completes_it(
    shift: Shift, tmp_path: Path, workers: int
) -> None:
    whole, at = expected(shift.vault), 0
    while True:
        dock = tmp_path / f"dock{at}"
        dock.mkdir()
        store = Failing(dock, at)
        try:
            deliver(shift, store, workers=workers)
        except OffloadError as error:
            assert "does not answer" in str(error)
            assert visible(dock / SERIAL).items() <= whole.items()
        else:
            assert store.calls <= at
            break
        deliver(shift, store, workers=workers)
        assert visible(dock / SERIAL) == whole
        at += 1
    assert at > 2 * len(whole)


@pytest.mark.parametrize("workers", [1, WORKERS])
def test_what_is_wrong_with_one_object_stops_no_other_and_is_told_at_the_end(shift: Shift, dock: Path, workers: int) -> None:
    refused = {f"{SERIAL}/recordings/000000-0001/0001.tink", f"{SERIAL}/recordings/000000-0001/log.jsonl"}
    steps: list[Progress] = []
    with pytest.raises(ObjectError, match=r"refused; .*refused"):
        for step in offload(shift.vault, SERIAL, Failing(dock, refused=refused.__contains__), None, PIECE, workers=workers):
            steps.append(step)
    assert {f"{SERIAL}/{name}" for name in expected(shift.vault)} - {f"{SERIAL}/{name}" for name in tree(dock / SERIAL)} == refused
    assert steps[-1].files - steps[-1].files_done == 2
    assert steps[-1].oldest == f"{SERIAL}/recordings/000000-0001/log.jsonl"
    assert steps[-1].since == UTC


def test_a_file_that_the_card_does_not_give_back_keeps_no_other_from_going(
    shift: Shift, dock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = shift.vault.recording(RecordingName(0, 1)) / "0001.tink"

    def opened(path: Path) -> int:
        if path == bad:
            raise OSError(5, "Input/output error")
        return open_plain(path)

    monkeypatch.setattr("bwc_agent.offload.engine.open_plain", opened)
    with pytest.raises(StorageError, match=r"0001\.tink: Input/output error; check the card"):
        deliver(shift, Folder(dock))
    assert set(expected(shift.vault)) - set(tree(dock / SERIAL)) == {"recordings/000000-0001/0001.tink"}


def test_a_long_list_of_complaints_is_cut_and_counted(shift: Shift, dock: Path) -> None:
    with pytest.raises(ObjectError, match=r"; and \d+ more like that$") as raised:
        deliver(shift, Failing(dock, refused=lambda name: "recordings" in name))
    assert str(raised.value).count("refused") == 5


def test_a_start_that_began_after_running_was_asked_for_is_not_taken_to_be_over(shift: Shift, dock: Path) -> None:
    running = shift.start()
    late = shift.start()
    late.record(1)
    late.begin(2)
    deliver(shift, Folder(dock), running=running.number)
    there = tree(dock / SERIAL)
    for start in (running.number, late.number):
        assert f"journal/{start:06d}.jsonl" not in there
        assert any(name.startswith(f"journal/{start:06d}@") for name in there)
    assert f"recordings/{late.number:06d}-0001/log.jsonl" in there
    assert f"recordings/{late.number:06d}-0002/log.jsonl" not in there
    assert f"recordings/{late.number:06d}-0002/0001.tink" not in there


def test_the_log_of_a_recording_that_is_all_released_is_not_read_again(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shift.vault.recording(RecordingName(0, 1))
    for path in folder.glob("*.tink"):
        path.unlink()
    before = [item.name for item in plan(shift.vault, SERIAL, None)]
    (folder / "log.jsonl").write_bytes(b"nobody reads this")
    assert [item.name for item in plan(shift.vault, SERIAL, None)] == before
    assert f"{SERIAL}/recordings/000000-0001/log.jsonl" in before


def test_each_sealed_file_is_as_old_as_its_own_first_second(shift: Shift) -> None:
    found = {item.name.removeprefix(f"{SERIAL}/recordings/"): item.captured for item in plan(shift.vault, SERIAL, None) if item.sealed}
    assert found["000000-0001/0001.tink"] == found["000000-0001/0001.notes.tink"] == UTC
    assert found["000000-0001/0002.tink"] == found["000000-0001/0002.notes.tink"] == UTC + 1_000_000


def test_where_the_log_has_no_claim_the_journal_s_counts(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FIRST, "anchor", {})
    start = shift.start()
    name = start.record(1)
    (item,) = (item for item in plan(shift.vault, SERIAL, None) if item.sealed and str(name) in item.name)
    assert item.captured == UTC


def test_a_marked_recording_goes_first_where_the_agency_wants_it(shift: Shift, dock: Path) -> None:
    start = shift.start()
    start.begin(1)
    start.perform(LogLine(1, "marker", {"edges": [1]}))
    start.filing.sync()
    start.cut()
    store = Failing(dock)
    for step in offload(shift.vault, SERIAL, store, None, PIECE, order="marked"):
        if step.name is not None and step.name.endswith(".tink") and step.files_done < step.files:
            # What went first is the newest; the oldest still waits.
            assert step.oldest is not None and "000002" not in step.oldest
    sealed = [name.split("/")[2] for name in store.arrived if name.endswith(".tink")]
    assert sealed[0] == "000002-0001" and sealed[1:] == sorted(sealed[1:])
    logs = [name for name in store.arrived if not name.endswith(".tink")]
    assert store.arrived[: len(logs)] == logs


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=20))
def test_marked_first_moves_sealed_files_alone_and_keeps_their_order(kinds: list[tuple[bool, bool]]) -> None:
    items = [Item(Path("x"), str(age), 1, age, sealed, marked=marked) for age, (sealed, marked) in enumerate(kinds)]
    items.sort(key=lambda item: item.sealed)
    found = in_order(items, "marked")
    assert in_order(items, "oldest") == items
    assert [item for item in found if not item.sealed] == [item for item in items if not item.sealed]
    for marked in (True, False):
        group = [item for item in items if item.sealed and item.marked is marked]
        assert [item for item in found if item.sealed and item.marked is marked] == group
    sealed = [item for item in found if item.sealed]
    assert [item.marked for item in sealed] == sorted((item.marked for item in sealed), reverse=True)
