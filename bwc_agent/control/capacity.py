"""How much space is left, as the officer is told of it: plenty, low, scarce, only the reserve, not even that. Pure.

Nothing is ever deleted to make room (V.A.4): space comes back only where the agency's receipts release it. So the alarm
is early, in hours; then the picture becomes coarser, so that the hours last; then no recording begins; and the
one being made is closed in order while there is still room for its end, the journal's, and the next start's key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from bwc_agent.control.events import Event

CLOSING: Final = 16 * 1024 * 1024
"""Bytes kept for ends: log, journal, the next start's key and journal, receipts. A day's journal is under a megabyte."""
STEADY: Final = 1.1
"""A level is left again only where there is a tenth more than what it asks for, so that an alarm does not flutter."""


class Level(IntEnum):
    """From plenty to nothing."""

    PLENTY = 0
    LOW = 1
    SCARCE = 2
    FULL = 3
    OVER = 4


EVENTS: Final = {
    Level.PLENTY: Event.STORAGE_FREED,
    Level.LOW: Event.STORAGE_LOW,
    Level.SCARCE: Event.STORAGE_SCARCE,
    Level.FULL: Event.STORAGE_FULL,
    Level.OVER: Event.STORAGE_OVER,
}
"""What each level is called where it is reached."""


@dataclass(frozen=True, slots=True)
class Needs:
    """`rate`: bytes a second of a recording at the full bitrate. `owed`: bytes that the writer's queue may hold, which find their
    place after a recording was told to end. `low` and `scarce`: minutes of recording left."""

    rate: int
    owed: int
    low: int
    scarce: int

    @property
    def over(self) -> int:
        """Bytes at or under which a recording is closed."""
        return CLOSING + self.owed

    @property
    def reserve(self) -> int:
        """Bytes at or under which none begins: what records goes on for five more minutes."""
        return self.over + 300 * self.rate

    def minutes(self, free: int) -> int:
        """Minutes of recording at the full bitrate that `free` bytes hold, the reserve left out."""
        return max(0, free - self.reserve) // (60 * self.rate)

    def level(self, free: int) -> Level:
        """Of `free` bytes."""
        if free <= self.over:
            return Level.OVER
        if free <= self.reserve:
            return Level.FULL
        minutes = self.minutes(free)
        return Level.SCARCE if minutes < self.scarce else Level.LOW if minutes < self.low else Level.PLENTY


class Capacity:
    """Remembers the level that was told."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._told = Level.PLENTY

    def free(self, free: int) -> Iterator[Event]:
        """The events that `free` bytes bring, each level on the way down by itself; on the way up all are taken back, and said anew."""
        now = self._needs.level(free)
        if now < self._told:
            now = min(self._told, self._needs.level(int(free / STEADY)))
        if now < self._told:
            self._told = Level.PLENTY
            yield EVENTS[Level.PLENTY]
        while self._told < now:
            self._told = Level(self._told + 1)
            yield EVENTS[self._told]
