"""How much of what the inbox makes the custodian say is said: who fills the inbox would fill the log, too, and with it the card. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from bwc_agent.errors import BwcError, IntegrityError
from bwc_agent.storage.messages import Answer
from bwc_agent.storage.protect import TROUBLE, Notice

AT_ONCE: Final = 100
"""Refusals that may be said in one pass; each pass gives one back."""


class Flood:
    """Counts what was said; a release is always said, and so is each first refusal after a quiet time."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._most = self._left = most
        self._told = False

    def dammed(self, answers: Iterable[Answer]) -> Iterator[Answer | Notice]:
        """The answers of one pass, of the refusals as many as may be said; that there are more is said once."""
        self._left, unsaid = min(self._most, self._left + 1), 0
        for answer in answers:
            if not isinstance(answer.outcome, BwcError):
                yield answer
            elif self._left > 0:
                self._left -= 1
                yield answer
            else:
                unsaid += 1
        if unsaid and not self._told:
            yield Notice(TROUBLE, "inbox", IntegrityError(f"{unsaid} more messages were refused, and most that follow are not named"))
        self._told = unsaid > 0
