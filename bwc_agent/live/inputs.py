"""What parts give, as inputs of the core: nanoseconds become ticks here, once."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from bwc_agent.control.inputs import Anchor, ButtonEdge, DockChange, Input, Position, PowerLevel, Source, SourceChange, TamperChange
from bwc_agent.units import ticks_from_ns
from hal.interfaces import ClockReading, Contact, Edge, Location, PowerReading

Given = TypeVar("Given")

LONGEST_WHY = 1000
"""Characters of a reason; every camera's modes in a message are fewer."""
APART_NS = 90_000_000
"""Two fixes are at least so far apart: no receiver of ours gives more than ten a second."""


def each(read: Callable[[], Given | None], convert: Callable[[Given], Input]) -> Iterator[Input]:
    """Everything that `read` gives up to its None, converted. Raises HardwareError as `read` does."""
    while (given := read()) is not None:
        yield convert(given)


def lost(at: int, source: Source, why: str) -> SourceChange:
    """A failure."""
    return SourceChange(at, source, True, reason(why))


def reason(why: str) -> str:
    """A reason may repeat what came from outside: of that only what fits a line of the journal is told.

    A name of the system that is not UTF-8 cannot be written there, and what cannot be written would end the recording.
    """
    return why[:LONGEST_WHY].encode(errors="replace").decode()


def back(at: int, source: Source) -> SourceChange:
    """A part that had failed."""
    return SourceChange(at, source, False, "it works again")


def edge(given: Edge) -> ButtonEdge:
    """A raw edge."""
    return ButtonEdge(ticks_from_ns(given.capture_ns), given.button, given.pressed)


def places(receiver: Location) -> Iterator[Position | Anchor]:
    """Fixes, at most one each `APART_NS`, and the receiver's time. Raises HardwareError as the receiver does.

    A broken receiver that floods would fill the card with notes, which are sealed one by one.
    """
    next_ns = 0
    while (given := receiver.read()) is not None:
        if isinstance(given, ClockReading):
            yield anchor(given)
        elif given.capture_ns >= next_ns:
            next_ns = given.capture_ns + APART_NS
            yield Position(ticks_from_ns(given.capture_ns), given.latitude_e7, given.longitude_e7, given.accuracy_mm)


def anchor(given: ClockReading) -> Anchor:
    """A claim of wall time."""
    return Anchor(ticks_from_ns(given.monotonic_ns), given.utc_us, given.source, given.uncertainty_us)


def power(given: PowerReading) -> PowerLevel:
    """Charge, charger, minutes left."""
    return PowerLevel(ticks_from_ns(given.capture_ns), given.percent, given.charging, given.minutes_left)


def dock(given: Contact) -> DockChange:
    """The dock's contact."""
    return DockChange(ticks_from_ns(given.capture_ns), given.closed)


def tamper(given: Contact) -> TamperChange:
    """The enclosure's switch, closed while the enclosure is shut."""
    return TamperChange(ticks_from_ns(given.capture_ns), not given.closed)
