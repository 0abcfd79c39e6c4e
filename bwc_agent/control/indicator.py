"""What the officer sees, hears and feels: the light of a status, the pulses of a signal. Tables, pure.

Stealth is dark and mute: no light, no tone, no vibration (II.B.6).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bwc_agent.control.events import Signal
from bwc_agent.control.status import Flag, State, Status
from hal.interfaces import Cue, Light

LIGHTS: Final[Mapping[State, Light]] = MappingProxyType(
    {
        State.FILLING: Light.GREEN_SLOW,
        State.STANDBY: Light.GREEN,
        State.RECORDING: Light.RED_BLINK,
        State.ASLEEP: Light.BLUE_SLOW,
        State.DOCKED: Light.BLUE,
        State.OFF: Light.OFF,
    }
)
"""Green says what a press would have (slow: not all of it), red that it records, blue that nothing is seen or heard; see `_docked`, too."""

IMPAIRED: Final = Flag.CAMERA_LOST | Flag.MICROPHONE_LOST | Flag.STORAGE_SLOW | Flag.STORAGE_LOST | Flag.STORAGE_FULL
"""While recording, any of these turns the blink into a steady red: it records, and something is missing; before, green is slow."""

PULSES: Final[Mapping[Signal, tuple[int, int]]] = MappingProxyType(
    {
        Signal.HEARD: (0, 1),
        Signal.RECORDING: (1, 2),
        Signal.STOPPED: (2, 1),
        Signal.NOT_RECORDING: (0, 3),
        Signal.HOLD_AGAIN: (3, 3),
        Signal.MARKER: (1, 1),
        Signal.MUTED: (1, 0),
        Signal.UNMUTED: (2, 0),
        Signal.REFUSED: (0, 4),
        Signal.ASLEEP: (2, 3),
        Signal.AWAKE: (3, 2),
        Signal.VISIBLE: (0, 2),
        Signal.REMINDER: (2, 2),
        Signal.LOW_BATTERY: (4, 4),
        Signal.STORAGE_LOW: (3, 1),
        Signal.STORAGE_FULL: (3, 0),
        Signal.OVERDUE: (4, 1),
        Signal.FAULT: (5, 5),
    }
)
"""Tones and vibrations of each signal; no two are alike."""


def light(status: Status) -> Light:
    """The light of a status; total."""
    if Flag.STEALTH in status.flags:
        return Light.OFF
    if status.recording and Flag.SECURING in status.flags:
        return Light.AMBER_FAST
    if status.recording and status.flags & IMPAIRED:
        return Light.RED
    if status.state is State.STANDBY and status.flags & IMPAIRED:
        return Light.GREEN_SLOW
    return _docked(status.flags) if status.state is State.DOCKED else LIGHTS[status.state]


def _docked(flags: Flag) -> Light:
    """What is overdue outranks what is being delivered: the first the recorder knows by itself, the second it is only told."""
    if flags & (Flag.OVERDUE | Flag.DELIVERY_FAILING):
        return Light.AMBER_SLOW
    return Light.BLUE_FAST if Flag.DELIVERING in flags else LIGHTS[State.DOCKED]


def cue(signal: Signal) -> Cue:
    """The pulses of a signal, by its name; total."""
    tones, vibrations = PULSES[signal]
    return Cue(signal.value, tones, vibrations)


def audible(status: Status, signal: Signal) -> Cue | None:
    """What to play for a signal in the status *after* the step that gave it: None in stealth."""
    return None if Flag.STEALTH in status.flags else cue(signal)
