"""The ledger adds up, whatever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.control.duty import NAMES, DutyLedger
from bwc_agent.control.status import State

TIMES = st.integers(0, 10_000_000)
ENTRIES = st.lists(st.tuples(TIMES, st.one_of(st.sampled_from(State), st.booleans())), max_size=30)


def test_each_state_gets_its_time() -> None:
    ledger = DutyLedger(100)
    ledger.enter(State.STANDBY, 150)
    ledger.enter(State.RECORDING, 170)
    ledger.enter(State.ASLEEP, 200)
    assert ledger.totals(210) == dict.fromkeys(NAMES, 0) | {"filling": 50, "standby": 20, "recording": 30, "asleep": 10}


def test_time_without_video_is_taken_from_its_state() -> None:
    ledger = DutyLedger(0, State.RECORDING)
    ledger.video(False, 10)
    ledger.enter(State.STANDBY, 20)
    ledger.video(True, 25)
    assert ledger.totals(30) == dict.fromkeys(NAMES, 0) | {"recording": 10, "fault": 15, "standby": 5}


@pytest.mark.parametrize("state", [State.ASLEEP, State.DOCKED, State.OFF])
def test_no_video_is_no_fault_where_the_camera_is_closed(state: State) -> None:
    ledger = DutyLedger(0, state)
    ledger.video(False, 0)
    assert ledger.totals(10) == dict.fromkeys(NAMES, 0) | {state.value: 10}


def test_an_entry_that_comes_late_counts_no_tick_twice() -> None:
    ledger = DutyLedger(0, State.STANDBY)
    ledger.enter(State.RECORDING, 100)
    ledger.enter(State.STANDBY, 90)
    assert ledger.totals(110) == dict.fromkeys(NAMES, 0) | {"standby": 110}


@settings(max_examples=200, deadline=None)
@given(TIMES, st.sampled_from(State), ENTRIES, TIMES)
def test_all_accounts_together_are_the_time_that_passed(
    began: int, first: State, entries: list[tuple[int, State | bool]], end: int
) -> None:
    ledger = DutyLedger(began, first)
    latest = began
    for at, what in entries:
        latest = max(latest, at)
        if isinstance(what, bool):
            ledger.video(what, at)
        else:
            ledger.enter(what, at)
        assert sum(ledger.totals(at).values()) == ledger.elapsed(at) == latest - began
    totals = ledger.totals(end)
    assert sum(totals.values()) == max(latest, end) - began
    assert tuple(totals) == NAMES
    assert min(totals.values()) >= 0
