"""Which messages are asked in a pass: each once, and again when something changed that its answer hangs on.

The inbox is filled by whoever holds the network. A pass therefore takes at most `MOST` names, and the next goes on behind
them: however many there are, each has its turn, and neither time nor memory grows with what somebody puts there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.storage.changes import Stamp, newest_start, stamp
from bwc_agent.storage.inbox import Inbox, Look
from bwc_agent.storage.messages import Answer, Clerk
from bwc_agent.storage.trust import Trust

MOST: Final = 4096
"""Names that are looked at in one pass."""
REMEMBERED: Final = 4 * MOST
"""Answers that are remembered; whoever has more messages than that lying there is told some again."""
LONGEST: Final = 64
"""Passes between two tries of what the card refused; before that 1, 2, 4, ..."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A message that was answered: how it looked under which trust, since when its recording waits, when it is tried again."""

    look: Look
    trusted: int
    answer: Answer
    since: Stamp | None
    tries: int
    again: int

    @property
    def failed(self) -> bool:
        return isinstance(self.answer.outcome, StorageError)


class Rounds:
    """Passes over one inbox, by one custodian."""

    def __init__(self, vault: Vault, most: int = MOST, remembered: int = REMEMBERED) -> None:
        self._vault, self._most, self._remembered = vault, most, remembered
        self._asked: dict[str, _Asked] = {}
        self._after = ""
        self._pass = self._trusted = 0
        self._trust: Trust | None = None

    @property
    def more(self) -> bool:
        """The last pass did not come to the end of the inbox."""
        return self._after != ""

    def go(self, box: Inbox, clerk: Clerk) -> Iterator[Answer]:
        """One pass: the answers that are new, or other than before. Raises StorageError if inbox or vault cannot be listed."""
        names = box.names(self._after, self._most)
        whole = self._after == "" and len(names) < self._most
        self._after = names[-1] if len(names) == self._most else ""
        self._pass += 1
        newest = newest_start(self._vault) if names else -1
        for name in names:
            self._note(clerk.trust)
            before = self._asked.get(name)
            if (look := box.look(name)) is not None and self._due(before, look, newest):
                answer = self._ask(box, clerk, name, look, newest)
                if before is None or answer.line() != before.answer.line():
                    yield answer
        self._forget(set(names) if whole else None)

    def _note(self, trust: Trust) -> None:
        """Under another trust every answer may be another."""
        if trust != self._trust:
            self._trust, self._trusted = trust, self._trusted + 1

    def _due(self, asked: _Asked | None, look: Look, newest: int) -> bool:
        if asked is None or (asked.look, asked.trusted) != (look, self._trusted):
            return True
        if asked.answer.waits_for is not None:
            return stamp(self._vault, asked.answer.waits_for, newest) != asked.since
        return asked.failed and self._pass >= asked.again

    def _ask(self, box: Inbox, clerk: Clerk, name: str, look: Look, newest: int) -> Answer:
        before = self._asked.pop(name, None)
        answer = clerk.answer(box, name)
        since = None if answer.waits_for is None else stamp(self._vault, answer.waits_for, newest)
        tries = before.tries + 1 if before is not None and before.failed else 0
        self._asked[name] = _Asked(look, self._trusted, answer, since, tries, self._pass + min(2**tries, LONGEST))
        return answer

    def _forget(self, there: set[str] | None) -> None:
        """What is not `there` any more, and the oldest of too many."""
        if there is not None:
            self._asked = {name: asked for name, asked in self._asked.items() if name in there}
        for name in list(self._asked)[: max(0, len(self._asked) - self._remembered)]:
            del self._asked[name]
