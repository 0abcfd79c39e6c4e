"""How many minutes the battery has left, from the best that its gauge gives. Pure: levels and their times in, minutes out.

In this order: the gauge's own time to empty; what is stored over what was drawn in the last minute; the slope of the
percent over the last ten minutes or more. Nothing is said before there is something to say it from, nor while charging.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

MINUTE_NS: Final = 60_000_000_000
SPAN_NS: Final = 10 * MINUTE_NS
"""The least time between the two drops of a percent that give the slope."""
UNKNOWN_S: Final = 65_535 * 60
"""What a smart battery answers where it knows no time (Smart Battery Data Specification 1.1: 65535 minutes)."""


@dataclass(frozen=True, slots=True)
class Level:
    """One poll of a battery; None is what its gauge does not give.

    `empty_s` is the gauge's time to empty in seconds. `stored` and `drawn` are in µWh and µW, or in µAh and µA.
    """

    percent: int
    charging: bool
    empty_s: int | None = None
    stored: int | None = None
    drawn: int | None = None


class MinutesLeft:
    """Levels in, as they are polled, times rising; whole minutes out, rounded down, never negative. Raises nothing."""

    def __init__(self) -> None:
        self._drain = _Drain()
        self._slope = _Slope()

    def add(self, at_ns: int, level: Level) -> int | None:
        """The minutes left at `at_ns`; None while nobody knows. Charging forgets all that came before."""
        if level.charging:
            self._drain, self._slope = _Drain(), _Slope()
            return None
        drain = self._drain.minutes(at_ns, level)
        slope = self._slope.minutes(at_ns, level.percent)
        if level.empty_s is not None and 0 < level.empty_s < UNKNOWN_S:
            return level.empty_s // 60
        best = slope if drain is None else drain
        return None if best is None else int(best)


class _Drain:
    """What is stored over the mean of what was drawn in the last minute; it answers once it has seen a minute."""

    def __init__(self) -> None:
        self._drawn: deque[tuple[int, int]] = deque()

    def minutes(self, at_ns: int, level: Level) -> float | None:
        if level.stored is None or level.drawn is None or level.stored < 0 or level.drawn <= 0:
            return None
        drawn = self._drawn
        drawn.append((at_ns, level.drawn))
        while len(drawn) > 1 and drawn[1][0] <= at_ns - MINUTE_NS:
            drawn.popleft()
        if drawn[0][0] > at_ns - MINUTE_NS:
            return None
        return level.stored * len(drawn) / sum(each for _, each in drawn) * 60


class _Slope:
    """The moments at which the percent dropped: between two of them the drain is exact, however coarse a percent is.

    A percent is taken as its lower end, so that the answer errs by up to one percent's time, to the side of caution.
    """

    def __init__(self) -> None:
        self._drops: deque[tuple[int, int]] = deque()
        self._percent: int | None = None

    def minutes(self, at_ns: int, percent: int) -> float | None:
        self._note(at_ns, percent)
        if len(self._drops) < 2:
            return None
        (first_ns, first), (last_ns, last) = self._drops[0], self._drops[-1]
        if last_ns - first_ns < SPAN_NS:
            return None
        # A next drop that is overdue says that the drain has become slower than the drops told.
        per_ns = min((first - last) / (last_ns - first_ns), (first - last + 1) / (at_ns - first_ns))
        return max(0.0, last / per_ns - (at_ns - last_ns)) / MINUTE_NS

    def _note(self, at_ns: int, percent: int) -> None:
        """Keep the drops of the shortest span that is long enough; a rise makes all of them stale."""
        before, self._percent = self._percent, percent
        if before is not None and percent > before:
            self._drops.clear()
        elif before is not None and percent < before:
            self._drops.append((at_ns, percent))
            while len(self._drops) > 2 and self._drops[1][0] <= at_ns - SPAN_NS:
                self._drops.popleft()
