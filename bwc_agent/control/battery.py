"""When a battery is low, as officers know it: by the minutes left where the gauge knows them, by its percent elsewhere. Pure."""

from typing import Final

from bwc_agent.control.events import Event
from bwc_agent.control.inputs import PowerLevel
from bwc_agent.control.policy import Policy

CLEARLY: Final = 5
"""Minutes above the limit at which a low battery counts as well again: an estimate wavers."""


def battery(policy: Policy, level: PowerLevel, low: bool) -> Event | None:
    """The event that a reading is, given whether the battery was `low` before; None where nothing changed.

    What a charger feeds is never low (IV.B warns of a device that is about to go off).
    """
    if low:
        return Event.BATTERY_WELL if level.charging or _well(policy, level) else None
    return None if level.charging or not _low(policy, level) else Event.BATTERY_LOW


def _low(policy: Policy, level: PowerLevel) -> bool:
    if level.minutes_left is not None:
        return level.minutes_left <= policy.low_battery_minutes
    return level.percent <= policy.low_battery_percent


def _well(policy: Policy, level: PowerLevel) -> bool:
    if level.minutes_left is not None:
        return level.minutes_left > policy.low_battery_minutes + CLEARLY
    return level.percent > policy.low_battery_percent
