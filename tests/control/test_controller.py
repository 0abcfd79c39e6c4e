"""The officer's manual, sentence by sentence, as steps through the table."""

import pytest

from bwc_agent.control.controller import step
from bwc_agent.control.events import Answer, Effect, Event, Signal
from bwc_agent.control.policy import Policy
from bwc_agent.control.status import BOOT, Flag, State, Status

POLICY = Policy()
YOUNG, OLD = POLICY.short_stop - 1, POLICY.short_stop
STANDBY = Status(State.STANDBY, Flag.READY)
RECORDING = Status(State.RECORDING, Flag.READY)
SECURING = Status(State.RECORDING, Flag.READY | Flag.SECURING)


def after(status: Status, *events: Event, age: int | None = OLD, policy: Policy = POLICY) -> tuple[Status, tuple[Answer, ...]]:
    """The status after the events, and the answer to the last one."""
    answers: tuple[Answer, ...] = ()
    for event in events:
        status, answers = step(status, event, policy, age)
    return status, answers


@pytest.mark.parametrize("status", [BOOT, STANDBY])
def test_a_double_press_starts_at_once_while_the_sources_run(status: Status) -> None:
    now, answers = after(status, Event.DOUBLE_PRESS)
    assert now == Status(State.RECORDING, status.flags | Flag.SECURING)
    assert answers == (Signal.HEARD, Effect.START)


@pytest.mark.parametrize("state", [State.ASLEEP, State.DOCKED])
def test_a_double_press_opens_closed_sources_before_it_starts(state: State) -> None:
    now, answers = after(Status(state), Event.DOUBLE_PRESS)
    assert now == Status(State.RECORDING, Flag.SECURING)
    assert answers == (Signal.HEARD, Effect.OPEN_SOURCES, Effect.START)


@pytest.mark.parametrize("status", [BOOT, STANDBY, Status(State.ASLEEP), Status(State.DOCKED, Flag.DOCK_CONTACT)])
@pytest.mark.parametrize("event", [Event.PRESS, Event.HOLD, Event.FUNCTION_HOLD])
def test_what_needs_a_recording_says_that_there_is_none(status: Status, event: Event) -> None:
    assert after(status, event) == (status, (Signal.NOT_RECORDING,))


def test_a_hold_starts_where_the_policy_says_so() -> None:
    now, answers = after(STANDBY, Event.HOLD, policy=Policy(start_by_hold=True))
    assert now.recording
    assert Effect.START in answers


def test_the_light_of_recording_waits_for_storage() -> None:
    assert after(SECURING, Event.SYNCED) == (RECORDING, (Signal.RECORDING,))
    assert after(RECORDING, Event.SYNCED) == (RECORDING, ())
    assert after(STANDBY, Event.SYNCED) == (STANDBY, ())


@pytest.mark.parametrize("event", [Event.PRESS, Event.DOUBLE_PRESS])
def test_presses_mark_a_secured_recording_and_do_nothing_to_an_unsecured_one(event: Event) -> None:
    assert after(RECORDING, event) == (RECORDING, (Effect.MARK, Signal.MARKER))
    assert after(SECURING, event) == (SECURING, ())


def test_a_hold_stops_an_old_recording_at_once() -> None:
    assert after(RECORDING, Event.HOLD, age=OLD) == (STANDBY, (Effect.STOP, Signal.STOPPED))


def test_a_hold_stops_even_while_storage_is_still_securing() -> None:
    assert after(SECURING, Event.HOLD, age=OLD) == (STANDBY, (Effect.STOP, Signal.STOPPED))


@pytest.mark.parametrize("age", [0, YOUNG, None])
def test_a_young_recording_asks_for_a_second_hold(age: int | None) -> None:
    asked, answers = after(RECORDING, Event.HOLD, age=age)
    assert (asked.state, answers) == (State.RECORDING, (Signal.HOLD_AGAIN,))
    assert after(asked, Event.HOLD, age=age) == (STANDBY, (Effect.STOP, Signal.STOPPED))


def test_a_second_hold_that_comes_too_late_asks_again() -> None:
    asked, answers = after(RECORDING, Event.HOLD, Event.TIMEOUT, Event.HOLD, age=YOUNG)
    assert Flag.CONFIRM_STOP in asked.flags
    assert answers == (Signal.HOLD_AGAIN,)


def test_a_new_recording_forgets_a_pending_stop() -> None:
    now, _ = after(RECORDING, Event.HOLD, Event.HOLD, Event.DOUBLE_PRESS, Event.HOLD, age=YOUNG)
    assert now.recording


def test_a_stop_is_standby_only_where_the_ring_holds_its_pre_roll() -> None:
    early, _ = after(BOOT, Event.DOUBLE_PRESS, Event.HOLD)
    late, _ = after(BOOT, Event.DOUBLE_PRESS, Event.RING_READY, Event.HOLD)
    assert (early.state, late.state) == (State.FILLING, State.STANDBY)


def test_mute_toggles_and_ends_with_the_recording() -> None:
    muted, answers = after(RECORDING, Event.FUNCTION_HOLD)
    assert (Flag.MUTED in muted.flags, answers) == (True, (Effect.MUTE, Signal.MUTED))
    assert after(muted, Event.FUNCTION_HOLD) == (RECORDING, (Effect.UNMUTE, Signal.UNMUTED))
    assert after(muted, Event.HOLD) == (STANDBY, (Effect.STOP, Effect.UNMUTE, Signal.STOPPED))


