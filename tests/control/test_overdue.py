"""How long evidence has waited, whatever the clocks say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.control.events import Event
from bwc_agent.control.inputs import Anchor, Held
from bwc_agent.control.overdue import overdue, waited
from bwc_agent.evidence.off_time import VOUCHED
from bwc_agent.units import seconds

UTC = 1_780_000_000_000_000
HOUR, HOUR_US = seconds(3600), 3_600_000_000
YEAR_US = 366 * 24 * HOUR_US
BOOT = seconds(50)
NOW = BOOT + HOUR
CLOCK = Anchor(NOW - seconds(30), UTC - 30_000_000, "the test", 1000)
TIMES = st.integers(0, 2**52)


def held(began: int | None = None, utc_us: int | None = None, recordings: int = 2) -> Held:
    return Held(NOW, recordings, 1000, began, utc_us)


@pytest.mark.parametrize(
    ("found", "anchor", "age"),
    [
        (held(recordings=0), CLOCK, None),
        (held(began=NOW - 7), CLOCK, 7),
        (held(began=NOW - 7, utc_us=UTC - 9 * HOUR_US), CLOCK, 7),
        (held(utc_us=UTC - 9 * HOUR_US), CLOCK, 9 * HOUR),
        (held(utc_us=UTC + 9 * HOUR_US), CLOCK, HOUR),
        (held(utc_us=UTC - 9 * HOUR_US), None, HOUR),
        (held(), CLOCK, HOUR),
        (held(utc_us=UTC - 9 * HOUR_US), Anchor(NOW, UTC, "nobody vouches for it", VOUCHED + 1), HOUR),
    ],
    ids=["none", "ticks", "ticks before clocks", "clocks", "went back", "no clock", "no claim then", "not vouched for"],
)
def test_the_age_is_by_ticks_where_they_count_and_by_clocks_beyond(found: Held, anchor: Anchor | None, age: int | None) -> None:
    assert waited(found, anchor, BOOT) == age


@given(TIMES, st.one_of(st.none(), TIMES), st.one_of(st.none(), TIMES), TIMES, TIMES)
def test_no_clock_makes_it_younger_than_this_process_knows(at: int, began: int | None, then: int | None, utc: int, boot: int) -> None:
    age = waited(Held(at, 1, 1, began, then), Anchor(boot, utc, "any", 0), boot)
    assert age is not None and age >= max(0, at - (boot if began is None else began))


@given(st.one_of(st.none(), TIMES), st.one_of(st.none(), TIMES), st.booleans())
def test_an_episode_is_told_once_and_taken_back_once(alarm: int | None, age: int | None, told: bool) -> None:
    event = overdue(alarm, age, told)
    after = event is Event.OVERDUE or (told and event is None)
    assert after == (alarm is not None and age is not None and age > alarm)
    assert overdue(alarm, age, after) is None


def test_where_nobody_delivers_nothing_is_overdue() -> None:
    assert overdue(None, 10 * HOUR, False) is None
    assert overdue(24 * HOUR, 24 * HOUR, False) is None
    assert overdue(24 * HOUR, 24 * HOUR + 1, False) is Event.OVERDUE
