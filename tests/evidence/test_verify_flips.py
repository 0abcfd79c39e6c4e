"""No byte of a recording or a journal can change without the verdict changing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.evidence.verify_files import read_against
from bwc_agent.evidence.verify_journals import read_journals
from tests.evidence_made import TINY, flipped, tiny_shift
from tests.offload.shift import Shift

MASKS = (0x01, 0x20, 0x80)


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Shift:
    made = tiny_shift(tmp_path_factory.mktemp("flips") / "vault")
    assert verify_device(made.vault.root, made.authority).state is State.COMPLETE
    return made


def _flips(path: Path) -> Iterator[tuple[int, int]]:
    """Each byte once, under one mask after the other: a changed bit, another case, another half of the alphabet."""
    return ((at, MASKS[at % len(MASKS)]) for at in range(path.stat().st_size))


@pytest.mark.parametrize("name", ["signer.pem", "log.jsonl"])
def test_each_flipped_byte_of_log_and_chain_changes_the_verdict(shift: Shift, name: str) -> None:
    folder = shift.vault.recording(TINY)
    unseen = []
    for at, mask in _flips(folder / name):
        with flipped(folder / name, at, mask):
            if verify_recording(folder, shift.authority).state is State.COMPLETE:
                unseen.append(at)
    assert unseen == []


def test_each_flipped_byte_of_a_segment_is_seen_when_it_is_read(shift: Shift) -> None:
    folder = shift.vault.recording(TINY)
    log = verify_recording(folder, shift.authority).log
    assert log is not None
    (file,) = log.files
    path = folder / file.name
    unseen = []
    for at, mask in _flips(path):
        with flipped(path, at, mask):
            if read_against(path, file.marks, file.end).bad is None:
                unseen.append(at)
    assert unseen == []


@pytest.mark.parametrize("at", [*range(0, 12_312, 613), -1])
def test_a_flipped_byte_of_a_segment_makes_the_recording_altered(shift: Shift, at: int) -> None:
    folder = shift.vault.recording(TINY)
    with flipped(folder / "0001.tink", at % (folder / "0001.tink").stat().st_size):
        verdict = verify_recording(folder, shift.authority)
    assert verdict.state is State.ALTERED
    assert [reason.where for reason in verdict.reasons] == ["0001.tink"]


@pytest.mark.parametrize("name", ["000000.jsonl", "000000.pem", "000001.jsonl", "000001.pem"])
def test_each_flipped_byte_of_a_journal_or_its_chain_is_a_finding(shift: Shift, name: str) -> None:
    path = shift.vault.journals / name
    unseen = []
    for at, mask in _flips(path):
        with flipped(path, at, mask):
            if not read_journals(shift.vault.journals, shift.authority)[1]:
                unseen.append(at)
    assert unseen == []


@pytest.mark.parametrize("name", ["000000.jsonl", "000001.jsonl"])
def test_a_finding_about_a_journal_is_one_about_the_device(shift: Shift, name: str) -> None:
    with flipped(shift.vault.journals / name, 100):
        assert verify_device(shift.vault.root, shift.authority).state is State.ALTERED
