"""What a row of the controller's table is, and the conditions it may name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from bwc_agent.control.events import Answer, Event
from bwc_agent.control.policy import Policy
from bwc_agent.control.status import Flag, State, Status


class Guard(Enum):
    """When a row counts; the values are the words of the printed table."""

    ALWAYS = ""
    SECURING = "while securing"
    TOO_SOON = "first hold, recording younger than short_stop"
    IN_DOCK = "in the dock"
    RING_READY = "the ring holds its pre-roll"
    CAMERA_LOST = "the camera is lost"
    MUTED = "muted"
    STEALTH = "in stealth"
    STORAGE_FULL = "only the reserve is left"
    OVERDUE = "evidence is overdue"
    HOLD_STARTS = "policy: start_by_hold"
    HOLD_STARTS_FULL = "policy: start_by_hold, and only the reserve is left"
    MUTE_FORBIDDEN = "policy: not mute_allowed"
    STEALTH_FORBIDDEN = "policy: not stealth_allowed"
    DOCK_STOPS = 'policy: dock_while_recording = "stop"'


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a guard may look at. `recording_age`: ticks since the start was decided, None while nothing records."""

    status: Status
    policy: Policy
    recording_age: int | None

    def has(self, flag: Flag) -> bool:
        """The flag is set."""
        return flag in self.status.flags

    @property
    def too_soon(self) -> bool:
        """A stop now would need a second hold. An unknown age counts as young: when in doubt the recording goes on."""
        young = self.recording_age is None or self.recording_age < self.policy.short_stop
        return young and not self.has(Flag.CONFIRM_STOP)


HOLDS: Final[Mapping[Guard, Callable[[Situation], bool]]] = MappingProxyType(
    {
        Guard.ALWAYS: lambda now: True,
        Guard.SECURING: lambda now: now.has(Flag.SECURING),
        Guard.TOO_SOON: lambda now: now.too_soon,
        Guard.IN_DOCK: lambda now: now.has(Flag.DOCK_CONTACT),
        Guard.RING_READY: lambda now: now.has(Flag.READY),
        Guard.CAMERA_LOST: lambda now: now.has(Flag.CAMERA_LOST),
        Guard.MUTED: lambda now: now.has(Flag.MUTED),
        Guard.STEALTH: lambda now: now.has(Flag.STEALTH),
        Guard.STORAGE_FULL: lambda now: now.has(Flag.STORAGE_FULL),
        Guard.OVERDUE: lambda now: now.has(Flag.OVERDUE),
        Guard.HOLD_STARTS: lambda now: now.policy.start_by_hold,
        Guard.HOLD_STARTS_FULL: lambda now: now.policy.start_by_hold and now.has(Flag.STORAGE_FULL),
        Guard.MUTE_FORBIDDEN: lambda now: not now.policy.mute_allowed,
        Guard.STEALTH_FORBIDDEN: lambda now: not now.policy.stealth_allowed,
        Guard.DOCK_STOPS: lambda now: now.policy.dock_while_recording == "stop",
    }
)
"""Whether a guard holds in a situation; one entry for each guard."""


@dataclass(frozen=True, slots=True)
class Row:
    """In one of `states`, at `event`, if `guard` holds: the camera goes `to` (None: stays), flags change, `answers` follow.

    `note` says it in the officer's words. A row without answers and changes is an explicit "nothing but the journal".
    """

    states: tuple[State, ...]
    event: Event
    note: str
    guard: Guard = Guard.ALWAYS
    to: State | None = None
    sets: Flag = Flag.NONE
    clears: Flag = Flag.NONE
    answers: tuple[Answer, ...] = ()
