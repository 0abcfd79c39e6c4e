"""What only time tells: a second hold that did not come, a ring that became full or short, a lost part to try again."""

from collections.abc import Iterator

from bwc_agent.control.capacity import Capacity, Needs
from bwc_agent.control.events import Event
from bwc_agent.control.inputs import Source
from bwc_agent.control.policy import Policy
from bwc_agent.control.status import Flag, Status
from bwc_agent.footage import Footage
from bwc_agent.units import TICKS, seconds

RETRY = TICKS
"""A lost part is opened again so often; at once, where it had worked for longer."""


ANSWERS = seconds(5)
"""At most so long between two tries to begin a start on storage that refuses: what is owed waits in a ring of half a minute."""
FLAPS = seconds(60)
"""A start that fails sooner than this doubles the wait, up to this: each costs a key and a journal."""
RESERVE = seconds(20)
"""A battery must be said to be at its reserve for so long: a gauge that starts up may say 0 for a moment."""


class Lookout:
    """Asked at each tick; gives each event once, while its condition holds."""

    def __init__(self, policy: Policy, needs: Needs) -> None:
        self._policy = policy
        self._confirm_until: int | None = None
        self._retry: dict[Source, int] = {}
        self._reserve_since: int | None = None
        self._capacity = Capacity(needs)
        self._space: int | None = None
        self._reopen_at: int | None = None
        self._wait = self._flaps = 0

    def space(self, free: int) -> None:
        """A reading of the space left (bytes)."""
        self._space = free

    def storage_lost(self, at: int, tried: bool) -> None:
        """Storage failed under a start, or where `tried` refused to begin one."""
        if tried:
            self._wait = min(ANSWERS, max(RETRY, 2 * self._wait))
        else:
            soon = self._reopen_at is not None and at - self._reopen_at < FLAPS
            self._flaps = min(FLAPS, max(RETRY, 2 * self._flaps)) if soon else 0
            self._wait = self._flaps
        self._reopen_at = at + self._wait

    def reopens(self, now: int, leaving: bool) -> bool:
        """Storage that has failed is to be tried now; sooner where the camera goes off, and what waits would be lost."""
        return self._reopen_at is not None and now >= self._reopen_at - (max(0, self._wait - RETRY) if leaving else 0)

    def confirm_until(self, at: int) -> None:
        """A first hold waits for the second until `at`."""
        self._confirm_until = at

    def reserve(self, at: int, reached: bool) -> None:
        """A reading of the battery: whether it is at its reserve."""
        if not reached:
            self._reserve_since = None
        elif self._reserve_since is None:
            self._reserve_since = at

    def empty(self, now: int) -> bool:
        """The battery has been at its reserve for long enough; told once."""
        if self._reserve_since is None or now - self._reserve_since < RESERVE:
            return False
        self._reserve_since = None
        return True

    def lost(self, source: Source, at: int) -> None:
        """A part failed at `at`."""
        self._retry[source] = max(at, self._retry.get(source, at))

    def due(self, now: int, status: Status, footage: Footage) -> Iterator[Event]:
        """Events that time brought."""
        if self._confirm_until is not None and now >= self._confirm_until:
            self._confirm_until = None
            yield Event.TIMEOUT
        ready = Flag.READY in status.flags
        if status.sources_open and footage.ready != ready and Flag.CAMERA_LOST not in status.flags:
            yield Event.RING_SHORT if ready else Event.RING_READY
        if self._space is not None:
            space, self._space = self._space, None
            yield from self._capacity.free(space)
        slow = Flag.STORAGE_SLOW in status.flags
        if footage.backlog.slow != slow and Flag.SECURING not in status.flags:
            yield Event.STORAGE_WELL if slow else Event.STORAGE_SLOW

    def retries(self, now: int, status: Status) -> Iterator[Source]:
        """Lost parts to open again."""
        for source, flag in ((Source.CAMERA, Flag.CAMERA_LOST), (Source.MICROPHONE, Flag.MICROPHONE_LOST)):
            if flag in status.flags and now >= self._retry.get(source, now):
                self._retry[source] = now + RETRY
                yield source
