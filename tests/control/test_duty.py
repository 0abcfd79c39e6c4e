"""The ledger adds up, whatever happens; what it says of a status is what a verifier makes of the same line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.control.duty import LOSSES, NAMES, DutyLedger, stated
from bwc_agent.control.status import Flag, State, Status
from bwc_agent.evidence import duty

TIMES = st.integers(0, 10_000_000)
STATUSES = st.builds(Status, st.sampled_from(State), st.sampled_from([Flag.NONE, Flag.CAMERA_LOST, Flag.MUTED | Flag.CAMERA_LOST]))
BLIND = Flag.CAMERA_LOST


def test_each_state_gets_its_time() -> None:
    ledger = DutyLedger(100)
    ledger.enter(Status(State.STANDBY), 150)
    ledger.enter(Status(State.RECORDING), 170)
    ledger.enter(Status(State.ASLEEP), 200)
    assert ledger.totals(210) == dict.fromkeys(NAMES, 0) | {"filling": 50, "standby": 20, "recording": 30, "asleep": 10}


def test_time_without_video_is_taken_from_its_state() -> None:
    ledger = DutyLedger(0, Status(State.RECORDING))
    ledger.enter(Status(State.RECORDING, BLIND), 10)
    ledger.enter(Status(State.FILLING, BLIND), 20)
    ledger.enter(Status(State.FILLING), 25)
    assert ledger.totals(30) == dict.fromkeys(NAMES, 0) | {"recording": 10, "fault": 15, "filling": 5}


@pytest.mark.parametrize("state", [State.ASLEEP, State.DOCKED, State.OFF])
def test_no_video_is_no_fault_where_the_camera_is_closed(state: State) -> None:
    ledger = DutyLedger(0, Status(state, BLIND))
    assert ledger.totals(10) == dict.fromkeys(NAMES, 0) | {state.value: 10}


def test_a_lost_microphone_leaves_time_where_it_is() -> None:
    ledger = DutyLedger(0, Status(State.RECORDING, Flag.MICROPHONE_LOST))
    assert ledger.totals(10)["recording"] == 10


def test_an_entry_that_comes_late_counts_no_tick_twice_and_says_from_when_it_counts() -> None:
    ledger = DutyLedger(0, Status(State.STANDBY))
    assert ledger.enter(Status(State.RECORDING), 100) == 100
    assert ledger.enter(Status(State.STANDBY), 90) == 100
    assert ledger.totals(110) == dict.fromkeys(NAMES, 0) | {"standby": 110}


def test_the_journal_and_its_verifier_know_the_same_accounts() -> None:
    assert NAMES == duty.ACCOUNTS
    assert list(LOSSES.values()) == sorted(LOSSES.values(), key=lambda part: part.value)


@given(STATUSES, st.integers(1, 10_000_000))
def test_the_ledger_puts_time_where_the_line_of_its_status_says(status: Status, ticks: int) -> None:
    line = stated(status)
    assert DutyLedger(0, status).totals(ticks)[duty.account(str(line["state"]), bool(line["lost"]))] == ticks


@settings(max_examples=200, deadline=None)
@given(TIMES, STATUSES, st.lists(st.tuples(TIMES, STATUSES), max_size=30), TIMES)
def test_all_accounts_together_are_the_time_that_passed(began: int, first: Status, entries: list[tuple[int, Status]], end: int) -> None:
    ledger = DutyLedger(began, first)
    latest = began
    for at, status in entries:
        latest = max(latest, at)
        assert ledger.enter(status, at) == latest
        assert sum(ledger.totals(at).values()) == ledger.elapsed(at) == latest - began
    totals = ledger.totals(end)
    assert sum(totals.values()) == max(latest, end) - began
    assert tuple(totals) == NAMES
    assert min(totals.values()) >= 0
