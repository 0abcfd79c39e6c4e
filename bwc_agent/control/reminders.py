"""When an officer is told again: still recording, still asleep, little battery left. Pure."""

from dataclasses import dataclass

from bwc_agent.control.events import Event
from bwc_agent.control.policy import Policy
from bwc_agent.control.status import Flag, State, Status


@dataclass(frozen=True, slots=True)
class Due:
    """The event to give to the controller, and the exact time it was due (ticks)."""

    at: int
    event: Event


@dataclass(slots=True)
class _Beat:
    """A grid of times from the moment a reason began."""

    event: Event
    reason: object = None
    next: int = 0

    def tick(self, at: int, reason: object, period: int) -> Due | None:
        if reason != self.reason:
            self.reason, self.next = reason, at + period
        if reason is None or at < self.next:
            return None
        due = self.next + (at - self.next) // period * period
        self.next = due + period
        return Due(due, self.event)


class Reminders:
    """Gives what is due, each at most once, on a grid that starts where the reason began; after a long silence only the latest.

    The event itself says "low battery" the first time; this repeats it. Stealth is silent: its time passes, nothing is made up for.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._state = _Beat(Event.REMINDER)
        self._battery = _Beat(Event.BATTERY_LOW)

    def tick(self, at: int, status: Status) -> list[Due]:
        """Call at each input and after each step: `status` has been so since the first call that gave it. `at` in ticks, rising."""
        remembered = status.state if status.state in (State.RECORDING, State.ASLEEP) else None
        period = self._policy.reminder if status.recording else self._policy.sleep_reminder
        feeds_itself = status.state not in (State.DOCKED, State.OFF) and Flag.LOW_BATTERY in status.flags
        beats = (
            self._state.tick(at, remembered, period),
            self._battery.tick(at, Flag.LOW_BATTERY if feeds_itself else None, self._policy.low_battery_repeat),
        )
        return [] if Flag.STEALTH in status.flags else [due for due in beats if due is not None]
