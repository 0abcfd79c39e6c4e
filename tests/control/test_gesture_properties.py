"""What holds for any fingers: bounce changes nothing, a press makes at most one gesture, nothing sticks."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.control.gestures import GestureKind, Gestures
from bwc_agent.control.inputs import ButtonEdge, Tick
from bwc_agent.units import seconds
from hal.interfaces import Button
from tests.control.fingers import EVENT, FUNCTION, POLICY, actions, bounced, clean_double, play, with_ticks

EVERY = st.integers(seconds(0.01), seconds(7))


@st.composite
def messes(draw: st.DrawFn) -> list[ButtonEdge | Tick]:
    """Any levels at any rising times, repeated and lost edges included, with ticks among them."""
    at, out = 0, list[ButtonEdge | Tick]()
    step = st.one_of(st.integers(0, 3000), st.integers(0, seconds(1)), st.integers(0, seconds(5)))
    for what in draw(st.lists(st.sampled_from(["event", "function", "tick"]), max_size=30)):
        at += draw(step)
        out.append(Tick(at) if what == "tick" else ButtonEdge(at, Button(what), draw(st.booleans())))
    return out


@settings(max_examples=60, deadline=None)
@given(st.data(), actions(), EVERY, EVERY)
def test_bounce_and_the_pace_of_ticks_change_no_gesture(data: st.DataObject, clean: list[ButtonEdge], one: int, other: int) -> None:
    dirty = data.draw(bounced(clean, POLICY.debounce))
    assert play(with_ticks(dirty, one)) == play(with_ticks(clean, other))


@settings(max_examples=40, deadline=None)
@given(st.data(), actions(), st.integers(0, seconds(0.015)))
def test_edges_a_little_behind_the_clock_give_the_same_gestures(data: st.DataObject, clean: list[ButtonEdge], late: int) -> None:
    dirty = data.draw(bounced(clean, POLICY.debounce))
    assert play(with_ticks(dirty, seconds(0.02), late)) == play(with_ticks(clean, seconds(0.02)))


@settings(max_examples=150, deadline=None)
@given(messes())
def test_each_press_down_is_in_at_most_one_gesture_and_each_gesture_is_of_real_edges(mess: list[ButtonEdge | Tick]) -> None:
    presses = Counter(item.at for item in mess if isinstance(item, ButtonEdge) and item.pressed)
    used = Counter(at for gesture in play([*mess, Tick(seconds(1000))]) for at in gesture.edges)
    assert not used - presses


@settings(max_examples=150, deadline=None)
@given(messes())
def test_a_double_press_is_decided_within_the_longest_start_gesture(mess: list[ButtonEdge | Tick]) -> None:
    gestures = play([*mess, Tick(seconds(1000))])
    assert all(gesture.edges == tuple(sorted(gesture.edges)) for gesture in gestures)
    doubles = [gesture for gesture in gestures if gesture.kind is GestureKind.DOUBLE_PRESS]
    assert all(0 <= double.decided - double.edges[0] <= POLICY.longest_start_gesture for double in doubles)


@settings(max_examples=100, deadline=None)
@given(messes())
def test_no_mess_leaves_a_button_stuck(mess: list[ButtonEdge | Tick]) -> None:
    machine = Gestures(POLICY)
    play(mess, gestures=machine)
    end = max((item.at for item in mess), default=0) + seconds(20)
    let_go: list[ButtonEdge | Tick] = [ButtonEdge(end, button, False) for button in (EVENT, FUNCTION)]
    play([*let_go, Tick(end + seconds(20))], gestures=machine)
    after = play([*clean_double(1000), Tick(seconds(1100))], gestures=machine)
    assert [gesture.kind for gesture in after] == [GestureKind.DOUBLE_PRESS]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-10_000, 200_000), st.sampled_from(Button), st.booleans(), st.booleans()), max_size=30))
def test_even_time_that_runs_backwards_crashes_nothing(items: list[tuple[int, Button, bool, bool]]) -> None:
    machine = Gestures(POLICY)
    play([Tick(at) if tick else ButtonEdge(at, button, pressed) for at, button, pressed, tick in items], gestures=machine)
    after = play([Tick(seconds(20)), *clean_double(30)], gestures=machine)
    assert after[-1].kind is GestureKind.DOUBLE_PRESS
