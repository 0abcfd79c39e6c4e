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


def lines(*events: tuple[str, str]) -> str:
    return 'length = "9 s"\n' + "".join(f'[[event]]\nat = "{at}"\ndo = "{do}"\n' for at, do in events)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (lines(("1 s", "press"), ("2 s", "double pres")), "line 7: event.1.do: 'double pres' is nothing that can be done; did you mean"),
        (lines(("1 s", "hold -3")), "line 4: event.0.do: 'hold' takes no number below 0"),
        (lines(("1 s", "battery 101")), "line 4: event.0.do: 'battery' takes 0 to 100 percent"),
        (lines(("1 s", "press"), ("10 s", "press")), "line 6: event.1.at: outside the scenario: from 0 s to length, 9 s"),
        (lines(("-1 s", "press")), "line 3: event.0.at: '-1 s' is not understood"),
        (lines(("1 s", "boot")), "boot at 1 s, but the device is on: put 'cut power' before it"),
        (lines(("3 s", "cut power"), ("2 s", "boot")), "boot at 2 s, but the device is on"),
        (lines(("1 s", "cut power"), ("2 s", "cut power")), "cut power at 2 s, but the device is off: put 'boot' before it"),
        (lines() + "[settings.buffer]\nseconds = 29\n", "line 3: settings.buffer.seconds: 29 is below the floor of DHS 045-07 V.A.7"),
        (lines() + "[settings]\nbuffer.seconds = 29\n", "line 3: settings.buffer.seconds: 29 is below the floor"),
        (lines() + "[settings.bufer]\n", "line 2: settings.bufer: unknown key; did you mean 'buffer'?"),
        (lines() + '[storage]\nspeed = "-1 MB/s"\n', "line 3: storage.speed: '-1 MB/s' is not understood"),
        (lines() + "[event]\n", "line 2: event: input should be a valid list"),
        (lines() + "time = 2026-03-14T15:09:26\n", "line 2: time: input should have timezone info"),
        ("seed = 1\n", "line 1: length: field required"),
    ],
)
def test_a_scenario_that_cannot_be_played_is_refused_by_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        written(tmp_path, text)
    assert str(refused.value).startswith(str(tmp_path / "s.toml")) and said in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]


def test_an_event_at_the_first_and_at_the_last_moment_is_inside(tmp_path: Path) -> None:
    assert [event.at for event in written(tmp_path, lines(("9 s", "press"), ("0 s", "dim"))).events] == [0, 9 * TICKS]
