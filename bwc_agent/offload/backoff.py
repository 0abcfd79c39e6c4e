"""How long to wait before the next try, so that a fleet that failed together does not come back together.

Exponential back-off with full jitter, as the AWS Architecture Blog names it ("Exponential Backoff And Jitter", 2015): the wait
is drawn evenly from nought to a ceiling that doubles with each failure. README.md has what it does to a store.
"""

from collections.abc import Callable
from typing import Final

BASE: Final = 1.0
"""Seconds: the ceiling after the first failure."""
CAP: Final = 300.0
"""Seconds: the ceiling never grows past it, so a store that is back is found within five minutes."""
_DOUBLINGS: Final = 32


def ceiling(failures: int, base: float = BASE, cap: float = CAP) -> float:
    """The longest wait in seconds after so many failures one after another, from 1 on."""
    return min(cap, base * 2.0 ** min(failures - 1, _DOUBLINGS))


class Backoff:
    """`draw` gives numbers evenly from 0 to below 1."""

    def __init__(self, draw: Callable[[], float], base: float = BASE, cap: float = CAP) -> None:
        self._draw, self._base, self._cap = draw, base, cap
        self.failures = 0

    def failed(self) -> float:
        """Seconds to wait after one more failure."""
        self.failures += 1
        return self._draw() * ceiling(self.failures, self._base, self._cap)

    def succeeded(self) -> None:
        """Something arrived: the next failure is the first again."""
        self.failures = 0
