"""The one writer: a thread that performs requests in order, so that slow storage never holds the core up.

The queue's bound in bytes is kept by the core (`Backlog`), which knows what it asked for and what was answered; here
requests wait in arrival order, and whatever has gathered is synced and signed once, as one batch.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from bwc_agent.errors import StorageError
from bwc_agent.evidence.requests import Request, Sync
from bwc_agent.storage.filing import Filing

PATIENCE: Final = 30.0
"""Seconds that the end waits for a card that does not answer: whoever switched the camera off must not find it on for ever."""


class Writer:
    """Performs requests on its own thread and calls `done(ticket)` there when a `Sync` is durable."""

    def __init__(self, filing: Filing, done: Callable[[int], None]) -> None:
        self._filing = filing
        self._done = done
        self._queue: deque[Request] = deque()
        self._ending = self._hangs = False
        self._arrived = threading.Condition()
        self._failure: StorageError | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> None:
        """Queue a request; never waits. Raises StorageError once the writer has failed."""
        if self._failure is not None:
            raise self._failure
        with self._arrived:
            self._queue.append(request)
            self._arrived.notify()

    def close(self) -> None:
        """Wait until all is performed, then sign and close the journal. Raises StorageError, also for a card that hangs."""
        self._finish(cut=False)
        if self._failure is not None:
            raise self._failure
        self._filing.close()

    def cut(self) -> None:
        """Stop as a power cut would: what is queued is lost, nothing more is signed. Raises StorageError for a card that hangs."""
        self._finish(cut=True)
        self._filing.abandon()

    @property
    def failure(self) -> StorageError | None:
        """Why the writer stopped, if it did."""
        return self._failure

    def _finish(self, cut: bool) -> None:
        with self._arrived:
            if cut:
                self._queue.clear()
            self._ending = True
            self._arrived.notify()
        self._thread.join(0.0 if self._hangs else PATIENCE)
        self._hangs = self._thread.is_alive()
        if self._hangs:
            raise StorageError("the card hangs: what it was given last may be lost; keep it as it is, and use another")

    def _run(self) -> None:
        try:
            while batch := self._take():
                self._perform(batch)
        except StorageError as error:
            self._fail(error)
        except Exception as error:  # a writer that dies of anything else unheard would lose all that follows
            self._fail(StorageError(f"the writer failed: {type(error).__name__}: {error}; report this as a bug"))

    def _fail(self, error: StorageError) -> None:
        self._failure = error
        self._done(-1)

    def _take(self) -> list[Request]:
        """All requests that wait; an empty list ends the thread."""
        with self._arrived:
            while not self._queue and not self._ending:
                self._arrived.wait()
            batch = list(self._queue)
            self._queue.clear()
            return batch

    def _perform(self, batch: list[Request]) -> None:
        tickets = [r.ticket for r in batch if isinstance(r, Sync)]
        for request in batch:
            if not isinstance(request, Sync):
                self._filing.perform(request)
        if tickets:
            self._filing.sync()
        for ticket in tickets:
            self._done(ticket)
