"""One button's presses, counted.

So many inside a window are one gesture, at the last press-down; one that is held is a hold; the rest are single presses.
"""

from dataclasses import dataclass

from bwc_agent.control.gesture import Gesture, GestureKind


@dataclass(slots=True)
class Press:
    """A press-down at `at` (ticks) and what has become of it."""

    at: int
    released: int | None = None
    joined: bool = False
    """Began together with the other button: it is no hold of this one alone any more."""
    told: bool = False
    """Given as a single press already."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`count` press-downs less than `window` ticks after the first are `many`; one of `hold` ticks is `held`; others are `single`."""

    single: GestureKind
    many: GestureKind
    held: GestureKind
    count: int
    window: int
    hold: int


class Taps:
    """Gives each press to at most one gesture, as long as edges come no later than the time that was told before them.

    An edge that does come late, behind a tick that closed its window, still completes `many`: a start must not be lost to
    a queue. The single press that was told before it is not taken back.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._recent: list[Press] = []
        self.held: Press | None = None
        """The press that is down and belongs to no gesture yet."""

    def press(self, at: int) -> list[Gesture]:
        """A press-down at `at`."""
        self.release(at)
        out = self.due(at, lifting=False)
        self._recent = [press for press in self._recent if at - press.at < self._rules.window]
        self.held = Press(at)
        self._recent.append(self.held)
        if len(self._recent) < self._rules.count:
            return out
        edges = tuple(press.at for press in self._recent)
        self._recent, self.held = [], None
        return [*out, Gesture(self._rules.many, edges, at)]

    def release(self, at: int) -> None:
        """The button was let go at `at`; nothing where it was not down, or its press is spent."""
        if self.held is not None:
            self.held.released = at
            self.held = None

    def spend(self) -> None:
        """The press that is down went into a gesture."""
        if self.held is not None:
            self._recent.remove(self.held)
            self.held = None

    def due(self, at: int, lifting: bool) -> list[Gesture]:
        """What time alone decides up to `at`; while `lifting` a hold is in doubt and waits."""
        out = [gesture for press in self._recent for gesture in self._single(press, at)]
        held = self.held
        if held is not None and not held.joined and not lifting and held.at + self._rules.hold <= at:
            self.spend()
            out.append(Gesture(self._rules.held, (held.at,), held.at + self._rules.hold))
        return out

    def _single(self, press: Press, at: int) -> list[Gesture]:
        if press.told or press.released is None:
            return []
        decided = max(press.at + self._rules.window, press.released)
        if decided > at:
            return []
        press.told = True
        return [Gesture(self._rules.single, (press.at,), decided)]
