"""A device that only lost power is never accused, at whatever call the cut came; and a cut is no cover for a theft."""

import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.verdict import DeviceVerdict, State
from bwc_agent.evidence.verify_device import find_recordings, verify_device
from tests.evidence_made import TINY, tiny_requests
from tests.offload.shift import Shift
from tests.striking import Cut, cut_disk, struck_disk

HONEST = {State.COMPLETE, State.TRUNCATED, State.UNSIGNED_TAIL}


def _work(shift: Shift) -> None:
    """A start that records once and goes off."""
    start = shift.start()
    start.perform(*tiny_requests())
    start.off()


class Lives:
    """One device, and as many copies of it as there are lives to try."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._device = Shift(root / "device")
        self._number = count()
        with struck_disk() as whole:
            _work(self._copy())
        self.calls = whole.calls

    def _copy(self) -> Shift:
        root = self._root / str(next(self._number))
        shutil.copytree(self._device.vault.root, root)
        copy = object.__new__(Shift)
        copy.desk, copy.serial, copy.vault = self._device.desk, self._device.serial, Vault(root)
        return copy

    def cut_at(self, calls: Sequence[int], last: int | None = None) -> Shift:
        """A device whose starts were cut at these calls, one after the other, and that then stands by and goes off.

        With `last` another start is cut there instead, and nothing follows.
        """
        shift = self._copy()
        for at in calls if last is None else [*calls, last]:
            with pytest.raises(Cut), cut_disk(at):
                _work(shift)
        if last is None:
            shift.start().off()
        return shift

    def press(self, what: str) -> int:
        """The number of the first such call from the one on that makes the recording's folder."""
        folder = max(i for i, call in enumerate(self.calls) if call == "mkdir")
        return self.calls.index(what, folder)


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    return Lives(tmp_path_factory.mktemp("lives"))


def _verify(shift: Shift) -> DeviceVerdict:
    return verify_device(shift.vault.root, shift.authority)


def test_a_cut_at_any_call_leaves_a_device_without_a_finding_and_at_most_a_torn_recording(lives: Lives) -> None:
    accused = []
    for at, call in enumerate(lives.calls):
        verdict = _verify(lives.cut_at([at]))
        if verdict.reasons or verdict.state not in HONEST:
            accused.append((at, call, verdict.reasons, verdict.state))
    assert accused == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_second_cut_while_the_first_is_being_stated_accuses_nobody_either(lives: Lives, data: st.DataObject) -> None:
    first = data.draw(st.integers(lives.press("mkdir"), len(lives.calls) - 1))
    second = data.draw(st.integers(0, lives.press("mkdir")))
    verdict = _verify(lives.cut_at([first, second]))
    assert verdict.state in HONEST
    assert {reason.state for reason in verdict.reasons} <= {State.UNSIGNED_TAIL}


def test_a_folder_that_a_cut_left_bare_is_no_recording_and_is_said(lives: Lives) -> None:
    shift = lives.cut_at([lives.press("mkdir") + 1])
    assert shift.vault.recording(TINY).is_dir() and find_recordings(shift.vault.root) == []
    verdict = _verify(shift)
    assert (verdict.state, verdict.recordings) == (State.COMPLETE, ())
    assert any(what.startswith(f"recordings/{TINY}: nothing stands in it") for what in verdict.not_checked)


@pytest.fixture
def begun(lives: Lives) -> Shift:
    """Cut when the chain was durable and the log was not there yet."""
    shift = lives.cut_at([lives.press("link") + 1])
    assert {path.name for path in shift.vault.recording(TINY).iterdir() if path.suffix != ".tmp"} == {"signer.pem"}
    return shift


def test_a_recording_that_never_had_a_log_has_lost_none(begun: Shift) -> None:
    verdict = _verify(begun)
    assert [reason.state for recording in verdict.recordings for reason in recording.reasons] == [State.TRUNCATED]


def test_before_the_next_start_it_has_only_no_proven_end(lives: Lives) -> None:
    shift = lives.cut_at([], lives.press("link") + 1)
    verdict = _verify(shift)
    assert {path.name for path in shift.vault.recording(TINY).iterdir() if path.suffix != ".tmp"} == {"signer.pem"}
    assert [reason.state for recording in verdict.recordings for reason in recording.reasons] == [State.TRUNCATED]
    assert [reason.where for reason in verdict.reasons if reason.state is State.END_UNPROVEN] == [str(TINY)]


def test_before_the_next_start_has_looked_nobody_is_accused(lives: Lives) -> None:
    for at in range(lives.press("mkdir"), len(lives.calls)):
        verdict = _verify(lives.cut_at([], at))
        assert verdict.state in HONEST | {State.END_UNPROVEN}, (at, lives.calls[at], verdict.recordings)


def test_its_chain_may_not_be_taken_away_nor_anything_be_put_beside_it(begun: Shift) -> None:
    folder = begun.vault.recording(TINY)
    (folder / "0001.tink").write_bytes(b"film")
    assert _verify(begun).state is State.INCOMPLETE
    (folder / "0001.tink").unlink()
    (folder / "signer.pem").unlink()
    assert [(r.state, r.where) for r in _verify(begun).reasons] == [(State.INCOMPLETE, str(TINY))]


def test_a_log_that_a_journal_saw_opened_is_missed_even_where_a_cut_followed(lives: Lives) -> None:
    shift = lives.cut_at([len(lives.calls) - 5])
    for path in shift.vault.recording(TINY).iterdir():
        if path.name != "signer.pem":
            path.unlink()
    assert _verify(shift).state is State.INCOMPLETE
