"""NMEA 0183 as receivers really send it: what holds is told in exact integers, everything else is refused and counted.

`Lines` finds sentences in any bytes, `parse` reads one sentence, and `Reports` makes fixes and times of a stream. A receiver
sends one burst a second and the burst's first byte is the nearest thing to that second which a serial port gives, so that
byte's arrival is the time of everything in the burst. There are no threads, ports or clocks here.
"""

import datetime
import math
import re
from dataclasses import dataclass

from pynmeagps.exceptions import NMEAMessageError
from pynmeagps.nmeahelpers import calc_checksum, get_parts

from hal.interfaces import ClockReading, Fix

LONGEST = 200
"""Bytes of the longest sentence believed; the standard says 82, high-precision and proprietary ones pass 100."""
GAP_NS = 30_000_000
"""Silence that parts two bursts: longer than a USB adapter holds bytes back (16 ms), shorter than the pause at 10 Hz."""
UNCERTAINTY_US = 1_000_000
"""Without a pulse a burst follows its second by anything up to a period, some receivers by 300-700 ms; it never leads."""
ANCHOR_EVERY_NS = 60_000_000_000
UERE_MM = 7_500
"""Error of one range, one sigma (15 m at 95 %, what gpsd takes without corrections); HDOP times this is a horizontal RMS error."""
UNKNOWN_MM = 100_000
"""Stated where a receiver tells neither GST nor HDOP: it fixed its position and does not say how well."""
YEARS = range(2024, 2080)
"""Years believed. A receiver whose week number rolled over is 19.6 years early; one that knows nothing says 6 January (19)80."""

_SECOND_NS = 1_000_000_000
_SPREAD_LASTS_NS = 2 * _SECOND_NS
_MEASURED = {"1", "2", "3", "4", "5"}
"""GGA qualities; 6, 7 and 8 are dead reckoning, typed in and simulated: nobody measured those positions."""
_NOT_MEASURED = {"E", "M", "N", "S"}
"""The same in RMC's mode, which older receivers leave out."""
_NAMES = {
    "GGA": ("time", "lat", "ns", "lon", "ew", "quality", "satellites", "hdop"),
    "RMC": ("time", "status", "lat", "ns", "lon", "ew", "speed", "course", "date", "variation", "variation_ew", "mode"),
    "GST": ("time", "range", "major", "minor", "orientation", "lat", "lon"),
}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Refused(ValueError):
    """A sentence whose checksum or contents do not hold."""


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees * 1e7, south and west negative."""

    latitude_e7: int
    longitude_e7: int


@dataclass(frozen=True, slots=True)
class Gga:
    """A fix, None while there is none; accuracy by HDOP in millimetres, None where it is not told."""

    place: Place | None
    accuracy_mm: int | None


@dataclass(frozen=True, slots=True)
class Rmc:
    """A fix and microseconds since 1970; None while the receiver calls them void."""

    place: Place | None
    utc_us: int | None


@dataclass(frozen=True, slots=True)
class Gst:
    """Horizontal RMS error in millimetres, None while it is not known."""

    accuracy_mm: int | None


class Lines:
    """Finds sentences in a stream, however it is cut into chunks; holds `LONGEST` bytes at most."""

    def __init__(self) -> None:
        self._held = b""
        self.refused = 0
        """Sentences that began and were cut short or grew too long."""

    def feed(self, data: bytes) -> list[bytes]:
        """The sentences that `data` ends, from `$` to before the line's end. Bytes outside sentences are skipped."""
        _, *pieces = (self._held + data).split(b"$")
        self._held = b""
        sentences = []
        for number, piece in enumerate(pieces, 1):
            sentence, *rest = re.split(rb"[\r\n]", piece, maxsplit=1)
            if len(sentence) >= LONGEST or (not rest and number < len(pieces)):
                self.refused += 1
            elif rest:
                sentences.append(b"$" + sentence)
            else:
                self._held = b"$" + sentence
        return sentences


def parse(sentence: bytes) -> Gga | Rmc | Gst | None:
    """What a sentence of any talker says; None for kinds that carry nothing of ours. Raises Refused."""
    try:
        content, talker, kind, texts, checksum = get_parts(sentence)
    except NMEAMessageError as error:
        raise Refused("not a sentence") from error
    if checksum.upper() != calc_checksum(content):
        raise Refused("wrong checksum")
    if kind not in _NAMES or talker == "P":
        return None
    fields = dict(zip(_NAMES[kind], texts, strict=False))
    try:
        return _gga(fields) if kind == "GGA" else _rmc(fields) if kind == "RMC" else _gst(fields)
    except KeyError as error:
        raise Refused(f"field {error} is missing") from error


