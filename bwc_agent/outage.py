"""What waits while storage has failed: lines for the next journal, and recordings that the next start owes.

A file whose write or sync failed is never written again (nobody knows what the card has of it), and a start has one
journal; so a failed disk ends the *start*, not the recorder. The ring goes on holding what is seen, and once the disk
answers, a new start takes over: its journal begins where the failed one was last acknowledged, says again what was not, and
what was being recorded goes on from the ring. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bwc_agent.evidence.requests import Fields, JournalLine, LogLine, Note, Request
from bwc_agent.packets import Packet
from bwc_agent.take import TAIL, Broken, Trigger

HELD: Final = 10_000
"""Lines that are kept for the next journal; about ten hours of a quiet device."""
ALWAYS: Final = ("event", "state", "fault")
"""Kinds that are kept beyond that: people cause them, and where time went must add up."""


@dataclass(slots=True)
class Owed:
    """A recording that waits: begun by `cause`, with footage from `since` (ticks) on, and going on from `broken` where an earlier
    start was asked for it; `stop` where that is decided. `packets` and `lines` are for it; `full` where there was room for no more packets.
    """

    cause: Trigger
    since: int
    broken: Broken | None = None
    stop: Trigger | None = None
    lines: list[LogLine | Note] = field(default_factory=list)
    packets: list[Packet] = field(default_factory=list)
    full: bool = False

    def takes(self, at: int) -> bool:
        """What is of `at` (ticks) belongs to it."""
        return self.stop is None or at <= self.stop.decided


class Outage:
    """From `since` (ticks), up to which storage had acknowledged a journal whose last `state` line had the fields `stated`."""

    def __init__(self, since: int, stated: Fields, owed: list[Owed]) -> None:
        self.since, self.stated, self.owed = since, stated, owed
        self._lines: list[JournalLine] = []
        self._lost = 0

    def hold(self, requests: Iterable[Request]) -> None:
        """Keep what the next journal, and the recording that goes on, have to say; a log's line says it to the one in hand."""
        for request in requests:
            if isinstance(request, JournalLine):
                self._hold(request)
            elif isinstance(request, LogLine | Note) and self.owed and self.owed[-1].takes(request.at):
                self.owed[-1].lines.append(request)

    def _hold(self, line: JournalLine) -> None:
        if len(self._lines) < HELD or line.kind in ALWAYS:
            self._lines.append(line)
        else:
            self._lost += 1

    @property
    def open(self) -> Owed | None:
        """The recording that is to go on, if its stop is not decided."""
        return self.owed[-1] if self.owed and self.owed[-1].stop is None else None

    def stop(self, cause: Trigger) -> None:
        """The one in hand is to end here."""
        if self.open is not None:
            self.open.stop = cause

    def tails_over(self, now: int) -> bool:
        """No recording that was stopped waits for what its parts still have of it."""
        return all(owed.takes(now - TAIL) is (owed.stop is None) for owed in self.owed)

    def lines(self) -> list[JournalLine]:
        """What the next journal takes over, oldest first; how many were too many is said behind them."""
        lost = [JournalLine(self._lines[-1].at, "unheld", {"lines": self._lost})] if self._lost else []
        return [*self._lines, *lost]
