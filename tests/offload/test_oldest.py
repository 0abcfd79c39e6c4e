"""How old is what waits, as the clocks claimed it."""

from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.off_time import VOUCHED, Claim
from bwc_agent.offload.oldest import Oldest, age, captured, claim, journal_claims
from bwc_agent.units import TICKS

DAY = 86_400 * 1_000_000
NOON = 1_767_268_800_000_000


def anchor(at: int = 0, utc: int = NOON, uncertainty: int = 1000) -> dict[str, Json]:
    return {"at": at, "source": "trial", "uncertainty": uncertainty, "utc": utc}


def test_a_file_was_captured_as_long_after_the_claim_as_its_ticks_say() -> None:
    known = [Claim(10 * TICKS, NOON, 1000, "trial")]
    begins = {"0001.tink": 5 * TICKS, "0002.tink": 65 * TICKS}
    assert captured(begins, known) == {"0001.tink": NOON - 5_000_000, "0002.tink": NOON + 55_000_000}


def test_without_a_claim_nobody_knows() -> None:
    assert captured({"0001.tink": 0}, []) == {}
    assert claim({}) is None and claim(None) is None


def test_a_clock_that_may_be_off_by_more_than_a_year_claims_nothing() -> None:
    assert claim(anchor()) == Claim(0, NOON, 1000, "trial")
    assert claim(anchor(uncertainty=VOUCHED + 1)) is None


def test_a_damaged_claim_is_none_and_the_others_count() -> None:
    lines: list[dict[str, Json]] = [{"kind": "anchor", **anchor()}, {"kind": "anchor", "at": "noon"}, {"kind": "state"}, {"n": 3}]
    assert journal_claims(lines) == [Claim(0, NOON, 1000, "trial")]


def test_of_several_claims_near_by_the_surest_counts() -> None:
    known = [Claim(0, NOON + DAY, 10_000_000, "chip"), Claim(TICKS, NOON + 1_000_000, 50, "satellites")]
    assert captured({"0001.tink": 0}, known) == {"0001.tink": NOON}


@given(st.integers(0, 2**52), st.integers(0, 2**52))
def test_an_age_is_never_negative(since: int, now: int) -> None:
    assert age(since, now) == max(0, (now - since) // 1_000_000)
    assert age(None, now) == 0


@given(st.lists(st.integers(), unique=True, max_size=20), st.randoms())
def test_done_in_any_order_the_oldest_is_the_first_that_is_left(things: list[int], random: object) -> None:
    oldest, left = Oldest(things), list(things)
    order = list(things)
    random.shuffle(order)  # type: ignore[attr-defined]
    for thing in order:
        assert oldest.first == left[0]
        oldest.done(thing)
        left.remove(thing)
    assert oldest.first is None
