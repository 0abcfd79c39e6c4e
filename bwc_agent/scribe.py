"""What the core asks of storage in one step: requests as far as the queue has room, lines for journal and log, one `Sync` behind them.

While storage has failed nothing is asked of it; what the next start must say is held in the outage.
"""

from collections.abc import Iterable

from bwc_agent.commands import Command
from bwc_agent.evidence.requests import Fields, JournalLine, LogLine, Request
from bwc_agent.footage import Footage
from bwc_agent.outage import Outage
from bwc_agent.unanswered import Line, Unanswered


class Scribe:
    """Collects the commands of one step, those to the world too, in their order; `taken` hands them out."""

    def __init__(self, footage: Footage, began: int, at: int) -> None:
        """`began`: when the process began, `at`: the first line of the journal (ticks)."""
        self.out: list[Command] = []
        self.outage: Outage | None = None
        """While storage has failed: what waits for the next start."""
        self.unanswered = Unanswered(at)
        self.securing = False
        """The next `Sync` secures the recording in hand."""
        self._footage = footage
        self._began = began
        self._reached: set[str] = set()
        self._asked = False
        self._secures: int | None = None

    def taken(self) -> list[Command]:
        """The commands of this step."""
        if self._asked:
            sync = self._footage.backlog.sync()
            self.out.append(sync)
            self._asked = False
            if self.securing:
                self._secures, self.securing = sync.ticket, False
        out, self.out = self.out, []
        return out

    def answered(self, ticket: int) -> bool:
        """Storage kept everything up to `ticket`; True where that secures the recording that was to be."""
        backlog = self._footage.backlog
        backlog.settle(ticket)
        self.unanswered.answered(ticket, None if backlog.kept is None else backlog.kept.newest)
        if self._secures is None or ticket < self._secures:
            return False
        self._secures = None
        return True

    def ask(self, requests: Iterable[Request], counted: bool = True) -> None:
        """Requests to storage, as far as its queue has room.

        What is not `counted` goes whatever the queue holds: the ring has it in memory all the same.
        """
        if self.outage is not None:
            self.outage.hold(requests)
            return
        admitted = self._footage.backlog.admit(requests, counted)
        self._asked = self._asked or bool(admitted)
        self.out += admitted

    def say(self, *lines: Line) -> None:
        """Lines for the journal, or for the recording in hand, if there is one; said again where storage fails before it answers."""
        take, backlog = self._footage.take, self._footage.backlog
        for line in lines:
            if self.outage is None and isinstance(line, JournalLine):
                self.unanswered.add(backlog.next_ticket, 0, line)
            elif self.outage is None and take is not None:
                self.unanswered.add(backlog.next_ticket, take.number, line)
            elif self.outage is None:
                continue
            self.ask([line])

    def journal(self, kind: str, at: int, fields: Fields) -> None:
        """A line for the journal."""
        self.say(JournalLine(at, kind, fields))

    def log(self, kind: str, at: int, fields: Fields) -> None:
        """A line for the log of the recording in hand, if there is one."""
        self.say(LogLine(at, kind, fields))

    def both(self, kind: str, at: int, fields: Fields) -> None:
        """The same line for log and journal."""
        self.log(kind, at, fields)
        self.journal(kind, at, fields)

    def reached(self, what: str, at: int) -> None:
        """A start came so far: journalled once, with the ticks since the process began."""
        if what not in self._reached:
            self._reached.add(what)
            self.journal("reached", at, {"since": at - self._began, "what": what})

    def failed(self, outage: Outage) -> None:
        """Nothing that was asked for is answered any more."""
        self.outage, self._secures = outage, None
        self.securing = self._asked = False
