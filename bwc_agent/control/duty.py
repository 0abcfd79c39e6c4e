"""The ledger of a shift: where every tick went, so that a missing video has a stated reason.

Recording, standby, filling, asleep, docked, fault and off add up to the time that passed, exactly. Fault is time
without video, or without storage, in a state that should have both, and is taken from that state.
"""

from bwc_agent.control.status import State

FAULT = "fault"
"""The name of the time in which nothing could be recorded, beside the names of the states."""
NAMES = (*(state.value for state in State), FAULT)
"""The accounts, all of them, in the order of a report."""
SHOULD_SEE = frozenset({State.FILLING, State.STANDBY, State.RECORDING})
"""States in which the camera is open; elsewhere no video is no fault."""


class DutyLedger:
    """Each tick since `at` is in exactly one account. Times in ticks; one before the latest is taken as the latest, so that no
    tick counts twice where inputs overtake each other."""

    def __init__(self, at: int, state: State = State.FILLING) -> None:
        self._began = self._since = at
        self._state = state
        self._video = self._storage = True
        self._spent = dict.fromkeys(NAMES, 0)

    def enter(self, state: State, at: int) -> None:
        """From `at` on the camera is in `state`."""
        self._settle(at)
        self._state = state

    def video(self, present: bool, at: int) -> None:
        """From `at` on pictures come, or do not; outlasts changes of state."""
        self._settle(at)
        self._video = present

    def storage(self, works: bool, at: int) -> None:
        """From `at` on what is seen can be kept, or cannot; outlasts changes of state."""
        self._settle(at)
        self._storage = works

    def anew(self, at: int) -> "DutyLedger":
        """The ledger of the start that takes over at `at`, in the same state."""
        ledger = DutyLedger(at, self._state)
        ledger._video, ledger._storage = self._video, self._storage
        return ledger

    def totals(self, at: int) -> dict[str, int]:
        """Ticks of each account up to `at`; their sum is `elapsed(at)`. Changes nothing."""
        running = max(0, at - self._since)
        return {name: spent + (running if name == self._account else 0) for name, spent in self._spent.items()}

    def elapsed(self, at: int) -> int:
        """Ticks since the ledger began, up to `at` or the latest entry."""
        return max(at, self._since) - self._began

    @property
    def _account(self) -> str:
        return FAULT if self._state in SHOULD_SEE and not (self._video and self._storage) else self._state.value

    def _settle(self, at: int) -> None:
        now = max(at, self._since)
        self._spent[self._account] += now - self._since
        self._since = now
