"""Storage of a live start: the one writer, whose answers come back through the stream like any other input."""

from bwc_agent.control.inputs import Source, Synced
from bwc_agent.errors import StorageError
from bwc_agent.evidence.requests import Request
from bwc_agent.live.inputs import lost
from bwc_agent.live.stream import Stream
from bwc_agent.storage.filing import Filing
from bwc_agent.storage.writer import Writer


class LiveStorage:
    """bwc_agent.agent.Storage. Once the disk has failed, requests are refused unheard: the start is told, and ends."""

    def __init__(self, filing: Filing, stream: Stream) -> None:
        self._stream = stream
        self._writer = Writer(filing, self._answered)

    def submit(self, request: Request) -> None:
        """Queue a request; never waits, never raises: the core hears of a failure through the stream."""
        if self._writer.failure is None:
            try:
                self._writer.submit(request)
            except StorageError:
                return  # it failed in between, and has told so

    @property
    def failure(self) -> StorageError | None:
        """Why the disk failed, if it did."""
        return self._writer.failure

    def _answered(self, ticket: int) -> None:
        at = self._stream.now()
        if self._writer.failure is None:
            self._stream.give(Synced(at, ticket))
        else:
            self._stream.give(lost(at, Source.STORAGE, str(self._writer.failure)))

    def close(self) -> None:
        """Everything asked for is durable, the journal is signed and closed. Raises StorageError."""
        self._writer.close()

    def cut(self) -> None:
        """Stop without signing what is not done yet."""
        self._writer.cut()
