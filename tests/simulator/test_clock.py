"""The device's wall clock in a scenario: right at each boot, set to a year when the scenario says so, claimed anew at once."""

import datetime

from bwc_agent.control.inputs import Anchor
from bwc_agent.fleet.settings import Settings
from bwc_agent.units import TICKS
from simulator.scenario import Event, Scenario, Verb, World
from simulator.world import Began, SimulatedWorld

BEGAN = datetime.datetime(2026, 3, 14, 15, 9, 26, tzinfo=datetime.UTC)


def claims(*events: Event, since: int = 0) -> list[tuple[int, datetime.datetime]]:
    """When (seconds since the boot) which time was claimed, in 100 s after a boot at `since`."""
    scenario = Scenario(World.model_validate({"length": "200 s", "time": BEGAN}), Settings(), events)
    anchors = [item for item in SimulatedWorld(scenario, Began(since, since + 100 * TICKS, True)) if isinstance(item, Anchor)]
    return [(anchor.at // TICKS, datetime.datetime.fromtimestamp(anchor.utc_us / 1e6, datetime.UTC)) for anchor in anchors]


def after(seconds: int, began: datetime.datetime = BEGAN) -> datetime.datetime:
    return began + datetime.timedelta(seconds=seconds)


def test_a_clock_that_is_set_is_claimed_at_once_and_runs_on_from_there() -> None:
    set_to = datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)
    assert claims(Event(40 * TICKS, Verb.SET_CLOCK, (2099.0,))) == [(0, BEGAN), (40, set_to), (60, after(20, set_to))]


def test_a_boot_sets_it_right() -> None:
    assert claims(Event(40 * TICKS, Verb.SET_CLOCK, (1970.0,)), since=90 * TICKS) == [(0, after(90)), (60, after(150))]
