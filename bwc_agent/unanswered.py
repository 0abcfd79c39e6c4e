"""Lines that storage was asked to keep and has not answered for: where it fails before it does, the next start says them again.

What is seen waits in the ring; what is said (a marker, a mute, an event and its state) would be nowhere else. Pure.
"""

from collections import deque
from collections.abc import Mapping

from bwc_agent.evidence.requests import Fields, JournalLine, LogLine, Note

Line = JournalLine | LogLine | Note
LAST = ("ledger", "off")
"""Kinds that close a journal: they are said anew by the one that is really closed."""


class Unanswered:
    """`since` is the time (ticks) up to which storage has acknowledged, `stated` what the last `state` line there says."""

    def __init__(self, at: int) -> None:
        self.since = at
        self.stated: Fields = {}
        self._lines: deque[tuple[int, int, Line]] = deque()
        self._mutes: dict[int, LogLine] = {}

    def add(self, ticket: int, recording: int, line: Line) -> None:
        """`line`, which the answer to `ticket` acknowledges; of the log of `recording` where it is not of the journal."""
        self._lines.append((ticket, recording, line))

    def answered(self, ticket: int, newest: int | None) -> None:
        """Storage has kept everything up to `ticket`; `newest` is the capture time of what was recorded (ticks), if something was."""
        self.since = self.since if newest is None else max(self.since, newest)
        while self._lines and self._lines[0][0] <= ticket:
            _, recording, line = self._lines.popleft()
            if isinstance(line, JournalLine):
                self.since = max(self.since, line.at)
                self.stated = line.fields if line.kind == "state" else self.stated
            elif isinstance(line, LogLine) and line.kind == "mute":
                self._mutes[recording] = line

    def failed(self) -> tuple[list[JournalLine], Mapping[int, list[LogLine | Note]]]:
        """Storage will not answer any more: what the next journal must say, and the log of each recording that goes on.

        A mute that still held is said again, too. No `state` line counts from before `since`.
        """
        journal: list[JournalLine] = []
        logs: dict[int, list[LogLine | Note]] = {n: [line] for n, line in self._mutes.items() if line.fields["on"]}
        for _, recording, line in self._lines:
            if not isinstance(line, JournalLine):
                logs.setdefault(recording, []).append(line)
            elif line.kind not in LAST:
                at = max(line.at, self.since) if line.kind == "state" else line.at
                journal.append(JournalLine(at, line.kind, line.fields))
        self._lines.clear()
        self._mutes.clear()
        return journal, logs
