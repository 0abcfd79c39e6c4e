"""What waits while storage has failed: lines for the next journal, and recordings that the next start owes.

A file whose write or sync failed is never written again (nobody knows what the card has of it), and a start has one
journal; so a failed disk ends the *start*, not the recorder. The ring goes on holding what is seen, and once the disk
answers, a new start takes over: its journal begins where the old one failed, and what was being recorded goes on from
the ring. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bwc_agent.evidence.requests import Fields, JournalLine, LogLine, Note, Request
from bwc_agent.take import Trigger

HELD: Final = 10_000
"""Lines that are kept for the next journal; about ten hours of a quiet device."""
ALWAYS: Final = ("event", "state", "fault", "ledger", "off")
"""Kinds that are kept beyond that: people cause them, and where time went must add up."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A recording that a failure of storage broke off: its number in that start, its cause, and up to where it is on storage.

    `kept` is the newest capture time (ticks) that storage acknowledged, None where it acknowledged nothing; `first` the oldest in it.
    """

    number: int
    trigger: Trigger
    first: int
    kept: int | None
    stop: Trigger | None


@dataclass(slots=True)
class Owed:
    """A recording that waits: begun by `cause`, or going on from `broken`, `muted` already; `stop` where that is decided."""

    cause: Trigger
    broken: Broken | None = None
    stop: Trigger | None = None
    muted: bool = False
    lines: list[LogLine | Note] = field(default_factory=list)


class Outage:
    """From the failure at `since` (ticks), up to which a `state` line with the fields `stated` holds, to the next start."""

    def __init__(self, since: int, stated: Fields, owed: list[Owed]) -> None:
        self.since, self.stated, self.owed = since, stated, owed
        self.forget = False
        """Camera and microphone were closed meanwhile: what is owed is written, and then the ring forgotten."""
        self._lines: list[JournalLine] = []
        self._lost = 0

    def hold(self, requests: Iterable[Request]) -> None:
        """Keep what the next journal, and the recording that goes on, have to say; a log's line says it to the one in hand."""
        for request in requests:
            if isinstance(request, JournalLine):
                self._hold(request)
            elif isinstance(request, LogLine | Note) and self.open is not None:
                self.open.lines.append(request)

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

    def lines(self) -> list[JournalLine]:
        """What the next journal takes over, oldest first; how many were too many is said behind them."""
        lost = [JournalLine(self._lines[-1].at, "unheld", {"lines": self._lost})] if self._lost else []
        return [*self._lines, *lost]
