"""The shipped scenarios, accounted for: where the time went, to the second, by the verdict about the device."""

import pytest

from bwc_agent.evidence.device_time import DeviceTime
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.units import TICKS
from tests.e2e.played import shipped_shift

SPENT = {
    "demo": {"filling": 30, "standby": 13, "recording": 20, "docked": 17},
    "sleep": {"filling": 25.5, "standby": 9.5, "recording": 17.7, "asleep": 17.3},
    "unplug": {"filling": 39, "standby": 5, "recording": 22, "fault": 4},
    "dock_while_recording": {"filling": 30, "standby": 5, "recording": 18, "docked": 17},
    "power_cut": {"filling": 43.6, "standby": 10, "recording": 31.2, "off": 5.2},
}
"""Seconds of each account, as the scenario has them."""


def time_of(name: str) -> DeviceTime:
    shift = shipped_shift(name)
    verdict = verify_device(shift.vault.root, shift.authority)
    assert verdict.reasons == () and verdict.state in (State.COMPLETE, State.TRUNCATED)
    (time,) = verdict.times
    return time


@pytest.mark.parametrize("name", SPENT)
def test_every_second_of_a_scenario_is_accounted_for(name: str) -> None:
    time = time_of(name)
    spent = {account: ticks / TICKS for account, ticks in time.totals.items() if ticks}
    assert spent == pytest.approx(SPENT[name], abs=0.5)
    for start in time.starts:
        assert sum(start.duty.totals.values()) == start.duty.elapsed
        assert start.duty.elapsed % TICKS == 0 or not start.duty.orderly


def test_a_power_cut_costs_less_than_half_a_second_of_known_time_and_the_clocks_bridge_the_rest() -> None:
    time = time_of("power_cut")
    cut, second = time.starts
    assert not cut.duty.orderly and 49.5 * TICKS < cut.duty.ended < 50 * TICKS
    assert second.before is not None and second.before.ticks == 55 * TICKS - cut.duty.ended and second.before.uncertainty == 96
    assert sum(time.totals.values()) == 90 * TICKS
    assert time.notes[0].startswith("start 0 lost power")
