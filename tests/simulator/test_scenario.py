"""Scenarios are read as meant, and a hand's bouncing edges are the gestures that were meant."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from bwc_agent.control.gestures import Gestures
from bwc_agent.control.policy import Policy
from bwc_agent.errors import ConfigError
from bwc_agent.units import TICKS
from simulator import hands
from simulator.scenario import Event, Scenario, Verb, World, load_scenario, parse_do, shipped
from tests.simulator.test_hands import MEANT

SHIPPED = sorted(p.stem for p in shipped("demo").parent.glob("*.toml"))


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
        (lines(("1 s", "hold -3")), "line 4: event.0.do: 'hold' takes 0.05 to 60 s, not -3 s: the nearest allowed is 0.05 s"),
        (lines(("1 s", "battery 101")), "line 4: event.0.do: 'battery' takes 0 to 100 %, not 101 %: the nearest allowed is 100 %"),
        (lines(("1 s", "press"), ("10 s", "press")), "line 6: event.1.at: outside the scenario: from 0 s to length, 9 s"),
        (lines(("-1 s", "press")), "line 3: event.0.at: '-1 s' is not understood"),
        (lines(("1 s", "boot")), "line 4: event.0.do: boot at 1 s, but the device is on: put 'cut power' before it"),
        (lines(("3 s", "cut power"), ("2 s", "boot")), "line 7: event.1.do: boot at 2 s, but the device is on"),
        (
            lines(("1 s", "cut power"), ("2 s", "cut power")),
            "line 7: event.1.do: cut power at 2 s, but the device is off: put 'boot' before it",
        ),
        (lines() + "[settings.buffer]\nseconds = 29\n", "line 3: settings.buffer.seconds: 29 is below the floor of DHS 045-07 V.A.7"),
        (lines() + "[settings]\nbuffer.seconds = 29\n", "line 3: settings.buffer.seconds: 29 is below the floor"),
        (lines() + "[settings.bufer]\n", "line 2: settings.bufer: unknown key; did you mean 'buffer'?"),
        (lines() + '[storage]\nspeed = "-1 MB/s"\n', "line 3: storage.speed: '-1 MB/s' is not understood"),
        (lines() + "[event]\n", "line 2: event: input should be a valid list"),
        (lines() + "time = 2026-03-14T15:09:26\n", "line 2: time: input should have timezone info"),
        ("seed = 1\n", "line 1: length: field required"),
        ('length = "0 s"\n', "line 1: length: '0 s' is out of bounds: set 1 s to 48 h; the nearest is 1 s"),
        (lines() + "time = 9999-01-01T00:00:00Z\n", "line 2: time: 9999-01-01 00:00:00+00:00 is too far away: write a year from 1970"),
        (
            lines() + "time = 2026-03-14\n",
            "line 2: time: input should be a valid datetime, not datetime.date(2026, 3, 14): write date, time",
        ),
        (lines() + "seed = -1\n", "line 2: seed: input should be greater than or equal to 0, not -1: set 0"),
        (lines() + 'sight = "packet"\n', "line 2: sight: input should be 'scene' or 'packets', not 'packet'; did you mean 'packets'?"),
        (lines() + '[storage]\nspeed = "0 MB/s"\n', "line 3: storage.speed: '0 MB/s' is out of bounds: set 1 kB/s to 10 GB/s"),
        (lines() + 'latency.cammera = "1 s"\n', "line 2: latency.cammera: unknown key; did you mean 'camera'?"),
        (lines() + 'event = [\n{at = "1 s", do = "dim"},\n{at = "2 s", do = "prss"}]', "line 4: event.1.do: 'prss' is nothing"),
        (lines() + '[[event]]\nat = "1 s"\ndo = "press"\nhow = 3\n', "line 5: event.0.how: unknown key; known here: at, do"),
        (lines(("1 s", "plug camera")), "plug camera at 1 s, but there is nothing to undo: put 'unplug camera' before it"),
        (lines(("1 s", "dim"), ("2 s", "dim")), "line 7: event.1.do: dim at 2 s, but that was done already: put 'bright' before it"),
        (lines(("1 s", "hold"), ("2 s", "press")), "line 7: event.1.do: press at 2 s, but a hand is on the event button until 4.2"),
        (lines(("4 s", "function press"), ("1 s", "hold both")), "line 4: event.0.do: function press at 4 s, but a hand is on"),
    ],
)
def test_a_scenario_that_cannot_be_played_is_refused_by_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        written(tmp_path, text)
    assert str(refused.value).startswith(str(tmp_path / "s.toml")) and said in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]


def test_an_event_at_the_first_and_at_the_last_moment_is_inside(tmp_path: Path) -> None:
    assert [event.at for event in written(tmp_path, lines(("9 s", "press"), ("0 s", "dim"))).events] == [0, 9 * TICKS]


def test_a_contact_may_be_made_again_after_a_boot(tmp_path: Path) -> None:
    text = lines(("1 s", "dock"), ("3 s", "cut power"), ("5 s", "boot"), ("6 s", "dock"))
    assert [event.verb for event in written(tmp_path, text).events].count(Verb.DOCK) == 2


PAGE = (shipped("demo").parent / "README.md").read_text()


def keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    out: set[str] = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        out |= keys(inner, f"{prefix}{name}.") if isinstance(inner, type) and issubclass(inner, BaseModel) else {prefix + name}
    return out


def test_the_page_beside_the_scenarios_names_every_key_with_its_default_and_every_verb(tmp_path: Path) -> None:
    world, done = PAGE.split("## What can be done")
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| `?([^|`]+)`? \|", world, re.MULTILINE))
    assert set(rows) == keys(World) | {"settings"}
    stated = [f"{key} = {value}\n" for key, value in rows.items() if key not in ("length", "settings", "event")]
    assert written(tmp_path, lines() + "".join(stated)).world == written(tmp_path, lines()).world
    assert {verb.value for verb in Verb} <= set(re.findall(r"[a-z]+(?: [a-z]+)*", done.replace("`", "|")))


EVENTS = st.tuples(
    st.sampled_from(["0 s", "3 s", "9 s", "10 s", "x"]), st.sampled_from([*(v.value for v in Verb), "hold 2 s", "battery 5 %"])
)


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(EVENTS, max_size=6))
def test_any_events_give_a_scenario_in_order_or_a_refusal_by_line(
    parts: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-scenario.toml"
    path.write_text(lines(*parts))
    try:
        found = load_scenario(path)
    except ConfigError as error:
        assert re.match(rf"{re.escape(str(path))}, line \d+: event\.\d\.(at|do): ", str(error))
    else:
        assert len(found.events) == len(parts) and [e.at for e in found.events] == sorted(e.at for e in found.events)
