"""Storage of a live start: the one writer, whose answers come back through the stream like any other input.

A disk that hangs must not hold the core up, not even while another start is begun on it: that has a thread of its own.
"""

import threading
from contextlib import suppress

from bwc_agent.control.inputs import Reopened, Source, Space, Synced
from bwc_agent.errors import BwcError, StorageError
from bwc_agent.evidence.requests import Request
from bwc_agent.live.inputs import lost
from bwc_agent.live.stream import Stream
from bwc_agent.storage.starts import SPACE_EVERY, Start, Starts, free_bytes
from bwc_agent.storage.writer import Writer


class LiveStorage:
    """bwc_agent.agent.Storage. After a failure requests are refused unheard until another start has begun."""

    def __init__(self, starts: Starts, at: int, stream: Stream) -> None:
        """Begins the first start. Raises StorageError, IntegrityError."""
        self._starts, self._stream = starts, stream
        self.start: Start = starts.begin(at)
        self._space_at = at
        self._writer = Writer(self.start.filing, self._answered)

    def submit(self, request: Request) -> None:
        """Queue a request; never waits, never raises: the core hears of a failure through the stream."""
        with suppress(StorageError):
            self._writer.submit(request)

    def reopen(self, at: int) -> None:
        """Begin another start, on its own thread."""
        threading.Thread(target=self._begin, args=(at,), name="reopen", daemon=True).start()

    def _begin(self, at: int) -> None:
        before = self.start
        try:
            self.start = self._starts.again(before, at)
            self._writer = Writer(self.start.filing, self._answered)
        except Exception as error:  # whatever it is, the core must hear of it: it waits for an answer, and would try no more
            why = str(error) if isinstance(error, BwcError) else f"{type(error).__name__}: {error}; report this as a bug"
            self._stream.give(lost(self._stream.now(), Source.STORAGE, why))
            return
        self._stream.give(Reopened(self._stream.now(), self.start.device.start, before.device.start))

    @property
    def failure(self) -> StorageError | None:
        """Why the disk failed, while it has."""
        return self._writer.failure

    def _answered(self, ticket: int) -> None:
        at = self._stream.now()
        if self._writer.failure is not None:
            self._stream.give(lost(at, Source.STORAGE, str(self._writer.failure)))
            return
        self._stream.give(Synced(at, ticket))
        if at >= self._space_at:
            self._space_at = at + SPACE_EVERY
            with suppress(StorageError):  # a card that cannot be asked will fail a write soon enough
                self._stream.give(Space(at, free_bytes(self._starts.vault)))

    def close(self) -> None:
        """Everything asked for is durable, the journal is signed and closed. Raises StorageError."""
        self._writer.close()

    def cut(self) -> None:
        """Stop without signing what is not done yet."""
        self._writer.cut()
