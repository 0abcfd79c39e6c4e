"""Storage under simulation: the real writer on the real disk, answering at a simulated time.

The answer to a `Sync` is due after a latency and the bytes at the card's speed; when it is due, the stream waits until
the disk has really done it. So decisions repeat exactly, and no answer is ever a lie. The card's size is simulated.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from bwc_agent.control.inputs import Held, Reopened, Source, SourceChange, Space, Synced
from bwc_agent.errors import BwcError, StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.requests import Request, Sync, weight
from bwc_agent.storage.held_back import COUNT_EVERY, COUNT_FIRST, Holdings
from bwc_agent.storage.starts import SPACE_EVERY, Start, Starts
from bwc_agent.storage.writer import Writer
from bwc_agent.units import TICKS
from simulator.scenario import World
from simulator.stream import Stream


class SimulatedStorage:
    """A card with the speed, latency and size that `world` says. `stall(until)` holds it up."""

    def __init__(self, stream: Stream, starts: Starts, world: World) -> None:
        """Begins the first start. Raises StorageError, IntegrityError."""
        self._stream, self._starts = stream, starts
        self._latency, self._speed, self._size = world.latency.storage, world.storage.speed, world.storage.size
        self._changed = threading.Condition()
        self._busy_until = 0
        self._bytes = self._done = 0
        self._told = False
        self.start: Start = starts.begin(0)
        self._writer = Writer(self.start.filing, self._answered)
        stream.plan(0, self._space)
        self._holdings, self._first = Holdings(starts.vault), self.start.device.start
        stream.plan(COUNT_FIRST, self._held)

    def submit(self, request: Request) -> None:
        """Hand the request to the real writer, and plan the simulated answer of a `Sync`."""
        with suppress(StorageError):
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

    def _answer(self, ticket: int) -> Callable[[int], Synced | SourceChange | None]:
        writer = self._writer

        def answer(now: int) -> Synced | SourceChange | None:
            with self._changed:
                self._changed.wait_for(lambda: self._done >= ticket or writer.failure is not None)
            if self._done >= ticket:
                return Synced(now, ticket)
            if self._told:
                return None
            self._told = True
            return SourceChange(now, Source.STORAGE, True, str(writer.failure))

        return answer

    def reopen(self, at: int) -> None:
        """Begin another start, as soon as the card has done what it was at."""

        def begun(now: int) -> Reopened | SourceChange:
            before = self.start
            try:
                self.start = self._starts.again(before, at)
            except BwcError as error:
                return SourceChange(now, Source.STORAGE, True, str(error))
            self._writer, self._told = Writer(self.start.filing, self._answered), False
            return Reopened(now, self.start.device.start, before.device.start)

        self._stream.plan(max(self._busy_until, self._stream.now) + self._latency, begun)

    def _space(self, now: int) -> Space:
        self._stream.plan(now + SPACE_EVERY, self._space)
        return Space(now, max(0, self._size - _used(self._starts.vault)))

    def _held(self, now: int) -> Held:
        """As a live start counts what has no receipt."""
        self._stream.plan(now + COUNT_EVERY, self._held)
        found = self._holdings.look(self.start.device.start)
        return Held(now, found.recordings, found.bytes, found.tick(self._first), found.utc_us)

    def _answered(self, ticket: int) -> None:
        with self._changed:
            self._done = max(self._done, ticket)
            self._changed.notify_all()

    @property
    def failure(self) -> StorageError | None:
        """Why the real disk failed, while it has."""
        return self._writer.failure

    def close(self) -> None:
        """Everything asked for is on disk, the journal is closed. Raises StorageError."""
        self._writer.close()

    def cut(self) -> None:
        """The power is gone: what was not done is lost."""
        self._writer.cut()


def _used(vault: Vault) -> int:
    used = 0
    for path in vault.root.rglob("*"):
        with suppress(OSError):  # it may be renamed or released just now
            used += path.stat().st_size
    return used
