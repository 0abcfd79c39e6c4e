"""The time between two starts, which no tick counts: by what the clocks claimed before and after, or unknown, with the reason.

Within a start ticks carry a claim of wall time to any moment of it. So of the claims within ten minutes of an end the
surest counts, as in a recording's first line: a device without a network wakes with a clock that nobody vouches for, and
may know better a minute later. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bwc_agent.evidence.fields import Line, integer, text, ticks
from bwc_agent.units import TICKS

NEAR: Final = 600 * TICKS
"""A claim so close to an end of the start may stand for the one that is closest."""
VOUCHED: Final = 366 * 86_400 * 1_000_000
"""Microseconds: a claim that may be off by more than a year is none; nobody vouches for that clock."""
DRIFT: Final = 200
"""Millionths by which two clocks may leave each other, unset and awake; cheap quartz in heat and cold stays inside."""
SLACK: Final = 50_000
"""Microseconds by which a claim may be late, read on a busy machine."""


@dataclass(frozen=True, slots=True)
class Claim:
    """At tick `at`, `source` claimed `utc` (microseconds since 1970), give or take `uncertainty`."""

    at: int
    utc: int
    uncertainty: int
    source: str

    def utc_of(self, tick: int) -> int:
        """What it says of another tick of the same start."""
        return self.utc + microseconds(tick - self.at)


def microseconds(span: int) -> int:
    """Of a span in ticks."""
    return span * 1_000_000 // TICKS


def claims(lines: Sequence[Line]) -> tuple[Claim, ...]:
    """Those of a journal that somebody vouches for, in order. Raises IntegrityError."""
    made = [
        Claim(ticks(line, "at"), integer(line, "utc"), integer(line, "uncertainty"), text(line, "source"))
        for line in lines
        if line["kind"] == "anchor"
    ]
    return tuple(claim for claim in made if claim.uncertainty <= VOUCHED)


def surest(known: Sequence[Claim], tick: int) -> Claim | None:
    """The claim that counts at `tick`, an end of the start; None where there is none."""
    distances = [abs(claim.at - tick) for claim in known]
    near = [claim for claim, distance in zip(known, distances, strict=True) if distance <= max(NEAR, min(distances))]
    return min(near, key=lambda claim: (claim.uncertainty, abs(claim.at - tick)), default=None)


@dataclass(frozen=True, slots=True)
class Off:
    """The device was off before start `after` for so many ticks, give or take; None where that is unknown, and `why`."""

    after: int
    ticks: int | None = None
    uncertainty: int = 0
    why: str = ""


def off_between(end: int, before: Sequence[Claim], began: int, after: Sequence[Claim], start: int) -> Off:
    """From tick `end` of one start, with its claims, to tick `began` of the next one, which is `start`, with its own."""
    last, first = surest(before, end), surest(after, began)
    if last is None or first is None:
        return Off(start, why="no clock that anybody vouches for was read on both sides")
    span, uncertainty = first.utc_of(began) - last.utc_of(end), last.uncertainty + first.uncertainty
    if span + uncertainty < 0:
        return Off(start, why=f"the clock went back by {-span / 1_000_000:.1f} s, give or take {uncertainty / 1_000_000:.1f} s")
    return Off(start, max(0, span) * TICKS // 1_000_000, uncertainty * TICKS // 1_000_000)


def leaps(known: Sequence[Claim]) -> Iterator[int]:
    """Microseconds by which a clock left the ticks between two of its claims, where that is more than clocks drift."""
    for source in dict.fromkeys(claim.source for claim in known):
        for before, after in pairwise(claim for claim in known if claim.source == source):
            passed = microseconds(after.at - before.at)
            leap = after.utc - before.utc - passed
            if abs(leap) > before.uncertainty + after.uncertainty + abs(passed) * DRIFT // 1_000_000 + SLACK:
                yield leap
