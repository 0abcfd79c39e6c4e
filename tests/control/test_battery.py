"""A battery is low by the minutes it has left, and by its percent where nobody knows those."""

import pytest

from bwc_agent.control.battery import CLEARLY, battery
from bwc_agent.control.events import Event
from bwc_agent.control.inputs import PowerLevel
from bwc_agent.control.policy import Policy

POLICY = Policy(low_battery_minutes=20, low_battery_percent=15)


def level(percent: int, minutes: int | None = None, charging: bool = False) -> PowerLevel:
    return PowerLevel(0, percent, charging, minutes)


@pytest.mark.parametrize(
    ("reading", "low", "event"),
    [
        (level(60, 21), False, None),
        (level(60, 20), False, Event.BATTERY_LOW),
        (level(60, 20), True, None),
        (level(60, 20 + CLEARLY), True, None),
        (level(60, 21 + CLEARLY), True, Event.BATTERY_WELL),
        (level(16), False, None),
        (level(15), False, Event.BATTERY_LOW),
        (level(15), True, None),
        (level(16), True, Event.BATTERY_WELL),
        (level(5, 90), False, None),
        (level(5, charging=True), False, None),
        (level(5, 3, charging=True), True, Event.BATTERY_WELL),
    ],
)
def test_the_minutes_count_where_they_are_known(reading: PowerLevel, low: bool, event: Event | None) -> None:
    assert battery(POLICY, reading, low) is event
