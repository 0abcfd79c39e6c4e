"""Light and pulses of every status and signal."""

import itertools

import pytest

from bwc_agent.control.events import Signal
from bwc_agent.control.indicator import PULSES, audible, cue, light
from bwc_agent.control.status import TOLD, Flag, State, Status
from hal.interfaces import Cue, Light


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (Status(State.FILLING), Light.GREEN_SLOW),
        (Status(State.STANDBY, Flag.READY), Light.GREEN),
        (Status(State.STANDBY, Flag.READY | Flag.SECURING), Light.GREEN),
        (Status(State.STANDBY, Flag.READY | Flag.MICROPHONE_LOST), Light.GREEN_SLOW),
        (Status(State.STANDBY, Flag.READY | Flag.STORAGE_FULL), Light.GREEN_SLOW),
        (Status(State.RECORDING, Flag.SECURING), Light.AMBER_FAST),
        (Status(State.RECORDING, Flag.SECURING | Flag.CAMERA_LOST), Light.AMBER_FAST),
        (Status(State.RECORDING), Light.RED_BLINK),
        (Status(State.RECORDING, Flag.MUTED | Flag.DOCK_CONTACT), Light.RED_BLINK),
        (Status(State.RECORDING, Flag.CAMERA_LOST), Light.RED),
        (Status(State.RECORDING, Flag.STORAGE_SLOW), Light.RED),
        (Status(State.ASLEEP), Light.BLUE_SLOW),
        (Status(State.DOCKED, Flag.DOCK_CONTACT), Light.BLUE),
        (Status(State.DOCKED, Flag.DELIVERING), Light.BLUE_FAST),
        (Status(State.DOCKED, Flag.DELIVERY_FAILING), Light.AMBER_SLOW),
        (Status(State.DOCKED, Flag.OVERDUE), Light.AMBER_SLOW),
        (Status(State.DOCKED, Flag.OVERDUE | Flag.DELIVERING), Light.AMBER_SLOW),
        (Status(State.STANDBY, Flag.READY | Flag.OVERDUE), Light.GREEN),
        (Status(State.RECORDING, Flag.OVERDUE), Light.RED_BLINK),
        (Status(State.OFF), Light.OFF),
    ],
)
def test_the_light_of_a_status(status: Status, shown: Light) -> None:
    assert light(status) is shown


def test_red_is_shown_by_a_secured_recording_only() -> None:
    for state, flag in itertools.product(State, Flag):
        red = light(Status(state, flag)) in (Light.RED, Light.RED_BLINK)
        assert red == (state is State.RECORDING and flag not in (Flag.SECURING, Flag.STEALTH))


@pytest.mark.parametrize("state", [state for state in State if state is not State.DOCKED])
def test_what_the_offloader_says_moves_no_light_outside_the_dock(state: State) -> None:
    for flag in Flag:
        assert light(Status(state, flag | TOLD)) is light(Status(state, flag))


def test_nothing_that_the_offloader_says_hides_that_evidence_is_overdue() -> None:
    shown = {light(Status(State.DOCKED, Flag.OVERDUE | said)) for said in (Flag.NONE, Flag.DELIVERING, Flag.DELIVERY_FAILING, TOLD)}
    assert shown == {Light.AMBER_SLOW}


@pytest.mark.parametrize("state", State)
def test_stealth_is_dark_and_silent_in_every_state(state: State) -> None:
    dark = Status(state, Flag.STEALTH | Flag.SECURING | Flag.CAMERA_LOST)
    assert light(dark) is Light.OFF
    assert [audible(dark, signal) for signal in Signal] == [None] * len(Signal)


def test_each_signal_can_be_heard_or_felt_and_told_from_the_others() -> None:
    assert set(PULSES) == set(Signal)
    assert len(set(PULSES.values())) == len(Signal)
    assert all(tones + vibrations > 0 for tones, vibrations in PULSES.values())


def test_the_signals_that_officers_know() -> None:
    assert cue(Signal.HEARD) == Cue("heard", 0, 1)
    assert cue(Signal.REMINDER) == Cue("reminder", 2, 2)
    assert cue(Signal.LOW_BATTERY) == Cue("low battery", 4, 4)
    assert cue(Signal.STORAGE_FULL) == Cue("storage full", 3, 0)
    assert audible(Status(State.STANDBY), Signal.HEARD) == cue(Signal.HEARD)
