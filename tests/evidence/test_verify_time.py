"""A device's time: what its journals contradict in each other or in the recordings is a finding, what clocks did is only told."""

import shutil
from pathlib import Path

import pytest

from bwc_agent.evidence.duty import ACCOUNTS
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import CloseRecording, CloseSegment, JournalLine, OpenRecording
from bwc_agent.evidence.verdict import DeviceVerdict, State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.units import TICKS
from tests.offload.shift import FIRST, UTC, Shift, media

STOP: dict[str, Json] = {"edges": [], "reason": "hold"}


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return Shift(tmp_path / "vault")


def verify(shift: Shift) -> DeviceVerdict:
    return verify_device(shift.vault.root, shift.authority)


def contradictions(shift: Shift) -> list[str]:
    """What does not add up, all of it about one journal."""
    reasons = [reason for reason in verify(shift).reasons if "does not add up" in reason.what]
    assert all((reason.state, reason.where) == (State.ALTERED, "000000.jsonl") for reason in reasons)
    return [reason.what for reason in reasons]


def test_each_start_has_its_time_and_the_device_the_sum(shift: Shift) -> None:
    first = shift.start()
    first.record(1, segments=2)
    first.end(5 * TICKS)
    second = shift.start()
    second.record(1)
    second.cut()
    (time,) = verify(shift).times
    assert [(start.start, start.duty.orderly, start.duty.elapsed) for start in time.starts] == [(0, True, 5 * TICKS), (1, False, TICKS)]
    assert time.totals == dict.fromkeys(ACCOUNTS, 0) | {"recording": 3 * TICKS, "filling": 3 * TICKS}
    assert time.unknown == 1 and time.device == verify(shift).name


def test_a_clock_that_went_back_is_told_and_is_no_alteration(shift: Shift) -> None:
    shift.start().end(5 * TICKS)
    shift.start().end()
    verdict = verify(shift)
    assert verdict.state is State.COMPLETE
    assert verdict.times[0].notes == (
        "how long the device was off before start 1 is unknown: the clock went back by 5.0 s, give or take 0.0 s",
    )


def test_a_clock_that_was_set_within_a_start_is_told(shift: Shift) -> None:
    start = shift.start()
    start.perform(JournalLine(TICKS, "anchor", {"at": TICKS, "source": "trial", "uncertainty": 0, "utc": UTC + 3_601_000_000}))
    start.end(TICKS)
    (note,) = verify(shift).times[0].notes
    assert note.startswith("start 0: its clock left the ticks 1 times, at most by +3600.0 s")


def test_a_recording_that_was_cut_signs_longer_than_its_journal(shift: Shift) -> None:
    start = shift.start()
    start.begin(1, segments=3)
    start.cut()
    shift.start().end()
    (time,) = verify(shift).times
    assert time.starts[0].duty.totals["recording"] == 3 * TICKS
    assert time.notes[0].startswith("start 0 lost power: it counts as off from its last signed line on")


@pytest.mark.parametrize("number", [0, 1])
def test_the_time_between_starts_whose_journal_is_gone_is_unknown(shift: Shift, number: int) -> None:
    for _ in range(3):
        shift.start().end()
    shift.vault.journal(number).unlink()
    shift.vault.journal_signer(number).unlink()
    (time,) = verify(shift).times
    expected = {0: [0], 1: [None]}[number]
    assert [off.ticks for off in time.offs] == expected
    assert time.unknown == expected.count(None) == len(time.notes)


def test_a_ledger_that_is_not_the_sum_of_the_states_was_not_written_by_a_recorder(shift: Shift) -> None:
    start = shift.start()
    start.record(1)
    start.perform(JournalLine(TICKS, "ledger", {**dict.fromkeys(ACCOUNTS, 0), "elapsed": 0}))
    start.off()
    assert contradictions(shift) == ["its time does not add up: line 13: the ledger is closed, and the camera is not off"]
    assert verify(shift).times[0].starts == ()


def test_a_recording_opened_while_the_state_is_another_contradicts_it(shift: Shift) -> None:
    start = shift.start()
    start.filing.perform(OpenRecording(0, 1, FIRST))
    start.off()
    (what,) = contradictions(shift)
    assert "recording 1 is opened, and no event of that time led to recording" in what


def test_a_recording_that_sees_on_after_its_stop_contradicts_it(shift: Shift) -> None:
    start = shift.start()
    start.begin(1, segments=2)
    start.perform(CloseSegment(TICKS), CloseRecording(TICKS, STOP))
    start.off()
    (what,) = contradictions(shift)
    assert "recording 1 goes on for" in what and "after it was stopped" in what


def test_a_state_of_recording_without_a_recording_contradicts_itself(shift: Shift) -> None:
    start = shift.start()
    for at, state in ((5, "recording"), (9, "filling")):
        start.perform(JournalLine(at, "event", {"answers": [], "event": "double press", "state": state}))
        start.perform(JournalLine(at, "state", {"lost": [], "state": state}))
    start.off()
    (what,) = contradictions(shift)
    assert "the state was recording, and 0 recordings were opened in it" in what


@pytest.mark.parametrize(("first", "second"), [(2, 3), (1, 1), (1, 3)])
def test_recordings_that_do_not_count_on_contradict_the_journal(shift: Shift, first: int, second: int) -> None:
    start = shift.start()
    start.record(first)
    name = str(RecordingName(0, second))
    start.filing.perform(JournalLine(TICKS, "opened", {"recording": name, "sha256": "0" * 64}))
    start.off()
    (what,) = contradictions(shift)
    assert "was to be the next" in what


def test_a_recording_that_is_closed_at_another_time_or_twice_contradicts_the_journal(shift: Shift) -> None:
    start = shift.start()
    start.record(1)
    start.filing.perform(JournalLine(TICKS, "closed", {"bytes": 0, "recording": "000000-0001", "sha256": "0" * 64}))
    start.off()
    (what,) = contradictions(shift)
    assert "recording 1 is closed, and is not the one that is open" in what


def test_after_failed_storage_a_start_may_begin_late_what_was_decided_meanwhile(shift: Shift) -> None:
    shift.start().off()
    start = shift.start()
    start.perform(JournalLine(0, "continues", {"start": 0}))
    start.filing.perform(OpenRecording(0, 1, FIRST))
    for request in media(1, 0):
        start.filing.perform(request)
    start.filing.perform(CloseSegment(TICKS))
    start.filing.perform(CloseRecording(TICKS, STOP))
    start.off()
    assert contradictions(shift) == []


def test_a_gap_in_the_numbers_of_a_start_is_missed_without_its_journal_too(shift: Shift) -> None:
    start = shift.start()
    for number in (1, 2, 3):
        start.record(number)
    start.off()
    assert verify(shift).reasons == ()
    shutil.rmtree(shift.vault.recording(RecordingName(0, 2)))
    assert [reason.where for reason in verify(shift).reasons] == ["000000-0002"]
    shutil.rmtree(shift.vault.journals)
    (gap,) = (reason for reason in verify(shift).reasons if reason.where == "000000-0002")
    assert gap.state is State.INCOMPLETE and gap.what.startswith("1 recordings are missing from here on")


def test_a_number_beyond_all_counting_is_one_gap(shift: Shift) -> None:
    start = shift.start()
    start.record(10**12)
    start.off()
    (gap,) = (reason for reason in verify(shift).reasons if "have a gap" in reason.what)
    assert gap.where == "000000-0001" and gap.what.startswith(f"{10**12 - 1} recordings")
