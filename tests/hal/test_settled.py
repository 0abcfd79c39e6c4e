"""A level that counts only once it has stayed."""

from hypothesis import given
from hypothesis import strategies as st

from hal.settled import Settled

HOLD = 2_000


def told(settled: Settled, levels: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """What was told, as (since, value)."""
    out: list[tuple[int, bool]] = []
    for at, value in levels:
        if (news := settled.level(at, value)) is not None:
            out.append((settled.since_ns, news))
    return out


def test_the_first_level_is_told_at_once() -> None:
    for value in (False, True):
        settled = Settled(HOLD)
        assert (settled.value, settled.due_ns) == (None, None)
        assert told(settled, [(5, value)]) == [(5, value)]
        assert (settled.value, settled.due_ns) == (value, None)


def test_a_change_is_told_once_it_stayed_with_the_time_it_began() -> None:
    settled = Settled(HOLD)
    assert told(settled, [(0, False), (100, True), (2_099, True)]) == [(0, False)]
    assert settled.due_ns == 2_100
    assert told(settled, [(2_100, True), (9_000, True)]) == [(100, True)]
    assert settled.due_ns is None


def test_a_level_that_went_back_was_never_there() -> None:
    assert told(Settled(HOLD), [(0, False), (100, True), (2_099, False), (9_000, False)]) == [(0, False)]


def test_a_bouncing_change_begins_at_its_last_bounce() -> None:
    levels = [(0, False), (100, True), (101, False), (102, True), (103, False), (104, True), (2_103, True), (2_104, True)]
    assert told(Settled(HOLD), levels) == [(0, False), (104, True)]


def test_a_change_that_stayed_is_told_even_when_the_next_edge_is_the_first_to_say_so() -> None:
    settled = Settled(HOLD)
    assert told(settled, [(0, False), (100, True), (3_000, False)]) == [(0, False), (100, True)]
    assert settled.due_ns == 5_000
    assert settled.level(5_000, False) is False
    assert settled.since_ns == 3_000


def test_without_a_hold_each_change_is_told_at_once() -> None:
    assert told(Settled(0), [(0, False), (1, True), (1, False), (2, False)]) == [(0, False), (1, True), (1, False)]


def test_a_time_before_the_latest_is_taken_as_the_latest() -> None:
    settled = Settled(HOLD)
    assert told(settled, [(5_000, False), (4_000, True), (6_999, True)]) == [(5_000, False)]
    assert settled.level(7_000, True) is True
    assert settled.since_ns == 5_000


LEVELS = st.lists(st.tuples(st.integers(0, 3_000), st.booleans()), min_size=1, max_size=40)


@given(LEVELS)
def test_what_is_told_had_stayed_and_nothing_that_stayed_is_left_out(steps: list[tuple[int, bool]]) -> None:
    now, levels = 0, []
    for wait, value in steps:
        now += wait
        levels.append((now, value))
    levels.append((now + HOLD, levels[-1][1]))
    runs = [(at, value) for k, (at, value) in enumerate(levels) if k == 0 or levels[k - 1][1] != value]
    ends = [at for at, _ in runs[1:]] + [now + HOLD]
    expected: list[tuple[int, bool]] = []
    for k, ((at, value), end) in enumerate(zip(runs, ends, strict=True)):
        if k == 0 or (end - at >= HOLD and expected[-1][1] != value):
            expected.append((at, value))
    assert told(Settled(HOLD), levels) == expected


@given(LEVELS, st.integers(0, 3_000))
def test_looking_more_often_changes_nothing_of_what_is_told(steps: list[tuple[int, bool]], hold: int) -> None:
    now, sparse, dense = 0, [], []
    for k, (wait, value) in enumerate(steps):
        if k:
            dense += [(now + step, steps[k - 1][1]) for step in range(0, wait, 100)]
        now += wait
        sparse.append((now, value))
        dense.append((now, value))
    end = (now + hold, steps[-1][1])
    assert told(Settled(hold), [*sparse, end]) == told(Settled(hold), [*dense, end])
