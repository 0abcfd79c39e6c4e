"""The system's clock as a claim of wall time, with what vouches for it."""

import time
from collections.abc import Callable
from pathlib import Path

from hal.clock.sync_state import Kernel, kernel, state
from hal.interfaces import ClockReading


class SystemClock:
    """Wall time of the operating system; `source` says who keeps it. Nothing is opened, and nothing fails.

    The time is taken between two readings of the monotonic clock, and the uncertainty includes how far these lie apart.
    """

    def __init__(
        self,
        now_ns: Callable[[], int],
        root: Path = Path("/"),
        wall_ns: Callable[[], int] = time.time_ns,
        ask: Callable[[], Kernel | None] = kernel,
    ) -> None:
        """`wall_ns` gives nanoseconds since 1970; `ask` gives the kernel's account of its clock."""
        self._now_ns = now_ns
        self._root = root
        self._wall_ns = wall_ns
        self._ask = ask

    def read(self) -> ClockReading:
        """The claim of this moment."""
        before = self._now_ns()
        wall = self._wall_ns()
        width = self._now_ns() - before
        vouched = state(self._ask(), self._root)
        return ClockReading(before + width // 2, wall // 1000, vouched.source, vouched.uncertainty_us + width // 1000 + 1)
