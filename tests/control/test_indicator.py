"""Light and pulses of every status and signal."""

import itertools

import pytest

from bwc_agent.control.events import Signal
from bwc_agent.control.indicator import PULSES, audible, cue, light
from bwc_agent.control.status import Flag, State, Status
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
        (Status(State.OFF), Light.OFF),
    ],
)
def test_the_light_of_a_status(status: Status, shown: Light) -> None:
    assert light(status) is shown


def test_red_is_shown_by_a_secured_recording_only() -> None:
    for state, flag in itertools.product(State, Flag):
        red = light(Status(state, flag)) in (Light.RED, Light.RED_BLINK)
        assert red == (state is State.RECORDING and flag not in (Flag.SECURING, Flag.STEALTH))


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
