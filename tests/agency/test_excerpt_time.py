"""A moment as people write it: seconds, minutes, clock times as the statement prints them; everything else is explained."""

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.agency.excerpt_time import moment
from bwc_agent.agency.wall_time import WallTime, words
from bwc_agent.errors import ConfigError
from bwc_agent.units import TICKS

CLOCK = WallTime(at=500, utc=1_767_225_600_000_000, source="trial", uncertainty=0)
CHICAGO = zoneinfo.ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("text", "seconds"), [("12.5", 12.5), ("0", 0), (" 7 ", 7), ("01:23", 83), ("1:02:03.25", 3723.25), ("90:00", 5400), ("00:00.02", 0.02)]
)
def test_seconds_and_minutes_count_from_the_beginning(text: str, seconds: float) -> None:
    assert moment(text, 1000, None, datetime.UTC) == 1000 + round(seconds * TICKS)


@given(st.integers(-(10**9), 10**12))
def test_the_printed_clock_time_is_the_second_in_which_the_moment_lies(tick: int) -> None:
    printed = words(CLOCK.of(tick).astimezone(CHICAGO))
    assert 0 <= tick - moment(printed, 0, CLOCK, CHICAGO) < TICKS
    assert moment(printed.replace(" ", "T", 1).replace(" ", ""), 0, CLOCK, CHICAGO) == moment(printed, 0, CLOCK, CHICAGO)


@given(st.integers(-(10**9), 10**12))
def test_a_clock_time_to_the_microsecond_comes_back_to_its_tick(tick: int) -> None:
    assert abs(CLOCK.tick(CLOCK.of(tick)) - tick) <= 1


@pytest.mark.parametrize("text", ["", "soon", "12,5", "-3", "1:2:3:4", "12.5s", "2026-13-01 00:00:00 +00:00", "٣", "nan", "1e3"])
def test_what_is_no_time_is_answered_with_what_can_be_written(text: str) -> None:
    with pytest.raises(ConfigError, match=r"12\.5 or 01:23.*2025-12-31 17:59:59 -06:00"):
        moment(text, 0, CLOCK, CHICAGO)


def test_a_clock_time_needs_its_zone_and_the_camera_a_clock() -> None:
    with pytest.raises(ConfigError, match="needs its zone's offset"):
        moment("2026-01-01 00:00:20", 0, CLOCK, CHICAGO)
    with pytest.raises(ConfigError, match="had no clock"):
        moment("2026-01-01 00:00:20 +00:00", 0, None, CHICAGO)
