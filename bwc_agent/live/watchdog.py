"""Is this start still getting anywhere? Where only a new process helps, the service manager's watchdog is no longer fed.

What counts is progress by CLOCK_MONOTONIC, not life: pictures taken in, and what was asked of storage answered. A camera
that is missing makes no progress and is no hang: it fails, and is asked for again each second. A storage stall
is no hang either while the queue takes it; beyond that a reset of the whole board may bring the card back.
"""

from collections.abc import Callable
from typing import Final

from bwc_agent.control.inputs import Input, Reopened, Source, SourceChange, Synced
from bwc_agent.packets import Packet, Track
from bwc_agent.units import seconds

STALL: Final = seconds(60)
"""Storage may owe an answer for so long: four times what the queue is made for, and cards were seen to stall for seven seconds."""
HELD: Final = seconds(30)
"""A camera whose driver hangs may keep the device for so long from the driver that took its place."""


class Watchdog:
    """`feed` is called each `every` ticks (0: never), while there is progress; `hangs` says what keeps it from that."""

    def __init__(self, at: int, every: int, feed: Callable[[], None]) -> None:
        self._every, self._feed = every, feed
        self._fed: int | None = None
        self._now = self._picture = self._answer = at
        self.hangs: tuple[Source, str] | None = None

    def saw(self, item: Packet | Input) -> None:
        """The core has dealt with `item`."""
        if isinstance(item, Packet) and item.track is Track.VIDEO:
            self._picture = self._now
        elif isinstance(item, Synced | Reopened) or (isinstance(item, SourceChange) and item.source is Source.STORAGE):
            self._answer = self._now

    def tick(self, now: int, camera_stuck: bool, storage_owes: bool) -> None:
        """Time went on; `camera_stuck`: a driver of it was given up and still hangs; `storage_owes`: it has something to answer."""
        self._now = now
        if not camera_stuck:
            self._picture = now
        if not storage_owes:
            self._answer = now
        self.hangs = self._hangs(now)
        if self.hangs is None and self._every and (self._fed is None or now - self._fed >= self._every):
            self._fed = now
            self._feed()

    def _hangs(self, now: int) -> tuple[Source, str] | None:
        if now - self._picture > HELD:
            return Source.CAMERA, "its driver hangs and holds it; only another process can take it"
        if now - self._answer > STALL:
            return Source.STORAGE, f"it owes an answer for more than {STALL // seconds(1)} s"
        return None
