"""The one queue of a live start."""

from itertools import count

from bwc_agent.control.inputs import DockChange, Tick
from bwc_agent.live.stream import TICK, Item, Session, Stream
from bwc_agent.units import ns_from_ticks


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


def test_time_is_told_however_many_items_come() -> None:
    stream = stepping(TICK // 2)
    given = [DockChange(at, True) for at in range(50)]
    for item in given:
        stream.give(item)
    stream.end()
    got = list(stream)
    ticks = [item.at for item in got if isinstance(item, Tick)]
    assert [item for item in got if not isinstance(item, Tick)] == given
    assert len(ticks) >= 20 and ticks == sorted(ticks)


def test_time_is_told_when_nothing_comes() -> None:
    inputs = iter(stepping(TICK))
    assert [type(next(inputs)) for _ in range(3)] == [Tick] * 3


def test_a_core_that_is_late_at_each_tick_still_hears_of_all_else() -> None:
    now = 0
    stream = Stream(lambda: ns_from_ticks(now))
    given = [DockChange(at, True) for at in range(50)]
    for item in given:
        stream.give(item)
    stream.end()
    got: list[Item] = []
    for came in stream:
        got.append(came)
        now += 3 * TICK if isinstance(came, Tick) else TICK // 5
    assert [item for item in got if not isinstance(item, Tick)] == given
    assert 9 <= len(got) - len(given) <= 11


def test_what_a_closed_session_gave_before_it_was_closed_is_let_go() -> None:
    stream, old, new = stepping(0), Session(), Session()
    stream.give(DockChange(1, True), old)
    stream.give(DockChange(2, True), new)
    stream.give(DockChange(3, True))
    old.closed = True
    stream.end()
    assert [item.at for item in stream if isinstance(item, DockChange)] == [2, 3]
