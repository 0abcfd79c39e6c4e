"""What a GPS receiver gives, as inputs of the core."""

from bwc_agent.control.inputs import Anchor, Position
from bwc_agent.live.inputs import APART_NS, places
from bwc_agent.units import ticks_from_ns
from hal.interfaces import ClockReading, Fix


class Receiver:
    """Gives what it was given, and then ends."""

    def __init__(self, *given: Fix | ClockReading) -> None:
        self._given = list(given)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self) -> Fix | ClockReading | None:
        return self._given.pop(0) if self._given else None


def test_ten_fixes_a_second_all_pass_and_a_flood_does_not() -> None:
    steady = [Fix(at, 1, 2, 3) for at in range(0, 1_000_000_000, 100_000_000)]
    assert len(list(places(Receiver(*steady)))) == 10
    flood = [Fix(at, 1, 2, 3) for at in range(0, 1_000_000_000, 100_000)]
    passed = [place.at for place in places(Receiver(*flood)) if isinstance(place, Position)]
    assert len(passed) <= 12 and passed[0] == 0 and passed[1] == ticks_from_ns(APART_NS)


def test_the_receivers_time_passes_whatever_was_passed_before() -> None:
    told = list(places(Receiver(Fix(7, 1, 2, 3), ClockReading(7, 8, "gps", 9))))
    assert told == [Position(0, 1, 2, 3), Anchor(0, 8, "gps", 9)]