def _gga(fields: dict[str, str]) -> Gga:
    if fields["quality"] not in _MEASURED:
        return Gga(None, None)
    dilution = _thousandths(fields["hdop"])
    return Gga(_place(fields), -(-dilution * UERE_MM // 1000) if dilution else None)


def _rmc(fields: dict[str, str]) -> Rmc:
    if fields["status"] != "A" or fields.get("mode", "") in _NOT_MEASURED:
        return Rmc(None, None)
    return Rmc(_place(fields), _utc_us(fields["date"], fields["time"]) if fields["date"] else None)


def _gst(fields: dict[str, str]) -> Gst:
    north, east = _thousandths(fields["lat"]), _thousandths(fields["lon"])
    return Gst(math.isqrt(north**2 + east**2 - 1) + 1 if north and east else None)


def _place(fields: dict[str, str]) -> Place:
    latitude = _degrees_e7(fields["lat"], 2, 90)
    longitude = _degrees_e7(fields["lon"], 3, 180)
    return Place(_signed(latitude, fields["ns"], "NS"), _signed(longitude, fields["ew"], "EW"))


def _degrees_e7(text: str, width: int, most: int) -> int:
    """`dddmm.mmmm` to degrees * 1e7, rounded half up, without a float on the way."""
    match = re.fullmatch(rf"([0-9]{{{width}}})([0-5][0-9])(?:\.([0-9]{{0,9}}))?", text)
    if not match:
        raise Refused(f"no angle: {text!r}")
    degrees, minutes, fraction = match[1], match[2], (match[3] or "").ljust(9, "0")
    angle = int(degrees) * 10_000_000 + (int(minutes + fraction) + 3_000) // 6_000
    if angle > most * 10_000_000:
        raise Refused(f"no angle on this globe: {text!r}")
    return angle


def _signed(angle: int, letter: str, letters: str) -> int:
    if len(letter) != 1 or letter not in letters:
        raise Refused(f"no hemisphere: {letter!r}")
    return angle if letter == letters[0] else -angle


def _thousandths(text: str) -> int | None:
    """A decimal * 1000, rounded up; None where it is empty or 0, which receivers send for "not known"."""
    match = re.fullmatch(r"([0-9]{0,6})(?:\.([0-9]{0,9}))?", text)
    if not match:
        raise Refused(f"no number: {text!r}")
    return -(-int((match[1] or "0") + (match[2] or "").ljust(9, "0")) // 1_000_000) or None


def _utc_us(date: str, time: str) -> int:
    day = re.fullmatch(r"([0-9]{2})([0-9]{2})([0-9]{2})", date)
    hour = re.fullmatch(r"([0-9]{2})([0-9]{2})([0-9]{2})(?:\.([0-9]{0,6}))?", time)
    if not day or not hour or 2000 + int(day[3]) not in YEARS:
        raise Refused(f"no time to believe: {date!r} {time!r}")
    clock = (int(hour[1]), int(hour[2]), int(hour[3]), int((hour[4] or "").ljust(6, "0")))
    try:
        moment = datetime.datetime(2000 + int(day[3]), int(day[2]), int(day[1]), *clock, tzinfo=datetime.UTC)
    except ValueError as error:
        raise Refused(f"no time on the calendar: {date!r} {time!r}") from error
    return (moment - _EPOCH) // datetime.timedelta(microseconds=1)


class Reports:
    """Turns a receiver's bytes into one Fix a burst and a time a minute.

    GGA makes the fix; RMC does where no GGA follows until the next RMC. Accuracy is an RMS error: from GST of the last two
    seconds, else from HDOP. A time comes only of a burst that was seen to begin, at the first fix and then each
    `ANCHOR_EVERY_NS`. It is as right as the receiver: one that has not heard the leap seconds yet may be seconds off.
    """

    def __init__(self, now_ns: int) -> None:
        """`now_ns` is when listening began."""
        self._lines = Lines()
        self._refused = 0
        self._begin_ns = self.last_ns = self.heard_ns = now_ns
        self._seen = False
        self._spread: tuple[int, int] | None = None
        self._spare: Fix | None = None
        self._covered_ns: int | None = None
        self._anchored_ns: int | None = None

    @property
    def refused(self) -> int:
        """Sentences that did not hold."""
        return self._refused + self._lines.refused

    def feed(self, data: bytes, arrival_ns: int, watched: bool) -> list[Fix | ClockReading]:
        """What `data`, there at `arrival_ns`, tells; `watched` says that the port was being waited on when it came.

        `last_ns` then is when bytes came last, `heard_ns` when a sentence last held.
        """
        gap = arrival_ns - self.last_ns
        if gap >= GAP_NS or arrival_ns - self._begin_ns >= _SECOND_NS:
            self._begin_ns, self._seen = arrival_ns, watched and gap >= GAP_NS
        self.last_ns = arrival_ns
        reports: list[Fix | ClockReading] = []
        for sentence in self._lines.feed(data):
            try:
                said = parse(sentence)
            except Refused:
                self._refused += 1
                continue
            self.heard_ns = arrival_ns
            reports += self._told(said)
        return reports

    def _told(self, said: Gga | Rmc | Gst | None) -> list[Fix | ClockReading]:
        if isinstance(said, Gga):
            self._spare, self._covered_ns = None, self._begin_ns
            return [self._fix(said.place, said.accuracy_mm)] if said.place else []
        if isinstance(said, Rmc):
            spare, self._spare = self._spare, None
            if said.place and self._covered_ns != self._begin_ns:
                self._spare = self._fix(said.place, None)
            return [*([spare] if spare else []), *self._time(said.utc_us)]
        if isinstance(said, Gst):
            self._spread = (self._begin_ns, said.accuracy_mm) if said.accuracy_mm else None
        return []

    def _fix(self, place: Place, by_dilution_mm: int | None) -> Fix:
        accuracy = by_dilution_mm or UNKNOWN_MM
        if self._spread and self._begin_ns - self._spread[0] <= _SPREAD_LASTS_NS:
            accuracy = self._spread[1]
        return Fix(self._begin_ns, place.latitude_e7, place.longitude_e7, accuracy)

    def _time(self, utc_us: int | None) -> list[ClockReading]:
        fresh = self._anchored_ns is not None and self._begin_ns - self._anchored_ns < ANCHOR_EVERY_NS
        if utc_us is None or fresh or not self._seen:
            return []
        self._anchored_ns = self._begin_ns
        return [ClockReading(self._begin_ns, utc_us, "gps", UNCERTAINTY_US)]
