"""Wall time as a claim: when it is told, and that a clock which is set is told at once."""

from bwc_agent.control.inputs import Anchor, Input, Source, SourceChange
from bwc_agent.live.anchors import EVERY, LOOK, Anchors
from bwc_agent.units import TICKS, ns_from_ticks
from hal.clock import stepped
from hal.errors import HardwareError
from hal.interfaces import ClockReading

YEAR_US = 365 * 86_400 * 1_000_000


class Wall:
    """A wall clock that a test sets; `now` in ticks."""

    def __init__(self, utc_us: int = 1_000_000) -> None:
        self.now = 0
        self.utc_us = utc_us

    def read(self) -> ClockReading:
        return ClockReading(ns_from_ticks(self.now), self.utc_us + ns_from_ticks(self.now) // 1000, "wall", 10)


class Dead:
    def read(self) -> ClockReading:
        raise HardwareError("clock", "its battery is empty: replace it")


def told(anchors: Anchors, wall: Wall, *times: int) -> list[list[Input]]:
    out = []
    for wall.now in times:
        out.append(list(anchors.tick(wall.now)))
    return out


def test_time_is_claimed_at_the_start_and_each_minute() -> None:
    wall = Wall()
    looked = told(Anchors(wall, None, stepped), wall, *range(0, 3 * EVERY, TICKS // 20))
    claims = [item for items in looked for item in items]
    assert [item.at for item in claims if isinstance(item, Anchor)] == [0, EVERY, 2 * EVERY]


def test_a_clock_set_by_years_either_way_is_told_at_the_next_look_and_then_not_again() -> None:
    for years in (-9, 9):
        wall = Wall(20 * YEAR_US)
        anchors = Anchors(wall, None, stepped)
        told(anchors, wall, 0, LOOK)
        wall.utc_us += years * YEAR_US
        (first, second) = told(anchors, wall, 2 * LOOK, 3 * LOOK)
        assert [type(item) for item in first] == [Anchor] and second == []


def test_the_clock_chip_is_asked_once_and_its_fault_is_said() -> None:
    wall = Wall()
    (first, *later) = told(Anchors(wall, Dead(), stepped), wall, 0, LOOK, 2 * LOOK)
    assert first[0] == SourceChange(0, Source.CLOCK, True, "clock: its battery is empty: replace it")
    assert isinstance(first[1], Anchor) and later == [[], []]
    chip = Wall(5)
    (first, *_) = told(Anchors(wall, chip, stepped), wall, 0)
    assert len(first) == 2 and isinstance(first[0], Anchor) and first[0].utc_us == 5
