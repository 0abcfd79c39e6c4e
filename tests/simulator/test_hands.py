"""A hand's bouncing contacts: every edge in order, each ends in the level meant, and a run of gestures is told apart."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.control.gesture import Gesture, GestureKind
from bwc_agent.control.gestures import Gestures
from bwc_agent.control.inputs import ButtonEdge
from bwc_agent.control.policy import Policy
from bwc_agent.units import TICKS, seconds
from hal.interfaces import Button
from simulator import hands
from simulator.scenario import Event, Verb

MEANT = {
    Verb.PRESS: GestureKind.PRESS,
    Verb.DOUBLE_PRESS: GestureKind.DOUBLE_PRESS,
    Verb.HOLD: GestureKind.HOLD,
    Verb.FUNCTION_PRESS: GestureKind.FUNCTION_PRESS,
    Verb.FUNCTION_HOLD: GestureKind.FUNCTION_HOLD,
    Verb.FUNCTION_TRIPLE: GestureKind.FUNCTION_TRIPLE,
    Verb.HOLD_BOTH: GestureKind.BOTH_HOLD,
    Verb.POWER_HOLD: GestureKind.POWER_HOLD,
}
SEEDS = st.integers(0, 2**64)
DONE = [verb for verb in Verb if verb not in MEANT]


def recognised(edges: list[ButtonEdge], until: int) -> list[Gesture]:
    """What the gestures machine tells of the edges, with a tick every 10 ms, as the agent gives it."""
    machine, told, pending = Gestures(Policy()), list[Gesture](), list(edges)
    for now in range(0, until, seconds(0.01)):
        while pending and pending[0].at <= now:
            told += machine.edge(pending.pop(0))
        told += machine.tick(now)
    return told


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, run=st.lists(st.sampled_from(list(MEANT)), max_size=4))
def test_gestures_six_seconds_apart_are_told_one_by_one(seed: int, run: list[Verb]) -> None:
    made = random.Random(seed)
    edges = [edge for k, verb in enumerate(run) for edge in hands.edges(Event(k * 6 * TICKS, verb), TICKS, made)]
    told = recognised(edges, (len(run) + 1) * 6 * TICKS)
    assert [gesture.kind for gesture in told] == [MEANT[verb] for verb in run]
    assert [gesture.edges[0] for gesture in told] == [(1 + 6 * k) * TICKS for k in range(len(run))]


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS, verb=st.sampled_from(list(MEANT)), origin=st.integers(0, 10**9))
def test_edges_are_in_order_and_every_button_is_let_go(seed: int, verb: Verb, origin: int) -> None:
    edges = hands.edges(Event(TICKS, verb), origin, random.Random(seed))
    assert [edge.at for edge in edges] == sorted(edge.at for edge in edges) and edges[0].at == origin + TICKS
    for button in Button:
        levels = [edge.pressed for edge in edges if edge.button is button]
        assert not levels or (levels[0] and not levels[-1])


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, held=st.floats(0.1, 2.9))
def test_a_button_let_go_before_the_third_second_is_a_press_and_no_hold(seed: int, held: float) -> None:
    edges = hands.edges(Event(TICKS, Verb.HOLD, (held,)), 0, random.Random(seed))
    assert [gesture.kind for gesture in recognised(edges, 8 * TICKS)] == [GestureKind.PRESS]


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, verb=st.sampled_from([Verb.HOLD, Verb.FUNCTION_HOLD, Verb.HOLD_BOTH, Verb.POWER_HOLD]), held=st.floats(3.05, 9))
def test_a_longer_hold_is_one_hold(seed: int, verb: Verb, held: float) -> None:
    edges = hands.edges(Event(TICKS, verb, (held,)), 0, random.Random(seed))
    assert [gesture.kind for gesture in recognised(edges, 12 * TICKS)] == [MEANT[verb]]


def test_the_same_seed_gives_the_same_edges_and_another_one_others() -> None:
    runs = [hands.edges(Event(0, Verb.FUNCTION_TRIPLE), 0, random.Random(seed)) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("verb", DONE)
def test_what_no_hand_does_to_a_button_has_no_edges(verb: Verb) -> None:
    assert hands.edges(Event(TICKS, verb, (50, 50)), 0, random.Random(1)) == []
