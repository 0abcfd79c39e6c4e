"""Times for people come from the log's anchor, and subtitles from the times of the log."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.agency.subtitles import muted
from bwc_agent.agency.wall_time import WallTime, stamp, wall_time, words
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line
from bwc_agent.units import TICKS

NOON = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.UTC)


def _west() -> datetime.datetime:
    return NOON.astimezone(datetime.timezone(datetime.timedelta(hours=-4, minutes=-30)))


def test_a_moment_is_written_for_a_file_name_and_for_a_reader() -> None:
    assert (stamp(NOON), words(NOON)) == ("20260701T120000+0000", "2026-07-01 12:00:00 +00:00")
    assert (stamp(_west()), words(_west())) == ("20260701T073000-0430", "2026-07-01 07:30:00 -04:30")


@given(st.integers(-(10**9), 10**12), st.integers(0, 2 * 10**15))
def test_a_second_later_is_a_second_later_before_the_anchor_and_after_it(at: int, utc: int) -> None:
    clock = WallTime(0, utc, "trial", 0)
    assert clock.of(at + TICKS) - clock.of(at) == datetime.timedelta(seconds=1)
    assert clock.of(0) == datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=utc)


def test_a_log_without_an_anchor_has_no_wall_time_and_a_damaged_one_is_refused() -> None:
    assert wall_time({"anchor": {}}) is None and wall_time({"anchor": None}) is None
    assert wall_time({"anchor": {"at": -5, "source": "gps", "uncertainty": 3, "utc": 9}}) == WallTime(-5, 9, "gps", 3)
    with pytest.raises(IntegrityError):
        wall_time({"anchor": {"at": "x"}})


@pytest.mark.parametrize(("at", "utc", "tick"), [(-(2**53) + 1, 2**53 - 1, 2**53 - 1), (2**53 - 1, 0, -(2**53) + 1)])
def test_an_anchor_as_far_away_as_a_line_can_say_is_refused(at: int, utc: int, tick: int) -> None:
    with pytest.raises(IntegrityError, match="tells no time of day"):
        WallTime(at, utc, "trial", 0).of(tick)


def test_mutes_pair_up_and_one_that_stays_lasts_to_the_end() -> None:
    def line(at: int, on: bool) -> Line:
        return {"kind": "mute", "t": at, "on": on}

    lines = [line(1, False), line(2, True), line(3, True), line(4, False), line(9, True)]
    assert [(first, last < 100 and last) for first, last in muted(lines)] == [(2, 4), (9, False)]
