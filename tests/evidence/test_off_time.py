"""The time between two starts, as the clocks claimed it: known with its uncertainty, or unknown with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.off_time import NEAR, VOUCHED, Claim, Off, claims, leaps, off_between
from bwc_agent.units import TICKS

NOON = 1_767_225_600_000_000
SECOND = 1_000_000


def claim(at: float, utc: float, uncertainty: float = 0.001, source: str = "system clock") -> Claim:
    return Claim(round(at * TICKS), NOON + round(utc * SECOND), round(uncertainty * SECOND), source)


def between(before: list[Claim], after: list[Claim]) -> Off:
    """Off from 100 s of the first start to 5 s of the next one, which is start 1."""
    return off_between(100 * TICKS, before, 5 * TICKS, after, 1)


def test_ticks_carry_the_last_claim_to_the_end_and_the_first_back_to_the_beginning() -> None:
    assert between([claim(10, 0), claim(70, 60)], [claim(7, 1092), claim(67, 1152)]) == Off(1, 1000 * TICKS, 96)


def test_the_surest_claim_near_the_end_counts_and_a_surer_one_further_away_does_not() -> None:
    woken, synchronised = claim(6, 800, 900), claim(36, 1121, 0.1)
    assert between([claim(100, 90)], [woken, synchronised]) == Off(1, 1000 * TICKS, round(0.101 * TICKS))
    far = claim(6 + NEAR / TICKS, 1690, 0.0)
    assert between([claim(100, 90)], [woken, far]).uncertainty == round(900.001 * TICKS)


def test_one_far_claim_is_better_than_none() -> None:
    assert between([claim(100, 90)], [claim(3605, 4690)]).ticks == 1000 * TICKS


@pytest.mark.parametrize(("before", "after"), [([], [claim(5, 0)]), ([claim(100, 0)], []), ([], [])])
def test_without_a_claim_on_both_sides_the_time_is_unknown(before: list[Claim], after: list[Claim]) -> None:
    off = between(before, after)
    assert off.ticks is None and "no clock that anybody vouches for" in off.why


def test_a_clock_that_went_back_leaves_the_time_unknown_and_says_by_how_much() -> None:
    off = between([claim(100, 3600)], [claim(5, 0)])
    assert (off.ticks, off.why) == (None, "the clock went back by 3600.0 s, give or take 0.0 s")
    assert between([claim(100, 0.0015)], [claim(5, 0)]) == Off(1, 0, 96), "inside the uncertainty it is a short time"


def test_a_clock_that_nobody_vouches_for_makes_no_claim() -> None:
    line: dict[str, Json] = {"at": 5, "kind": "anchor", "source": "s", "t": 5, "uncertainty": VOUCHED, "utc": NOON}
    assert claims([line, {**line, "uncertainty": VOUCHED + 1}, {**line, "kind": "counts"}]) == (Claim(5, NOON, VOUCHED, "s"),)


def test_a_clock_that_was_set_or_a_device_that_slept_shows_and_drift_does_not() -> None:
    assert list(leaps([claim(0, 0), claim(60, 60.01), claim(120, 3720), claim(180, 3780)])) == [3_599_990_000]
    assert list(leaps([claim(0, 0), claim(60, -30)])) == [-90 * SECOND]
    assert list(leaps([claim(0, 0), claim(60, 90, source="satellites")])) == [], "two clocks may differ"


@given(st.integers(0, 10**12), st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_time_off_is_what_lies_between_wherever_the_claims_were_made(length: int, last: int, first: int) -> None:
    utc = [Claim(-last, NOON - last * 125 // 6, 5, "a")], [Claim(first, NOON + (length + first) * 125 // 6, 7, "b")]
    off = off_between(0, utc[0], 0, utc[1], 1)
    assert off.ticks is not None and abs(off.ticks - length) <= 1, "rounded to microseconds on the way"
