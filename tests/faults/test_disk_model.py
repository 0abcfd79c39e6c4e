"""The disk of the power cuts allows what POSIX and ext4 allow, and nothing else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.files import Appender, make_directory, make_durable, replace, unlink, write_new
from tests.faults.cuts import replayed
from tests.faults.disk import Change
from tests.faults.fates import WORST, Drawn, every
from tests.faults.taped import Tape, taped
from tests.offload.shift import tree

Deed = Callable[[Path], None]


def tape_of(deed: Deed, root: Path) -> Tape[None]:
    root.mkdir(exist_ok=True)
    with taped(root, lambda: None) as tape:
        deed(root)
    return tape


def outcomes(tape: Tape[None], call: int, target: Path) -> set[frozenset[tuple[str, bytes]]]:
    """Every tree that a cut at `call` may leave."""
    found = set()
    (_, disk), *_ = replayed(tape, [call])
    for number, fate in enumerate(every()):
        disk.materialise(fate, target / f"{call}-{number}")
        found.add(frozenset(tree(target / f"{call}-{number}").items()))
    return found


def all_outcomes(tape: Tape[None], target: Path) -> list[set[frozenset[tuple[str, bytes]]]]:
    return [outcomes(tape, call, target) for call in range(len(tape.calls) + 1)]


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    (tmp_path / "cards").mkdir()
    return tmp_path / "cards"


def append_and_sync(root: Path) -> None:
    with Appender(root / "log") as file:
        file.append(b"one,")
        file.sync()
        file.append(b"two,")


def folders(root: Path) -> None:
    make_directory(root / "d")
    write_new(root / "d" / "a", b"new")
    replace(root / "d" / "a", b"newer")
    unlink(root / "d" / "a")


@pytest.mark.parametrize("deed", [append_and_sync, folders])
def test_what_was_done_without_a_cut_is_what_lies_there(deed: Deed, tmp_path: Path, cards: Path) -> None:
    tape = tape_of(deed, tmp_path / "real")
    (_, disk), *_ = replayed(tape, [len(tape.calls)])
    disk.materialise(WORST[1][1], cards / "model")
    assert tree(cards / "model") == tree(tmp_path / "real")


def test_what_was_synced_is_there_in_every_state_and_what_was_not_in_some(tmp_path: Path, cards: Path) -> None:
    tape = tape_of(append_and_sync, tmp_path / "real")
    left = {dict(state).get("log") for state in outcomes(tape, len(tape.calls), cards)}
    assert left >= {b"one,", b"one,two,", b"one,\0\0\0\0"}
    assert None not in left
    assert all(data is not None and data.startswith(b"one,") for data in left)


def test_a_new_name_is_uncertain_until_its_folder_is_synced(tmp_path: Path, cards: Path) -> None:
    made, synced = all_outcomes(tape_of(lambda root: Appender(root / "log").close(), tmp_path / "real"), cards)[1:]
    assert made == {frozenset(), frozenset({("log", b"")})}
    assert synced == {frozenset({("log", b"")})}


def test_write_new_leaves_nothing_or_the_whole_under_its_name_and_both_names_are_one_file(tmp_path: Path, cards: Path) -> None:
    states = all_outcomes(tape_of(lambda root: write_new(root / "a", b"whole"), tmp_path / "real"), cards)
    assert {dict(state).get("a") for after in states for state in after} == {None, b"whole"}
    assert states[-1] == {frozenset({("a", b"whole")})}
    linked = [folder for folder in cards.iterdir() if {"a", ".a.tmp"} == set(os.listdir(folder))]
    assert linked and all((folder / "a").samefile(folder / ".a.tmp") for folder in linked)


def test_replace_leaves_the_old_or_the_new(tmp_path: Path, cards: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_bytes(b"old")
    states = all_outcomes(tape_of(lambda root: replace(root / "a", b"new"), tmp_path / "real"), cards)
    assert {dict(state).get("a") for after in states for state in after} == {b"old", b"new"}
    assert {dict(state)["a"] for state in states[-1]} == {b"new"}


def test_a_durable_file_without_a_durable_name_is_lost(tmp_path: Path, cards: Path) -> None:
    """As a program would write that forgets the folder."""
    (tmp_path / "real").mkdir()
    with taped(tmp_path / "real", lambda: None) as tape:
        descriptor = tape.open(tmp_path / "real" / "a", os.O_WRONLY | os.O_CREAT)
        tape.write(descriptor, b"x")
        tape.fsync(descriptor)
        tape.close(descriptor)
    assert outcomes(tape, len(tape.calls), cards) == {frozenset(), frozenset({("a", b"x")})}


def test_what_another_process_left_unsynced_stays_once_it_is_made_durable(tmp_path: Path, cards: Path) -> None:
    def deed(root: Path) -> None:
        with Appender(root / "log") as file:
            file.append(b"left")
        make_durable(root / "log")

    assert outcomes(tape_of(deed, tmp_path / "real"), 4, cards) == {frozenset({("log", b"left")})}


@given(st.integers(0, 1 << 32), st.lists(st.sampled_from("abc"), max_size=8))
def test_the_changes_of_one_name_keep_their_order(seed: int, names: list[str]) -> None:
    changes = [Change(Path("/x"), {name: number}) for number, name in enumerate(names)]
    kept = list(Drawn(seed).changes(changes))
    for name in set(names):
        all_of_it = [change for change in changes if name in change.names]
        assert [change for change in kept if name in change.names] == all_of_it[: sum(name in change.names for change in kept)]


@given(st.integers(0, 1 << 32), st.integers(0, 10_000), st.binary(min_size=1, max_size=9000))
def test_a_torn_tail_is_a_beginning_and_then_nothing_or_zeros(seed: int, durable: int, unsynced: bytes) -> None:
    tail = Drawn(seed).tail(durable, unsynced)
    whole = next((at for at, (got, given) in enumerate(zip(tail, unsynced, strict=False)) if got != given), len(tail))
    assert len(tail) in (whole, len(unsynced)) and not any(tail[whole:])
