"""The controller: one pure step through the table."""

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bwc_agent.control.events import Answer, Effect, Event
from bwc_agent.control.policy import Policy
from bwc_agent.control.row import HOLDS, Row, Situation
from bwc_agent.control.status import Flag, State, Status
from bwc_agent.control.table import TABLE

NEEDS: Final[Mapping[Effect, Flag]] = MappingProxyType(
    {Effect.UNMUTE: Flag.MUTED, Effect.STEALTH_OFF: Flag.STEALTH, Effect.FULL_BITRATE: Flag.STORAGE_SCARCE}
)
"""Deeds that undo a flag: left out where there is nothing to undo."""


def _index() -> Mapping[tuple[State, Event], tuple[Row, ...]]:
    found: defaultdict[tuple[State, Event], list[Row]] = defaultdict(list)
    for row in TABLE:
        for state in row.states:
            found[state, row.event].append(row)
    return MappingProxyType({pair: tuple(rows) for pair, rows in found.items()})


ROWS: Final = _index()
"""The rows of each pair of state and event, in order; every pair is there."""


def row_for(status: Status, event: Event, policy: Policy, recording_age: int | None) -> Row:
    """The one row that counts; every pair of state and event has one, for the last has no guard."""
    situation = Situation(status, policy, recording_age)
    return next(row for row in ROWS[status.state, event] if HOLDS[row.guard](situation))


def step(status: Status, event: Event, policy: Policy, recording_age: int | None) -> tuple[Status, tuple[Answer, ...]]:
    """The next status and what to do, in order; never raises, and an empty answer means that the journal is all.

    `recording_age` is in ticks from the decision of the start to the decision of this event, None while nothing records.
    """
    row = row_for(status, event, policy, recording_age)
    flags = (status.flags & ~row.clears) | row.sets
    answers = tuple(answer for answer in row.answers if not _needless(answer, status))
    return Status(status.state if row.to is None else row.to, flags), answers


def _needless(answer: Answer, status: Status) -> bool:
    needed = NEEDS.get(answer) if isinstance(answer, Effect) else None
    return needed is not None and needed not in status.flags
