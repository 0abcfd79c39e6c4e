"""Minutes left, from levels and times alone."""

from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal.power.runtime import MINUTE_NS, UNKNOWN_S, Level, MinutesLeft

S = 1_000_000_000


def level(percent: int, charging: bool = False, **gauge: int) -> Level:
    return Level(percent, charging, **gauge)


def fall(left: MinutesLeft, percents: range, minutes_each: float, start_ns: int = 0) -> int | None:
    """Each percent for so many minutes, polled each second; the last answer."""
    answer = None
    seconds = round(minutes_each * 60)
    for k, percent in enumerate(percents):
        for second in range(seconds):
            answer = left.add(start_ns + (k * seconds + second) * S, level(percent))
    return answer


@settings(max_examples=40, deadline=None)
@given(
    life_min=st.floats(30, 1_440),
    full=st.floats(30, 100),
    every_s=st.integers(1, 10),
    coarse=st.sampled_from([floor, round, ceil]),
    start_ns=st.integers(0, 10**18),
)
def test_a_linear_fall_is_estimated_within_a_tenth(life_min: float, full: float, every_s: int, coarse: type[int], start_ns: int) -> None:
    """Within 10 % of the truth, or within the time of the one percent (and two polls) that the gauge does not resolve."""
    left = MinutesLeft()
    per_min = 100 / life_min
    known = 0
    step_s = max(every_s, 5)
    for k in range(int(full / per_min * 60 / step_s)):
        at_min = k * step_s / 60
        percent = full - per_min * at_min
        answer = left.add(start_ns + k * step_s * S, level(int(coarse(percent))))
        if answer is None:
            assert not known, "an answer is kept while the fall goes on"
            continue
        known += 1
        truth = percent / per_min
        assert answer >= 0
        assert abs(answer - truth) <= max(truth / 10, 1.1 / per_min) + 1 + 2 * step_s / 60
    assert known or full / per_min < 10 + 3 / per_min


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 20 * MINUTE_NS),
            st.integers(0, 100),
            st.booleans(),
            st.one_of(st.none(), st.integers(-10, 10**7)),
            st.one_of(st.none(), st.integers(-10, 10**8)),
            st.one_of(st.none(), st.integers(-10, 10**8)),
        ),
        max_size=60,
    )
)
def test_it_is_never_negative_whatever_a_gauge_says(polls: list[tuple[int, int, bool, int | None, int | None, int | None]]) -> None:
    left = MinutesLeft()
    at_ns = 0
    for step, percent, charging, empty, stored, drawn in polls:
        at_ns += step
        answer = left.add(at_ns, Level(percent, charging, empty, stored, drawn))
        assert answer is None or (answer >= 0 and not charging)


def test_nothing_is_known_before_two_drops_ten_minutes_apart() -> None:
    left = MinutesLeft()
    assert fall(left, range(80, 69, -1), 1) is None
    assert fall(left, range(69, 68, -1), 1, 11 * MINUTE_NS) == 68


def test_a_rise_begins_anew() -> None:
    left = MinutesLeft()
    assert fall(left, range(80, 60, -1), 1) is not None
    assert left.add(20 * MINUTE_NS, level(62)) is None
    assert fall(left, range(61, 51, -1), 1, 21 * MINUTE_NS) is None
    assert fall(left, range(51, 49, -1), 1, 31 * MINUTE_NS) is not None


def test_charging_knows_nothing_and_forgets() -> None:
    left = MinutesLeft()
    assert fall(left, range(80, 60, -1), 1) is not None
    assert left.add(20 * MINUTE_NS, level(61, charging=True, empty_s=600)) is None
    assert left.add(21 * MINUTE_NS, level(61)) is None
    assert fall(left, range(61, 51, -1), 1, 22 * MINUTE_NS) is None


def test_a_load_that_ends_lets_the_minutes_grow() -> None:
    left = MinutesLeft()
    before = fall(left, range(80, 60, -1), 1)
    after = [left.add((20 + k) * MINUTE_NS, level(61)) for k in range(60)]
    assert before == 60
    grown = [answer for answer in after if answer is not None]
    assert len(grown) == 60 and grown == sorted(grown) and grown[-1] > 5 * before


def test_stored_over_drawn_is_smoothed_over_a_minute() -> None:
    left = MinutesLeft()
    answers = [left.add(k * S, level(80, stored=1_000, drawn=100 if k % 2 else 300)) for k in range(121)]
    assert answers[:60] == [None] * 60
    assert all(answer is not None and abs(answer - 300) <= 5 for answer in answers[60:])
    spike = left.add(121 * S, level(80, stored=1_000, drawn=1_200))
    assert spike is not None and spike > 270
    later = [left.add((122 + k) * S, level(80, stored=1_000, drawn=400)) for k in range(62)]
    assert later[-1] == 150


@pytest.mark.parametrize(("empty_s", "minutes"), [(59, 0), (3_600, 60), (UNKNOWN_S - 1, 65_534)])
def test_the_gauge_s_own_time_comes_first(empty_s: int, minutes: int) -> None:
    left = MinutesLeft()
    fall(left, range(80, 60, -1), 1)
    assert left.add(20 * MINUTE_NS, level(61, empty_s=empty_s, stored=1_000, drawn=1)) == minutes


@pytest.mark.parametrize("empty_s", [0, -1, UNKNOWN_S, UNKNOWN_S + 60])
def test_a_gauge_that_knows_no_time_leaves_it_to_the_slope(empty_s: int) -> None:
    left = MinutesLeft()
    fall(left, range(80, 60, -1), 1)
    assert left.add(20 * MINUTE_NS, level(61, empty_s=empty_s)) == 60
