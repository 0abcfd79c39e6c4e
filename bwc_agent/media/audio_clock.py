"""When sound was captured: arrival times turned into CLOCK_MONOTONIC, and the microphone's drift held by a slow loop.

A block cannot arrive before it was captured, so the *earliest* arrivals of a few seconds, their lower envelope, tell the
device's time; the rest is jitter. A proportional-integral loop turns the error into a rate, slow enough not to be heard.
"""

from collections import deque
from typing import Final

NS: Final = 1_000_000_000
SETTLE: Final = 0.15
"""Seconds of arrivals that fix the start: the first block alone may come late by all its jitter."""
WINDOW: Final = 3.0
"""Seconds of arrivals that the envelope looks at."""
PROPORTIONAL: Final = 0.02
INTEGRAL: Final = 0.0004
LIMIT: Final = 1e-3
"""The rate is never corrected by more than this (1000 ppm)."""


class AudioClock:
    """Holds sound within 10 ms of its capture for a clock up to 300 ppm off and arrivals up to 30 ms late.

    Pure. `rate` is the microphone's nominal rate in samples a second; times are nanoseconds of CLOCK_MONOTONIC.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._late: deque[tuple[float, float]] = deque()
        self._samples = 0
        self._start = 0
        self._out = 0.0
        self._integral = 0.0
        self.correction = 0.0
        """Output samples per input sample, less 1: positive when the microphone is slow."""

    def block(self, arrival_ns: int, samples: int) -> float:
        """A block of `samples` arrived; returns the error in seconds (positive: the output runs ahead of the capture).

        While the clock settles the error is 0: what is learnt moves the start instead.
        """
        settling, took = not self.settled, samples / self._rate
        self._samples += samples
        self._out += took * (1.0 + self.correction)
        if settling:
            earliest = arrival_ns - self._samples * NS // self._rate
            self._start = earliest if self._samples == samples else min(self._start, earliest)
            return 0.0
        now = (arrival_ns - self._start) / NS
        self._remember(now, now - self._out)
        late = self._late[0][1]
        self._integral += INTEGRAL * late * took
        self.correction = max(-LIMIT, min(LIMIT, PROPORTIONAL * late + self._integral))
        return -late

    def _remember(self, now: float, late: float) -> None:
        """A queue whose first entry is the smallest lateness of the window."""
        while self._late and self._late[-1][1] >= late:
            self._late.pop()
        self._late.append((now, late))
        while self._late[0][0] < now - WINDOW:
            self._late.popleft()

    @property
    def sure(self) -> bool:
        """Whether a whole window of arrivals was seen since the start was fixed: fewer may all have been late."""
        return self._samples >= (SETTLE + WINDOW) * self._rate

    @property
    def settled(self) -> bool:
        """Whether `start_ns` is final."""
        return self._samples >= SETTLE * self._rate

    @property
    def start_ns(self) -> int:
        """Capture time of the first sample, as the earliest arrivals tell it."""
        return self._start
