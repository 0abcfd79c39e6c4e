"""When sound was captured: arrival times turned into CLOCK_MONOTONIC, and the microphone's drift held by a slow loop.

A block cannot arrive before it was captured, so the *earliest* arrivals of a few seconds, their lower envelope, tell the
device's time; the rest is jitter. A proportional-integral loop turns the error into a rate, slow enough not to be heard.
"""

from collections import deque

WINDOW = 3.0
"""Seconds of arrivals that the envelope looks at."""
PROPORTIONAL = 0.02
INTEGRAL = 0.0004
LIMIT = 1e-3
"""The rate is never corrected by more than this (1000 ppm)."""


class AudioClock:
    """Pure. `rate` is the microphone's nominal rate in samples a second; times are nanoseconds."""

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
        """A block of `samples` arrived; returns the error in seconds (positive: the output runs late) after this block."""
        if not self._samples:
            self._start = arrival_ns - samples * 1_000_000_000 // self._rate
        self._samples += samples
        self._out += samples * (1.0 + self.correction) / self._rate
        now = (arrival_ns - self._start) / 1e9
        self._remember(now, now - self._out)
        error = self._late[0][1]
        took = samples / self._rate
        if now >= 1.0:
            self._integral += INTEGRAL * error * took
            self.correction = max(-LIMIT, min(LIMIT, PROPORTIONAL * error + self._integral))
        return error

    def _remember(self, now: float, late: float) -> None:
        """A queue whose first entry is the smallest lateness of the window."""
        while self._late and self._late[-1][1] >= late:
            self._late.pop()
        self._late.append((now, late))
        while self._late[0][0] < now - WINDOW:
            self._late.popleft()

    @property
    def start_ns(self) -> int:
        """Capture time of the first sample, as its block's arrival told it."""
        return self._start
