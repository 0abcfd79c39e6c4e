"""The knobs agree with each other and with the floor, or are refused by name."""

import re
from typing import Any

import pytest

from bwc_agent.control.policy import Policy
from bwc_agent.errors import ConfigError
from bwc_agent.units import seconds


def test_the_defaults_are_what_officers_know() -> None:
    policy = Policy()
    times = policy.double_press_window, policy.debounce, policy.hold, policy.short_stop, policy.confirm_within
    assert times == (seconds(0.6), seconds(0.03), seconds(3), seconds(10), seconds(10))
    assert (policy.reminder, policy.sleep_reminder, policy.pre_roll) == (seconds(120), seconds(900), seconds(30))
    assert policy.dock_while_recording == "continue"


def test_the_longest_start_gesture_is_the_longest_that_can_start() -> None:
    assert Policy().longest_start_gesture == seconds(0.6)
    assert Policy(double_press_window=seconds(1)).longest_start_gesture == seconds(1)
    assert Policy(start_by_hold=True).longest_start_gesture == seconds(3)


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"pre_roll": seconds(30) - 1}, "V.A.7"),
        ({"pre_roll": seconds(20)}, "pre_roll is 20 s"),
        ({"debounce": seconds(0.06)}, "at most 0.05 s"),
        ({"double_press_window": seconds(0.06)}, "more than twice the debounce"),
        ({"hold": seconds(0.6)}, "set a longer hold"),
        ({"confirm_within": seconds(2)}, "at least the hold"),
        ({"reminder": 0}, "reminder is 0 ticks"),
        ({"dock_while_recording": "maybe"}, 'dock_while_recording is "maybe"'),
        ({"reserve_percent": 15}, "reserve_percent"),
        ({"low_battery_percent": 101}, "low_battery_percent"),
    ],
)
def test_what_contradicts_is_refused_with_the_name_and_the_mend(knobs: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        Policy(**knobs)
