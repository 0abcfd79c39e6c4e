"""Where the time went, as a person reads it in 80 columns and as a script reads it: the same sums."""

import io
import json

import pytest
from rich.console import Console

from bwc_agent.cli.time_table import clock, tables, time_fields
from bwc_agent.evidence.device_time import DeviceTime, StartTime
from bwc_agent.evidence.duty import Duty, Spell
from bwc_agent.evidence.off_time import Off
from bwc_agent.units import TICKS
from tests.cli.test_cli import bwc
from tests.e2e.played import shipped_shift

HOUR = 3600 * TICKS
DAY = (("filling", (), 30), ("standby", (), 17_000), ("recording", (), 3780), ("recording", ("camera",), 90), ("docked", (), 40_000))


def duty() -> Duty:
    spells, at = [], 0
    for state, lost, seconds in DAY:
        spells.append(Spell(state, lost, at, at + seconds * TICKS))
        at += seconds * TICKS
    return Duty(0, at, True, tuple(spells))


LONG = DeviceTime(
    "BWC-2026-0001",
    (
        StartTime(104_231, duty(), None),
        StartTime(104_232, duty(), Off(104_232, 130 * HOUR, 3 * TICKS)),
        StartTime(104_233, duty(), Off(104_233, why="no clock")),
    ),
    ("how long the device was off before start 104233 is unknown: no clock",),
)


def printed(time: DeviceTime, starts: bool) -> list[str]:
    console = Console(file=io.StringIO(), width=80, record=True, color_system=None, _environ={})
    for part in tables(time, starts):
        console.print(part, markup=False)
    return [line.rstrip() for line in console.export_text().splitlines()]


@pytest.mark.parametrize(("ticks", "text"), [(0, "0:00:00"), (TICKS // 2, "0:00:01"), (3599 * TICKS, "0:59:59"), (130 * HOUR, "130:00:00")])
def test_times_are_hours_minutes_and_rounded_seconds(ticks: int, text: str) -> None:
    assert clock(ticks) == text


def test_a_devices_sums_say_how_sure_the_time_off_is() -> None:
    lines = printed(LONG, starts=False)
    assert lines[0] == "BWC-2026-0001: on for 50:45:00 in 3 starts"
    (recording,) = (line for line in lines if line.strip().startswith("recording"))
    assert recording.split() == ["recording", "3:09:00", str(3 * 3780 * TICKS)]
    (off,) = (line for line in lines if line.strip().startswith("off"))
    assert "130:00:00" in off and "+/- 3.000 s; 1 of 2 unknown" in off
    (total,) = (line for line in lines if "sum of what is known" in line)
    assert total.split()[-2:] == ["180:45:00", str((180 * 3600 + 45 * 60) * TICKS)]
    assert "104231" not in "".join(lines[:-3])


def test_each_start_is_one_whole_line_of_eighty_columns() -> None:
    lines = printed(LONG, starts=True)
    assert all(len(line) <= 80 and "…" not in line for line in lines)
    assert all(word.isascii() for line in lines for word in line.split() if "─" not in word), "any terminal can show it"
    rows = [line.split() for line in lines if line.strip().startswith("10423")]
    on = ["1:03:00", "4:43:20", "0:00:30", "0:00:00", "11:06:40", "0:01:30", "16:55:00"]
    assert rows == [["104231", *on, "-"], ["104232", *on, "130:00:00"], ["104233", *on, "unknown"]]


def test_a_device_of_which_no_start_is_known_has_no_table() -> None:
    assert printed(DeviceTime("BWC-0001", (), ()), starts=True) == []


def test_scripts_get_every_number_in_ticks() -> None:
    told = time_fields(LONG)
    assert told["elapsed"] == (180 * 3600 + 45 * 60) * TICKS
    assert told["off"] == {"uncertainty": 3 * TICKS, "unknown": 1}


def test_verify_tells_the_time_of_a_vault_and_none_of_a_single_recording() -> None:
    shift = shipped_shift("power_cut")
    trust = ("--trust", shift.agency.authority)
    done = bwc("evidence", "verify", shift.vault.root, *trust, "--starts")
    assert done.returncode == 10 and "SIM-0001: on for 0:01:25 in 2 starts" in done.stdout and "off before" in done.stdout
    (time,) = json.loads(bwc("evidence", "verify", shift.vault.root, *trust, "--json").stdout)["time"]
    assert time["elapsed"] == sum(time["ticks"].values()) == 90 * TICKS
    assert json.loads(bwc("evidence", "verify", shift.folder(), *trust, "--json").stdout)["time"] == []
