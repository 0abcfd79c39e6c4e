"""What an agency may set of how the camera feels in an officer's hand: one frozen value that the whole core reads.

The layers of TOML above resolve into it; here only what would make the gestures contradict each other, or break the
floor of DHS Policy Statement 045-07, is refused. Times are ticks of 1/48000 s.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

from bwc_agent.errors import ConfigError
from bwc_agent.units import TICKS, seconds

PRE_ROLL_FLOOR = seconds(30)
"""Ticks of video before the activation that V.A.7 asks for at least."""
DEBOUNCE_MOST = seconds(0.05)
"""A longer debounce would swallow the gap inside a quick double press, and with it a start."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A set of knobs that agree with each other and with the floor. Raises ConfigError for one that does not."""

    double_press_window: int = seconds(0.6)
    """Ticks: two press-downs closer than this are one double press; longer for gloves (IV.A: activation)."""
    debounce: int = seconds(0.03)
    """Ticks that a contact may bounce after an edge; at most 50 ms."""
    hold: int = seconds(3)
    """Ticks that the event button is held to stop (IV.A: deactivation), and to start where `start_by_hold`."""
    start_by_hold: bool = False
    """True: a hold starts a recording, too, for agencies that train it so (IV.A)."""
    short_stop: int = seconds(10)
    """Ticks: a stop decided sooner after the start asks for a second hold (IV.A: no deactivation by accident)."""
    confirm_within: int = seconds(10)
    """Ticks after the first hold within which the second must be decided (IV.A)."""
    mute_allowed: bool = True
    """Whether the officer may mute the sound (III.A.1: the agency's policy)."""
    mute_hold: int = seconds(3)
    """Ticks that the function button is held to mute or unmute (III.A.1)."""
    stealth_allowed: bool = True
    """Whether light, sound and vibration may be switched off (II.B.6: safety; IV.F asks for notice otherwise)."""
    triple_window: int = seconds(1.5)
    """Ticks: three press-downs of the function button inside this are one triple press (II.B.6)."""
    sleep_hold: int = seconds(3)
    """Ticks that both buttons are held to sleep or to wake (II.B.2: places where a camera must not run)."""
    both_window: int = seconds(1)
    """Ticks: the two buttons must go down closer than this to count as held together (II.B.2)."""
    power_hold: int = seconds(3)
    """Ticks that the power button is held to close everything and go off (V.A.4)."""
    reminder: int = seconds(120)
    """Ticks between the signals that say "still recording" (IV.A, IV.F)."""
    sleep_reminder: int = seconds(900)
    """Ticks between the signals that say "still asleep" (IV.A)."""
    dock_while_recording: Literal["continue", "stop"] = "continue"
    """What dock contact does to a recording in progress (IV.E)."""
    pre_roll: int = PRE_ROLL_FLOOR
    """Ticks of video kept before the first edge of the start gesture; at least 30 s (V.A.7)."""
    pre_roll_audio: bool = True
    """Whether the pre-roll has sound; V.A.7 asks for video only, so the agency says."""
    low_battery_minutes: int = 20
    """Minutes left at or under which the officer is warned (IV.B)."""
    low_battery_percent: int = 15
    """Percent of charge at or under which the officer is warned where no one knows the minutes left (IV.B)."""
    low_battery_repeat: int = seconds(20)
    """Ticks between two warnings of a low battery (IV.B)."""
    low_storage_minutes: int = 120
    """Minutes of recording left under which the officer is warned; nothing is ever overwritten to make room (V.A.4)."""
    scarce_storage_minutes: int = 30
    """Minutes of recording left under which the picture becomes coarser, so that they last (V.A.4)."""
    reserve_percent: int = 3
    """Percent of charge at or under which the device closes its recording and goes off in order (V.A.4)."""

    def __post_init__(self) -> None:
        complaint = next(_complaints(self), None)
        if complaint is not None:
            raise ConfigError(complaint)

    @property
    def longest_start_gesture(self) -> int:
        """Ticks at most between the first edge of a start gesture and the moment it is decided; the ring holds so much more."""
        return max(self.double_press_window, self.hold if self.start_by_hold else 0)


_NO_TIMES = frozenset({"low_battery_percent", "low_battery_minutes", "low_storage_minutes", "scarce_storage_minutes", "reserve_percent"})


def _complaints(policy: Policy) -> Iterator[str]:
    for field in fields(policy):
        value = getattr(policy, field.name)
        if type(value) is int and value <= 0 and field.name not in _NO_TIMES:
            yield f"{field.name} is {value} ticks: a time must be more than 0"
    if policy.pre_roll < PRE_ROLL_FLOOR:
        yield f"pre_roll is {policy.pre_roll / TICKS:g} s, and V.A.7 of DHS policy 045-07 asks for at least 30 s: set 30 s or more"
    if policy.debounce > DEBOUNCE_MOST:
        yield f"debounce is {policy.debounce / TICKS:g} s and would swallow a quick double press: set at most 0.05 s"
    if policy.double_press_window <= 2 * policy.debounce:
        yield "double_press_window leaves no time for two presses: set more than twice the debounce"
    if policy.hold <= policy.double_press_window:
        yield "hold is not longer than double_press_window, so that one press could be both: set a longer hold"
    if policy.confirm_within < policy.hold:
        yield (
            "hold is longer than confirm_within, so that no second hold could confirm a stop: "
            f"set a hold of at most {policy.confirm_within / TICKS:g} s, or confirm_within to at least the hold"
        )
    if policy.dock_while_recording not in ("continue", "stop"):
        yield f'dock_while_recording is "{policy.dock_while_recording}": set "continue" or "stop"'
    if policy.low_battery_minutes < 1:
        yield f"low_battery_minutes is {policy.low_battery_minutes}: set at least 1"
    if not 0 <= policy.scarce_storage_minutes <= policy.low_storage_minutes:
        yield "scarce_storage_minutes must be at least 0 and at most low_storage_minutes: the warning comes first"
    if not 0 <= policy.reserve_percent < policy.low_battery_percent <= 100:
        yield "reserve_percent must be at least 0 and below low_battery_percent, and that at most 100"
