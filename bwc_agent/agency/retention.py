"""Does the store keep it for as long as the agency's schedule asks? Extended where it does not, and never shortened.

Time is the store's own: the schedule counts from when the store says that the version came to be, so no device's clock
and no agency's clock can make evidence vanish early.
"""

from dataclasses import dataclass, field
from typing import Final

from bwc_agent.agency.store import Lock, Store, Version
from bwc_agent.agency.wall_time import utc_words
from bwc_agent.errors import OffloadError

_SLACK: Final = 60_000_000
"""Microseconds by which a lock may fall short: a store counts its default from a moment that it rounds."""

_DAY: Final = 86_400_000_000
"""Microseconds by which the store's clock may be ahead of the agency's: nobody can take back a lock that was extended too far."""


class NotLockedError(OffloadError):
    """A version that somebody may remove too early, and why that cannot be mended here."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the agency asks of a store: locks at all (`lock`), for `retention` microseconds from when a version came to be.

    Without `retention` any lock that has not run out counts, however long the store's own default made it. `at` is now,
    by the agency's clock (microseconds since 1970).
    """

    store: Store
    lock: bool
    retention: int | None
    at: int
    _known: dict[Version, int | None] = field(default_factory=dict)

    def enough(self, version: Version, locked: int | None) -> bool:
        """True if a lock until `locked` is all that is asked for this version."""
        if not self.lock or not self.store.keeps_versions:
            return True
        return locked is not None and locked >= self._least(version)

    def until(self, version: Version) -> int | None:
        """Until when the store keeps this version (asked once), extended where that is too short; None where nothing locks it.

        Raises NotLockedError where a lock is asked for and none is long enough, OffloadError.
        """
        if version not in self._known:
            self._known[version] = self._until(version)
        return self._known[version]

    def _until(self, version: Version) -> int | None:
        lock = self.store.lock(version)
        if self.enough(version, lock.until) and (not self.lock or lock.until is None or lock.until > self.at):
            return lock.until
        if self.retention is None:
            raise NotLockedError(f"{version} {_words(lock.until)}: set the bucket's default retention, say --retention, or --no-lock")
        # Some stores date a version anew when its lock changes. The schedule then counts from that date, once: a lock that
        # is behind its version's date at each look would be extended at each look, and never end.
        for stored in (version.stored, None):
            wanted = (lock.stored if stored is None else stored) + self.retention
            if wanted > self.at + self.retention + _DAY:
                dated = utc_words(wanted - self.retention)
                raise NotLockedError(f"{version} is of {dated} by the store's clock, which is yet to come here: compare the clocks")
            lock = self._extended(version, lock, wanted)
            if lock.until is not None and lock.until >= max(version.stored, lock.stored) + self.retention - _SLACK:
                return lock.until
        raise NotLockedError(f"{version} {_words(lock.until)}, although the store said that it extended it to {utc_words(wanted)}")

    def _extended(self, version: Version, lock: Lock, wanted: int) -> Lock:
        try:
            self.store.extend(version, wanted)
            return self.store.lock(version)
        except OffloadError as error:
            raise NotLockedError(f"{version} {_words(lock.until)}, not until {utc_words(wanted)}: {error}") from error

    def _least(self, version: Version) -> int:
        return 0 if self.retention is None else version.stored + self.retention - _SLACK


def _words(until: int | None) -> str:
    return "is not locked" if until is None else f"is locked until {utc_words(until)}"
