"""The ledger of a shift: where every tick went, so that a missing video has a stated reason.

Recording, standby, filling, asleep, docked, fault and off add up to the time that passed, exactly. Fault is time
without video, or without storage, in a state that should have both, and is taken from that state. What holds is a matter of
the status alone; each change of it is a line of the journal (`stated`), so that whoever reads the journal can add up for himself.
"""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Final, cast

from bwc_agent.control.inputs import Source
from bwc_agent.control.status import BOOT, Flag, State, Status
from bwc_agent.evidence.duty import FAULT, account
from bwc_agent.evidence.lines import Json

NAMES = (*(state.value for state in State), FAULT)
"""The accounts, all of them, in the order of a report."""
LOSSES: Final[Mapping[Flag, Source]] = MappingProxyType({Flag.CAMERA_LOST: Source.CAMERA, Flag.STORAGE_LOST: Source.STORAGE})
"""The parts without which nothing is recorded, by the flags that say so. In alphabetical order."""


def stated(status: Status) -> dict[str, Json]:
    """What a `state` line says: the state, and which parts are missing without which nothing is recorded."""
    return {"lost": [part.value for flag, part in LOSSES.items() if flag in status.flags], "state": status.state.value}


def holding(fields: Mapping[str, Json]) -> Status:
    """The status as far as a `state` line says it; that of the boot where there is none."""
    if not fields:
        return BOOT
    lost = (flag for flag, part in LOSSES.items() if part.value in cast(list[Json], fields["lost"]))
    return Status(State(fields["state"]), reduce(or_, lost, Flag.NONE))


class DutyLedger:
    """Each tick since `at` is in exactly one account. Times in ticks; one before the latest is taken as the latest, so that no
    tick counts twice where inputs overtake each other."""

    def __init__(self, at: int, status: Status = BOOT) -> None:
        self._began = self._since = at
        self._status = status
        self._spent = dict.fromkeys(NAMES, 0)

    def enter(self, status: Status, at: int) -> int:
        """From `at` on `status` holds; returns the tick from which it counts."""
        now = max(at, self._since)
        self._spent[self._account] += now - self._since
        self._since, self._status = now, status
        return now

    def totals(self, at: int) -> dict[str, int]:
        """Ticks of each account up to `at`; their sum is `elapsed(at)`. Changes nothing."""
        running = max(0, at - self._since)
        return {name: spent + (running if name == self._account else 0) for name, spent in self._spent.items()}

    def elapsed(self, at: int) -> int:
        """Ticks since the ledger began, up to `at` or the latest entry."""
        return max(at, self._since) - self._began

    @property
    def _account(self) -> str:
        return account(self._status.state.value, any(flag in self._status.flags for flag in LOSSES))
