"""Parts of the device that say nothing by themselves: looked at again and again by the thread that reads them."""

from collections.abc import Callable, Iterator
from threading import Event
from typing import Final, TypeVar

from hal.errors import HardwareError

PATIENCE: Final = 10
"""Polls in a row that may fail before it is an error."""

Seen = TypeVar("Seen")


class Polls:
    """The polls of one part, each `every_s` seconds, the first one at once; `begin` and `end` may come again and again.

    `wait` waits seconds for an event and says whether it came. `failures` are what a poll may raise and be waited out for.
    """

    def __init__(
        self, part: str, every_s: float, wait: Callable[[Event, float], bool], failures: tuple[type[Exception], ...] = (OSError,)
    ) -> None:
        self._part = part
        self._every_s = every_s
        self._wait = wait
        self._failures = failures
        self._faults = 0
        self._pause_s = 0.0
        self._ended: Event | None = None

    def begin(self) -> None:
        """From now on."""
        self._faults = 0
        self._pause_s = 0.0
        self._ended = Event()

    def end(self) -> None:
        """No more; a poll that is waited for does not come. From any thread."""
        if self._ended is not None:
            self._ended.set()

    def each(self) -> Iterator[None]:
        """One for each poll, when it is due, up to the end. Raises HardwareError where it was never begun."""
        ended = self._ended
        if ended is None:
            raise HardwareError(self._part, "it is closed: open it first")
        while not self._wait(ended, self._pause_s):
            self._pause_s = self._every_s
            yield

    def tried(self, look: Callable[[], Seen], what: str, mend: str) -> Seen | None:
        """What `look` sees; None where it fails, and HardwareError for the `PATIENCE`th failure in a row."""
        try:
            seen = look()
        except self._failures as error:
            self._faults += 1
            if self._faults < PATIENCE:
                return None
            self._faults = 0
            raise HardwareError(self._part, f"{what} cannot be read: {error}: {mend}") from error
        self._faults = 0
        return seen
