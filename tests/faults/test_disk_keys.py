"""Key succession against every state that a cut may leave: a key always waits, and none ever signs for two starts."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bwc_agent.evidence.certs import verify_chain
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.keys import StartKey, enrol, key_file, take_key
from bwc_agent.files import make_directory
from tests.evidence.trial import SERIAL, Agency
from tests.faults.cuts import replayed
from tests.faults.disk import Fate
from tests.faults.fates import Drawn, every
from tests.faults.taped import Tape, taped

AGENCY = Agency.new()


def taken(root: Path) -> tuple[Tape[None], StartKey]:
    """A start on the card in `root`, taped until its journal would be made."""
    with taped(root, lambda: None) as tape:
        return tape, take_key(root / "keys", SERIAL)


def states(tape: Tape[None], fates: list[Fate], card: Path) -> Iterator[int]:
    """The card in each state in turn; yields how many calls were made before the cut."""
    for call, disk in replayed(tape, range(len(tape.calls) + 1)):
        for fate in fates:
            disk.materialise(fate, card)
            yield call
            shutil.rmtree(card)


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A card whose start 0 was and whose start 1 is to come."""
    root = tmp_path / "device"
    make_directory(root)
    key = new_key()
    enrol(root / "keys", key, [AGENCY.enrolment(key)])
    taken(root)
    return root


def test_after_a_cut_anywhere_a_start_is_taken_whose_key_nobody_had_who_may_have_signed(device: Path, tmp_path: Path) -> None:
    tape, first = taken(device)
    for call in states(tape, every(), tmp_path / "card"):
        _, next_one = taken(tmp_path / "card")
        assert verify_chain(next_one.chain, AGENCY.certificate).start == next_one.start
        signed = call == len(tape.calls)
        assert next_one.start in ((2,) if signed else (1, 2))
        assert next_one.start == 1 or next_one.key.public_der() != first.key.public_der()
        assert [path.name for path in (tmp_path / "card" / "keys").iterdir()] == [f"{next_one.start + 1:06d}.pem"]


def test_cuts_upon_cuts_never_leave_a_card_without_a_key(device: Path, tmp_path: Path) -> None:
    tape, _ = taken(device)
    drawn: list[Fate] = [Drawn(seed) for seed in range(2)]
    for _ in states(tape, drawn, tmp_path / "card"):
        again, second = taken(tmp_path / "card")
        for call in states(again, drawn, tmp_path / "again"):
            _, third = taken(tmp_path / "again")
            assert third.start > second.start if call == len(again.calls) else third.start >= second.start


def test_a_torn_successor_that_a_bad_card_made_is_replaced_whatever_cuts_the_replacing(device: Path, tmp_path: Path) -> None:
    key_file(device / "keys", 2).write_bytes(b"\0" * 900)
    tape, first = taken(device)
    assert first.start == 1
    for call in states(tape, every(), tmp_path / "card"):
        _, next_one = taken(tmp_path / "card")
        assert next_one.start in ((2,) if call == len(tape.calls) else (1, 2))
