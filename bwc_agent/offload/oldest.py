"""How old is the evidence that waits: when its seconds were captured, and which of what waits is the oldest. Pure.

Wall time is what the device's clocks claimed (an anchor): it makes a number on a screen and raises an alarm, and orders nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.off_time import Claim, claims, surest

Thing = TypeVar("Thing")


def claim(anchor: Json) -> Claim | None:
    """The anchor of a log's first line; None for `{}`, and for one that nobody vouches for."""
    if not isinstance(anchor, dict) or not anchor:
        return None
    return next(iter(journal_claims([{**anchor, "kind": "anchor"}])), None)


def journal_claims(lines: Iterable[Mapping[str, Json]]) -> Sequence[Claim]:
    """Those of a journal's lines; a line that is damaged claims nothing."""
    found: list[Claim] = []
    for line in lines:
        try:
            found += claims([line]) if line.get("kind") == "anchor" else ()
        except IntegrityError:
            continue
    return found


def captured(begins: Mapping[str, int], known: Sequence[Claim]) -> dict[str, int]:
    """UTC (microseconds since 1970) of the first second of each file in `begins` (ticks), as the surest of `known` claims it."""
    found = {file: surest(known, tick) for file, tick in begins.items()}
    return {file: by.utc_of(begins[file]) for file, by in found.items() if by is not None}


class Oldest(Generic[Thing]):
    """Which of `things`, given from the oldest on and each once, is the first that is not done."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self._things = list(things)
        self._done: set[Thing] = set()
        self._at = 0

    def done(self, thing: Thing) -> None:
        """One of them, in any order."""
        self._done.add(thing)
        while self._at < len(self._things) and self._things[self._at] in self._done:
            self._at += 1

    @property
    def first(self) -> Thing | None:
        """None once all are done."""
        return self._things[self._at] if self._at < len(self._things) else None


def age(since: int | None, now: int) -> int:
    """Whole seconds from `since` to `now` (microseconds since 1970); 0 where nobody knows, or the clocks disagree."""
    return 0 if since is None else max(0, now - since) // 1_000_000