def test_mute_and_stealth_are_refused_where_the_policy_forbids_them() -> None:
    strict = Policy(mute_allowed=False, stealth_allowed=False)
    assert after(RECORDING, Event.FUNCTION_HOLD, policy=strict) == (RECORDING, (Signal.REFUSED,))
    assert after(RECORDING, Event.FUNCTION_TRIPLE, policy=strict) == (RECORDING, (Signal.REFUSED,))


@pytest.mark.parametrize("status", [BOOT, STANDBY, RECORDING, Status(State.ASLEEP)])
def test_stealth_toggles(status: Status) -> None:
    dark, answers = after(status, Event.FUNCTION_TRIPLE)
    assert (Flag.STEALTH in dark.flags, answers) == (True, (Effect.STEALTH_ON,))
    assert after(dark, Event.FUNCTION_TRIPLE) == (status, (Effect.STEALTH_OFF, Signal.VISIBLE))


@pytest.mark.parametrize("status", [BOOT, STANDBY])
def test_both_held_sleeps_and_wakes(status: Status) -> None:
    asleep, answers = after(status, Event.BOTH_HOLD)
    assert (asleep, answers) == (Status(State.ASLEEP), (Effect.CLOSE_SOURCES, Signal.ASLEEP))
    assert after(asleep, Event.BOTH_HOLD) == (BOOT, (Effect.OPEN_SOURCES, Signal.AWAKE))


@pytest.mark.parametrize("status", [RECORDING, Status(State.DOCKED)])
def test_sleep_is_refused_while_recording_and_in_the_dock(status: Status) -> None:
    assert after(status, Event.BOTH_HOLD) == (status, (Signal.REFUSED,))


@pytest.mark.parametrize("status", [BOOT, STANDBY, Status(State.ASLEEP)])
def test_the_dock_closes_the_sources_and_leaving_it_opens_them(status: Status) -> None:
    docked, answers = after(status, Event.DOCKED)
    assert (docked, answers) == (Status(State.DOCKED, Flag.DOCK_CONTACT), (Effect.CLOSE_SOURCES,))
    assert after(docked, Event.UNDOCKED) == (BOOT, (Effect.OPEN_SOURCES,))


def test_a_recording_goes_on_in_the_dock_and_is_docked_after_the_stop() -> None:
    contact, answers = after(RECORDING, Event.DOCKED)
    assert (contact, answers) == (Status(State.RECORDING, Flag.READY | Flag.DOCK_CONTACT), ())
    docked, answers = after(contact, Event.HOLD)
    assert docked == Status(State.DOCKED, Flag.DOCK_CONTACT)
    assert answers == (Effect.STOP, Signal.STOPPED, Effect.CLOSE_SOURCES)
    assert after(contact, Event.UNDOCKED, Event.HOLD)[0] == STANDBY


def test_the_dock_stops_a_recording_of_any_age_where_the_policy_says_so() -> None:
    now, answers = after(RECORDING, Event.DOCKED, age=1, policy=Policy(dock_while_recording="stop"))
    assert now == Status(State.DOCKED, Flag.DOCK_CONTACT)
    assert answers == (Effect.STOP, Signal.STOPPED, Effect.CLOSE_SOURCES)


def test_a_recording_started_in_the_dock_ends_in_the_dock() -> None:
    now, _ = after(BOOT, Event.DOCKED, Event.DOUBLE_PRESS, Event.HOLD)
    assert now == Status(State.DOCKED, Flag.DOCK_CONTACT)


def test_a_lost_camera_ends_readiness_but_no_recording() -> None:
    lost, answers = after(STANDBY, Event.CAMERA_LOST)
    assert (lost, answers) == (Status(State.FILLING, Flag.CAMERA_LOST), (Signal.FAULT,))
    assert after(lost, Event.RING_READY)[0] == lost
    assert after(lost, Event.CAMERA_BACK, Event.RING_READY)[0] == STANDBY
    assert after(RECORDING, Event.CAMERA_LOST)[0] == Status(State.RECORDING, Flag.CAMERA_LOST)


def test_a_part_lost_while_open_is_asked_anew_when_it_is_opened_again() -> None:
    asleep, _ = after(STANDBY, Event.MICROPHONE_LOST, Event.BOTH_HOLD, Event.CAMERA_LOST)
    assert asleep == Status(State.ASLEEP)


def test_a_ring_that_falls_short_is_not_ready() -> None:
    assert after(STANDBY, Event.RING_SHORT) == (BOOT, ())


def test_reminders_say_what_still_is() -> None:
    assert after(RECORDING, Event.REMINDER)[1] == (Signal.REMINDER,)
    assert after(Status(State.ASLEEP), Event.REMINDER)[1] == (Signal.ASLEEP,)
    assert after(STANDBY, Event.REMINDER)[1] == ()


def test_an_orderly_end_stops_unmutes_and_closes() -> None:
    now, answers = after(RECORDING, Event.FUNCTION_HOLD, Event.SHUTDOWN)
    assert now == Status(State.OFF)
    assert answers == (Effect.STOP, Effect.UNMUTE, Signal.STOPPED, Effect.CLOSE_ALL)
    assert after(STANDBY, Event.SHUTDOWN) == (Status(State.OFF), (Effect.CLOSE_ALL,))


def test_an_end_in_stealth_stays_silent() -> None:
    now, _ = after(RECORDING, Event.FUNCTION_TRIPLE, Event.SHUTDOWN)
    assert now == Status(State.OFF, Flag.STEALTH)
