"""Boundaries of each gesture, told edge by edge."""

import pytest

from bwc_agent.control.gestures import Gesture, GestureKind, Gestures
from bwc_agent.control.inputs import ButtonEdge, Tick
from bwc_agent.control.policy import Policy
from bwc_agent.units import seconds
from tests.control.fingers import EVENT, FUNCTION, clean_double, play, press, settled

WINDOW = Policy().double_press_window
HOLD = Policy().hold


def kinds(gestures: list[Gesture]) -> list[GestureKind]:
    return [gesture.kind for gesture in gestures]


def edge(at: int, pressed: bool) -> ButtonEdge:
    return ButtonEdge(at, EVENT, pressed)


def test_double_press_is_decided_by_its_second_press_down_and_keeps_the_first_edge() -> None:
    assert play(clean_double(1)) == [Gesture(GestureKind.DOUBLE_PRESS, (seconds(1), seconds(1.3)), seconds(1.3))]


def test_a_press_at_time_zero_counts() -> None:
    assert play(settled(clean_double(0)))[0].edges[0] == 0


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(WINDOW - 1, [GestureKind.DOUBLE_PRESS]), (WINDOW, [GestureKind.PRESS, GestureKind.PRESS])],
)
def test_the_window_is_open_at_its_end(gap: int, expected: list[GestureKind]) -> None:
    edges = settled([edge(0, True), edge(5000, False), edge(gap, True), edge(gap + 5000, False)])
    assert kinds(play(edges)) == expected


def test_the_window_can_be_widened_for_gloves() -> None:
    edges = settled([*press(EVENT, 0, 0.5), *press(EVENT, 1.1, 1.3)])
    assert kinds(play(edges)) == [GestureKind.PRESS, GestureKind.PRESS]
    assert kinds(play(edges, Policy(double_press_window=seconds(1.2)))) == [GestureKind.DOUBLE_PRESS]


def test_single_press_is_decided_when_its_window_has_passed() -> None:
    machine = Gestures(Policy())
    assert play(settled(press(EVENT, 0, 0.1), WINDOW - 1), gestures=machine) == []
    assert play([Tick(WINDOW)], gestures=machine) == [Gesture(GestureKind.PRESS, (0,), WINDOW)]


def test_a_long_press_below_the_hold_is_a_press_decided_at_its_release() -> None:
    assert play(settled([edge(0, True), edge(HOLD - 1, False)])) == [Gesture(GestureKind.PRESS, (0,), HOLD - 1)]


def test_a_hold_needs_no_release_and_is_one_gesture() -> None:
    machine = Gestures(Policy())
    assert play([edge(0, True), Tick(HOLD - 1)], gestures=machine) == []
    assert play([Tick(HOLD)], gestures=machine) == [Gesture(GestureKind.HOLD, (0,), HOLD)]
    assert play(settled([edge(4 * HOLD, False)]), gestures=machine) == []


def test_a_hold_is_decided_at_its_exact_time_when_the_tick_is_late() -> None:
    assert play(settled([edge(7, True)])) == [Gesture(GestureKind.HOLD, (7,), 7 + HOLD)]


def test_a_release_at_the_hold_time_is_a_hold() -> None:
    assert play([edge(0, True), edge(HOLD, False)]) == [Gesture(GestureKind.HOLD, (0,), HOLD)]


def test_a_release_that_may_be_bounce_keeps_a_hold_in_doubt_until_it_is_settled() -> None:
    machine = Gestures(Policy())
    assert play([edge(0, True), edge(HOLD - 1, False), Tick(HOLD + 1)], gestures=machine) == []
    assert play([edge(HOLD + 2, True), Tick(HOLD + seconds(1))], gestures=machine) == [Gesture(GestureKind.HOLD, (0,), HOLD)]


def test_the_second_press_of_a_double_press_held_on_stops_nothing() -> None:
    assert kinds(play(settled([*press(EVENT, 0, 0.1), *press(EVENT, 0.3, 9)]))) == [GestureKind.DOUBLE_PRESS]


def test_four_quick_presses_are_two_double_presses() -> None:
    edges = [e for i in range(4) for e in press(EVENT, 0.25 * i, 0.25 * i + 0.1)]
    assert kinds(play(settled(edges))) == [GestureKind.DOUBLE_PRESS] * 2


def test_a_contact_that_lets_go_for_a_moment_does_not_cut_a_hold() -> None:
    edges = settled([edge(0, True), edge(seconds(1.5), False), edge(seconds(1.51), True)])
    assert play(edges) == [Gesture(GestureKind.HOLD, (0,), HOLD)]


def test_a_lost_release_leaves_no_button_stuck() -> None:
    edges = settled([edge(0, True), *press(EVENT, 0.4, 0.5), *clean_double(20)])
    assert kinds(play(edges)) == [GestureKind.DOUBLE_PRESS, GestureKind.DOUBLE_PRESS]


