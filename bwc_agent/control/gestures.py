"""From raw edges to gestures: pure, and the only place where a button's time is judged.

A double press is decided by its second press-down, a triple press by its third, a hold by the clock. A single
press must wait until its window has passed, and, if it is still down then, until it is let go. Both buttons down within `both_window`
are held together: neither is a hold of its own any more, even if one of them is let go early, because an
officer who tried to sleep must not stop a recording by a slip of the finger.
"""

from bwc_agent.control.contact import Contact
from bwc_agent.control.gesture import Gesture, GestureKind
from bwc_agent.control.inputs import ButtonEdge
from bwc_agent.control.policy import Policy
from bwc_agent.control.taps import Rules, Taps
from hal.interfaces import Button

__all__ = ["Gesture", "GestureKind", "Gestures"]


class Gestures:
    """Edges and time in, gestures out, in the order of their decision within one call.

    Edges come with rising `at`; one may come after a tick with a later `at`. An edge that lies before its predecessor is
    taken as if it came with it. Raises nothing.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._contacts = {button: Contact(policy.debounce) for button in Button}
        self._event = Taps(Rules(GestureKind.PRESS, GestureKind.DOUBLE_PRESS, GestureKind.HOLD, 2, policy.double_press_window, policy.hold))
        function = GestureKind.FUNCTION_PRESS, GestureKind.FUNCTION_TRIPLE, GestureKind.FUNCTION_HOLD
        self._function = Taps(Rules(*function, 3, policy.triple_window, policy.mute_hold))
        power = GestureKind.POWER_PRESS, GestureKind.POWER_PRESS, GestureKind.POWER_HOLD
        self._power = Taps(Rules(*power, 2, policy.double_press_window, policy.power_hold))
        self._taps = {Button.EVENT: self._event, Button.FUNCTION: self._function, Button.POWER: self._power}
        self._now: int | None = None
        self._last_edge: int | None = None

    def edge(self, edge: ButtonEdge) -> list[Gesture]:
        """Take a raw edge, bounce included; what was due before it comes first."""
        at = edge.at if self._last_edge is None else max(edge.at, self._last_edge)
        self._last_edge = at
        self._now = at if self._now is None else max(at, self._now)
        self._settle(at)
        out = self._due(at)
        if self._contacts[edge.button].edge(at, edge.pressed):
            out += self._taps[edge.button].press(at)
            self._join()
        return _in_order(out + self._due(self._now))

    def tick(self, at: int) -> list[Gesture]:
        """Time went on to `at` (ticks); a time before the latest is taken as the latest."""
        self._now = at if self._now is None else max(at, self._now)
        # A driver's edge may reach us a little behind a tick: the levels are judged with that delay.
        self._settle(self._now - self._policy.debounce)
        return _in_order(self._due(self._now))

    def _settle(self, at: int) -> None:
        for button, contact in self._contacts.items():
            released = contact.settle(at)
            if released is not None:
                self._taps[button].release(released)

    def _join(self) -> None:
        event, function = self._event.held, self._function.held
        if event is None or function is None or any(contact.lifting for contact in self._contacts.values()):
            return
        if abs(event.at - function.at) < self._policy.both_window:
            event.joined = function.joined = True

    def _due(self, at: int) -> list[Gesture]:
        out = self._both(at)
        for button, taps in self._taps.items():
            out += taps.due(at, self._contacts[button].lifting)
        return out

    def _both(self, at: int) -> list[Gesture]:
        event, function = self._event.held, self._function.held
        if event is None or function is None or not (event.joined and function.joined):
            return []
        decided = max(event.at, function.at) + self._policy.sleep_hold
        if decided > at or any(contact.lifting for contact in self._contacts.values()):
            return []
        self._event.spend()
        self._function.spend()
        return [Gesture(GestureKind.BOTH_HOLD, (min(event.at, function.at), max(event.at, function.at)), decided)]


def _in_order(gestures: list[Gesture]) -> list[Gesture]:
    return sorted(gestures, key=lambda gesture: gesture.decided)
