"""Full jitter: any wait up to a ceiling that doubles, and is capped."""

from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.offload.backoff import BASE, CAP, Backoff, ceiling

DRAWS = st.floats(0, 1, exclude_max=True)


@given(st.lists(DRAWS, min_size=1, max_size=40))
def test_each_wait_is_drawn_below_a_ceiling_that_doubles_up_to_the_cap(draws: list[float]) -> None:
    backoff = Backoff(iter(draws).__next__)
    for number, draw in enumerate(draws):
        wait = backoff.failed()
        assert wait == draw * min(CAP, BASE * 2**number)
        assert 0 <= wait <= CAP


@given(st.integers(1, 10_000))
def test_the_ceiling_never_falls_and_a_week_of_failures_overflows_nothing(failures: int) -> None:
    assert BASE <= ceiling(failures) <= ceiling(failures + 1) <= CAP


@given(st.integers(1, 60))
def test_after_a_success_the_next_failure_is_the_first_again(failures: int) -> None:
    backoff = Backoff(lambda: 0.5)
    waits = [backoff.failed() for _ in range(failures)]
    backoff.succeeded()
    assert backoff.failed() == waits[0] == BASE / 2
