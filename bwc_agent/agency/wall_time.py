"""Wall time of a recording, by its log's anchor: a claim of the device, turned into the agency's local time."""

import datetime
from dataclasses import dataclass

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, fields, integer, text
from bwc_agent.evidence.lines import MAX_INTEGER
from bwc_agent.units import TICKS

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_ANY_TIME = -(1 << 53)


@dataclass(frozen=True, slots=True)
class WallTime:
    """At tick `at` the `source` claimed `utc` (microseconds since 1970), give or take `uncertainty` microseconds."""

    at: int
    utc: int
    source: str
    uncertainty: int

    def of(self, tick: int) -> datetime.datetime:
        """UTC at a capture time (ticks). Raises IntegrityError where that is no integer of the format, so no time of a device."""
        utc = self.utc + (tick - self.at) * 1_000_000 // TICKS
        if abs(utc) > MAX_INTEGER:
            raise IntegrityError("the anchor is so far from the recording that it tells no time of day; no recorder wrote this log")
        return moment(utc)

    def tick(self, moment: datetime.datetime) -> int:
        """The capture time (ticks) at a time of day with its zone: the first whose `of` is not before it."""
        return self.at - (self.utc - (moment - EPOCH) // datetime.timedelta(microseconds=1)) * TICKS // 1_000_000


def wall_time(first: Line) -> WallTime | None:
    """The anchor in a log's first line, None where the device had none. Raises IntegrityError."""
    if not first.get("anchor"):
        return None
    anchor = fields(first, "anchor")
    return WallTime(integer(anchor, "at", _ANY_TIME), integer(anchor, "utc"), text(anchor, "source"), integer(anchor, "uncertainty"))


def stamp(moment: datetime.datetime) -> str:
    """As a file name holds it, on every system: `20260101T013000+0100`."""
    return moment.strftime("%Y%m%dT%H%M%S%z")


def words(moment: datetime.datetime) -> str:
    """As a person reads it: `2026-01-01 01:30:00 +01:00`."""
    text = moment.isoformat(" ", "seconds")
    return f"{text[:19]} {text[19:]}"


def utc_words(utc: int) -> str:
    """The same of microseconds since 1970."""
    return words(moment(utc))


def moment(utc: int) -> datetime.datetime:
    """The time of day, in UTC, so many microseconds after 1970 began."""
    return EPOCH + datetime.timedelta(microseconds=utc)
