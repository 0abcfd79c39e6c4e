"""Storage under simulation: the real writer on the real disk, answering at a simulated time.

The answer to a `Sync` is due after a latency and the bytes at the card's speed; when it is due, the stream waits until
the disk has really done it. So decisions repeat exactly, and no answer is ever a lie.
"""

import threading
from collections.abc import Callable

from bwc_agent.control.inputs import Synced
from bwc_agent.errors import StorageError
from bwc_agent.evidence.requests import Request, Sync, weight
from bwc_agent.storage.filing import Filing
from bwc_agent.storage.writer import Writer
from bwc_agent.units import TICKS
from simulator.stream import Stream


class SimulatedStorage:
    """A card of `speed` bytes a second that answers `latency` ticks after it is done. `stall(until)` holds it up."""

    def __init__(self, stream: Stream, filing: Filing, latency: int, speed: int) -> None:
        self._stream = stream
        self._latency = latency
        self._speed = speed
        self._done = 0
        self._changed = threading.Condition()
        self._writer = Writer(filing, self._answered)
        self._busy_until = 0
        self._bytes = 0

    def submit(self, request: Request) -> None:
        """Hand the request to the real writer, and plan the simulated answer of a `Sync`."""
        self._writer.submit(request)
        self._bytes += weight(request)
        if isinstance(request, Sync):
            took = self._bytes * TICKS // self._speed
            self._busy_until = max(self._busy_until, self._stream.now) + took
            self._bytes = 0
            self._stream.plan(self._busy_until + self._latency, self._answer(request.ticket))

    def stall(self, until: int) -> None:
        """The card does nothing until then."""
        self._busy_until = max(self._busy_until, until)

    def _answer(self, ticket: int) -> Callable[[int], Synced]:
        def answer(now: int) -> Synced:
            with self._changed:
                self._changed.wait_for(lambda: self._done >= ticket or self._writer.failure is not None)
            if self._writer.failure is not None:
                raise self._writer.failure
            return Synced(now, ticket)

        return answer

    def _answered(self, ticket: int) -> None:
        with self._changed:
            self._done = max(self._done, ticket)
            self._changed.notify_all()

    @property
    def failure(self) -> StorageError | None:
        """Why the real disk failed, if it did."""
        return self._writer.failure

    def close(self) -> None:
        """Everything asked for is on disk, the journal is closed. Raises StorageError."""
        self._writer.close()

    def cut(self) -> None:
        """The power is gone: what was not done is lost."""
        self._writer.cut()
