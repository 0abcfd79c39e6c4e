"""The one queue of a live start."""

from collections.abc import Iterable
from itertools import count, pairwise

from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.control.inputs import DockChange, Tick
from bwc_agent.live.stream import TICK, Item, Session, Stream
from bwc_agent.units import ns_from_ticks, seconds


def stepping(step: int) -> Stream:
    """A stream whose clock goes on by `step` ticks each time it is asked."""
    times = count(0, step)
    return Stream(lambda: ns_from_ticks(next(times)))


def test_items_come_in_the_order_of_their_arrival_and_then_it_ends() -> None:
    stream = stepping(0)
    given = [DockChange(at, True) for at in (5, 3, 9)]
    for item in given:
        stream.give(item)
    stream.end()
    assert list(stream) == given


def given_at(stream: Stream, clock: "Clock", times: Iterable[int]) -> list[DockChange]:
    """An item that arrives at each of `times`, and then the end."""
    items = []
    for clock.now in times:
        items.append(DockChange(clock.now, True))
        stream.give(items[-1])
    stream.end()
    return items


class Clock:
    """Moved by the test alone."""

    now = 0

    def stream(self) -> Stream:
        return Stream(lambda: ns_from_ticks(self.now))


@given(st.lists(st.integers(1, seconds(3)), max_size=60).map(sorted), st.integers(0, seconds(4)))
def test_a_core_that_was_held_up_hears_items_and_ticks_as_they_came(arrivals: list[int], held: int) -> None:
    clock = Clock()
    stream = clock.stream()
    stream.give(DockChange(0, False))
    inputs = iter(stream)
    first = next(inputs)
    given = given_at(stream, clock, arrivals)
    clock.now += held

    got = [first, *inputs]
    assert [item for item in got if not isinstance(item, Tick)] == [first, *given]
    times = [item.at for item in got if isinstance(item, Tick | DockChange)]
    assert times == sorted(times)
    assert all(later - earlier <= 10 * TICK for earlier, later in pairwise(times))
    if clock.now < seconds(1):
        assert [item.at for item in got if isinstance(item, Tick)] == list(range(TICK, max(arrivals, default=0) + 1, TICK))


def test_time_is_told_when_nothing_comes() -> None:
    inputs = iter(stepping(TICK))
    assert [type(next(inputs)) for _ in range(3)] == [Tick] * 3


def test_a_core_that_is_late_at_each_tick_still_hears_of_all_else() -> None:
    clock = Clock()
    stream = clock.stream()
    stream.give(DockChange(0, False))
    inputs = iter(stream)
    next(inputs)
    given = given_at(stream, clock, range(TICK // 5, 60 * TICK, TICK // 5))
    got: list[Item] = []
    for came in inputs:
        got.append(came)
        clock.now += 3 * TICK if isinstance(came, Tick) else TICK // 100
    assert [item for item in got if not isinstance(item, Tick)] == given
    assert 5 <= len(got) - len(given) <= 8, "where it is a second late, it hears of time ten times less often"


def test_what_a_closed_session_gave_before_it_was_closed_is_let_go() -> None:
    stream, old, new = stepping(0), Session(), Session()
    stream.give(DockChange(1, True), old)
    stream.give(DockChange(2, True), new)
    stream.give(DockChange(3, True))
    old.closed = True
    stream.end()
    assert [item.at for item in stream if isinstance(item, DockChange)] == [2, 3]
