"""The simulator's card, but at its slowest: it does everything at the last moment before it answers, as one batch.

So each system call has one simulated time, a run repeats exactly, and what a cut costs is measured at its worst.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.requests import AddFragment, CloseRecording, LogLine, OpenRecording, Request, Sync
from bwc_agent.packets import Packet
from bwc_agent.storage.filing import Filing
from simulator import run, storage
from simulator.stream import Stream


@dataclass
class Asked:
    """What the core asked to be kept of one recording, and the time at which it learned that it is secured."""

    packets: list[Packet] = field(default_factory=list)
    secured: int | None = None
    closed: bool = False


@dataclass
class Ledger:
    """What the core of each start asked of storage. `start` is the one that runs, `now` the ticks of its clock."""

    start: int = -1
    stream: Stream | None = None
    asked: dict[RecordingName, Asked] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """0 before anything runs."""
        return 0 if self.stream is None else self.stream.now


class Gathering:
    """`storage.writer.Writer` without a thread: requests gather until `perform` does them all and syncs once."""

    def __init__(self, filing: Filing, done: Callable[[int], None], ledger: Ledger) -> None:
        self._filing, self._done, self._ledger = filing, done, ledger
        self._waiting: list[Request] = []
        self._in_hand = Asked()
        self.failure: StorageError | None = None

    def submit(self, request: Request) -> None:
        """Queue, and note."""
        self._waiting.append(request)
        match request:
            case OpenRecording():
                self._in_hand = self._ledger.asked[RecordingName(self._ledger.start, request.recording)] = Asked()
            case AddFragment():
                self._in_hand.packets += request.packets
            case LogLine(kind="secured"):
                self._in_hand.secured = self._ledger.now
            case CloseRecording():
                self._in_hand.closed = True

    def perform(self) -> None:
        """Do what has gathered, as the writer's thread would as one batch."""
        batch, self._waiting = self._waiting, []
        tickets = [request.ticket for request in batch if isinstance(request, Sync)]
        self._do(batch)
        if tickets:
            self._filing.sync()
            self._done(tickets[-1])

    def _do(self, batch: list[Request]) -> None:
        for request in batch:
            if not isinstance(request, Sync):
                self._filing.perform(request)

    def close(self) -> None:
        """An orderly end."""
        self.perform()
        self._filing.close()

    def cut(self) -> None:
        """The process is killed amid a batch: what it had written is the kernel's, and nobody has synced it."""
        self._do(self._waiting)
        self._filing.abandon()


class LastMoment(storage.SimulatedStorage):
    """Performs what has gathered when the answer to a `Sync` is due."""

    def _answer(self, ticket: int) -> Callable[[int], Any]:
        told = super()._answer(ticket)

        def answer(now: int) -> Any:
            assert isinstance(self._writer, Gathering)
            self._writer.perform()
            return told(now)

        return answer


@contextmanager
def at_the_last_moment(ledger: Ledger) -> Iterator[None]:
    """Inside, simulations run on such a card, a start in each."""

    def card(stream: Stream, *rest: Any) -> LastMoment:
        ledger.start, ledger.stream = ledger.start + 1, stream
        return LastMoment(stream, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "Writer", partial(Gathering, ledger=ledger))
        patch.setattr(run, "SimulatedStorage", card)
        yield