def test_a_lost_release_ends_the_press_at_the_next_press_down() -> None:
    edges = settled([edge(0, True), *press(EVENT, 2, 2.1)])
    assert play(edges)[0] == Gesture(GestureKind.PRESS, (0,), seconds(2))
    assert kinds(play(edges)) == [GestureKind.PRESS, GestureKind.PRESS]


def test_a_lost_press_down_leaves_no_button_stuck() -> None:
    assert kinds(play(settled([edge(0, False), edge(9000, False), *clean_double(20)]))) == [GestureKind.DOUBLE_PRESS]


def test_a_release_inside_the_bounce_of_its_press_counts_at_the_end_of_it() -> None:
    assert kinds(play(settled([edge(0, True), edge(seconds(0.02), False)]))) == [GestureKind.PRESS]


def test_a_second_press_that_arrives_behind_the_closing_tick_still_starts() -> None:
    behind = [*settled(press(EVENT, 0, 0.1), WINDOW + 5), edge(WINDOW - 5, True)]
    assert kinds(play(behind)) == [GestureKind.PRESS, GestureKind.DOUBLE_PRESS]


def test_an_edge_before_its_predecessor_is_taken_as_if_with_it() -> None:
    edges = settled([edge(seconds(5), True), edge(seconds(4), False)])
    assert play(edges) == [Gesture(GestureKind.PRESS, (seconds(5),), seconds(5) + WINDOW)]
    double = play([*settled(press(EVENT, 5, 5.2), seconds(5.3)), edge(seconds(4), True)])
    assert double == [Gesture(GestureKind.DOUBLE_PRESS, (seconds(5), seconds(5.2)), seconds(5.2))]


def test_function_hold_and_press() -> None:
    edges = settled([*press(FUNCTION, 0, 3.5), *press(FUNCTION, 10, 10.2)])
    assert kinds(play(edges)) == [GestureKind.FUNCTION_HOLD, GestureKind.FUNCTION_PRESS]


def test_function_triple_is_decided_by_its_third_press_down() -> None:
    edges = [e for i in range(3) for e in press(FUNCTION, 0.4 * i, 0.4 * i + 0.1)]
    downs = (0, seconds(0.4), seconds(0.8))
    assert play(settled(edges)) == [Gesture(GestureKind.FUNCTION_TRIPLE, downs, seconds(0.8))]


def test_two_function_presses_are_two_presses() -> None:
    edges = settled([*press(FUNCTION, 0, 0.1), *press(FUNCTION, 0.4, 0.5)])
    assert kinds(play(edges)) == [GestureKind.FUNCTION_PRESS] * 2


def test_both_held_is_one_gesture_from_the_later_press_and_cancels_the_single_holds() -> None:
    edges = settled([ButtonEdge(0, EVENT, True), ButtonEdge(9600, FUNCTION, True)])
    assert play(edges) == [Gesture(GestureKind.BOTH_HOLD, (0, 9600), 9600 + Policy().sleep_hold)]


def test_both_let_go_just_before_their_time_is_no_hold_of_both() -> None:
    due = 9600 + Policy().sleep_hold
    edges = [ButtonEdge(0, EVENT, True), ButtonEdge(9600, FUNCTION, True), ButtonEdge(due - 1, FUNCTION, False)]
    assert play(settled(edges, due)) == []


def test_a_button_let_go_a_moment_before_the_other_goes_down_is_not_held_with_it() -> None:
    edges = [*press(EVENT, 0, 0.5), ButtonEdge(seconds(0.51), FUNCTION, True)]
    assert kinds(play(settled(edges))) == [GestureKind.PRESS, GestureKind.FUNCTION_HOLD]


def test_both_held_and_one_let_go_early_is_no_hold_of_the_other() -> None:
    edges = sorted([*press(EVENT, 0, 9), *press(FUNCTION, 0.2, 2.5)], key=lambda item: item.at)
    assert kinds(play(settled(edges))) == [GestureKind.FUNCTION_PRESS, GestureKind.PRESS]


def test_a_knock_on_the_other_button_late_in_a_hold_does_not_cancel_it() -> None:
    edges = sorted([*press(EVENT, 0, 4), *press(FUNCTION, 2, 2.2)], key=lambda item: item.at)
    assert kinds(play(settled(edges))) == [GestureKind.HOLD, GestureKind.FUNCTION_PRESS]


def test_a_double_press_counts_while_the_other_button_is_down() -> None:
    edges = sorted([*press(FUNCTION, 0, 2), *clean_double(0.5)], key=lambda item: item.at)
    assert GestureKind.DOUBLE_PRESS in kinds(play(edges))


def test_gestures_of_one_late_tick_come_in_the_order_of_their_decision() -> None:
    edges = settled([ButtonEdge(0, FUNCTION, True), ButtonEdge(seconds(1.2), EVENT, True)])
    assert kinds(play(edges)) == [GestureKind.FUNCTION_HOLD, GestureKind.HOLD]
