"""Scenarios are read as meant, and a hand's bouncing edges are the gestures that were meant."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.control.gesture import GestureKind
from bwc_agent.control.gestures import Gestures
from bwc_agent.control.policy import Policy
from bwc_agent.errors import ConfigError
from bwc_agent.units import TICKS
from simulator import hands
from simulator.scenario import Event, Scenario, Verb, load_scenario, parse_do, shipped

SHIPPED = sorted(p.stem for p in shipped("demo").parent.glob("*.toml"))
MEANT = {
    Verb.PRESS: GestureKind.PRESS,
    Verb.DOUBLE_PRESS: GestureKind.DOUBLE_PRESS,
    Verb.HOLD: GestureKind.HOLD,
    Verb.FUNCTION_PRESS: GestureKind.FUNCTION_PRESS,
    Verb.FUNCTION_HOLD: GestureKind.FUNCTION_HOLD,
    Verb.FUNCTION_TRIPLE: GestureKind.FUNCTION_TRIPLE,
    Verb.HOLD_BOTH: GestureKind.BOTH_HOLD,
}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scenario_loads(name: str) -> None:
    scenario = load_scenario(shipped(name))
    assert scenario.events and scenario.starts()[0][0] == 0


def test_a_name_that_is_not_shipped_is_answered_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match="demo"):
        shipped("nothing")


@pytest.mark.parametrize("verb", list(MEANT))
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_bouncing_hand_is_understood(verb: Verb, seed: int) -> None:
    machine, told = Gestures(Policy()), []
    for edge in hands.edges(Event(TICKS, verb), 0, random.Random(seed)):
        told += machine.edge(edge)
        told += machine.tick(edge.at)
    told += machine.tick(20 * TICKS)
    assert [gesture.kind for gesture in told] == [MEANT[verb]]
    assert told[0].edges[0] == TICKS


@pytest.mark.parametrize("text", ["", "dance", "hold three", "battery", "fix 1", "press 3"])
def test_what_cannot_be_done_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"nothing that can be done|takes \d number"):
        parse_do(text)


def written(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "s.toml"
    path.write_text(text)
    return load_scenario(path)


def test_starts_follow_cuts_and_boots(tmp_path: Path) -> None:
    text = 'length = "9 s"\n' + "".join(f'[[event]]\nat = "{at} s"\ndo = "{do}"\n' for at, do in [(3, "cut power"), (5, "boot")])
    assert written(tmp_path, text).starts() == ((0, 3 * TICKS, True), (5 * TICKS, 9 * TICKS, False))


def test_a_span_without_an_end_lasts_past_the_scenario(tmp_path: Path) -> None:
    scenario = written(tmp_path, 'length = "9 s"\n[[event]]\nat = "4 s"\ndo = "dim"\n')
    assert scenario.spans(Verb.DIM, Verb.BRIGHT) == ((4 * TICKS, 10 * TICKS),)


def test_settings_that_are_no_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 2: settings"):
        written(tmp_path, 'length = "9 s"\nsettings = 3\n')
