"""The battery-backed clock."""

import datetime
from pathlib import Path

import pytest

from hal.clock.rtc import DRIFT_US, RESOLUTION_US, RtcClock
from hal.errors import HardwareError
from hal.interfaces import ClockReading


def rtc(root: Path, text: str, name: str = "rtc0") -> RtcClock:
    folder = root / "sys/class/rtc" / name
    folder.mkdir(parents=True)
    (folder / "since_epoch").write_text(text)
    return RtcClock(lambda: 5, root, name)


def day(year: int, month: int, of_month: int) -> int:
    return int(datetime.datetime(year, month, of_month, tzinfo=datetime.UTC).timestamp())


def test_seconds_are_claimed_with_their_resolution_and_a_years_drift(tmp_path: Path) -> None:
    assert DRIFT_US == 1_581_120_000
    assert rtc(tmp_path, f"{day(2026, 11, 25)}\n").read() == ClockReading(
        5, day(2026, 11, 25) * 1_000_000, "real-time clock", RESOLUTION_US + DRIFT_US + 1
    )


def test_another_clock_may_be_named(tmp_path: Path) -> None:
    assert rtc(tmp_path, f"{day(2030, 1, 1)}\n", "rtc1").read().utc_us == day(2030, 1, 1) * 1_000_000
    with pytest.raises(HardwareError, match=r"clock: rtc0 is not there: fit one and enable its overlay \(clocks here: rtc1\)"):
        RtcClock(lambda: 0, tmp_path).read()


def test_the_first_and_the_last_day_believed(tmp_path: Path) -> None:
    clock = rtc(tmp_path, "")
    for seconds in (day(2026, 1, 1), day(2081, 1, 1) - 1):
        (tmp_path / "sys/class/rtc/rtc0/since_epoch").write_text(str(seconds))
        assert clock.read().utc_us == seconds * 1_000_000


@pytest.mark.parametrize(
    "seconds, says",
    [(0, "1970-01-01"), (day(2000, 1, 1), "2000-01-01"), (day(2026, 1, 1) - 1, "2025-12-31"), (day(2081, 1, 1), "2081-01-01")],
)
def test_a_clock_that_lost_its_battery_is_not_believed(tmp_path: Path, seconds: int, says: str) -> None:
    with pytest.raises(HardwareError, match=f"clock: rtc0 says {says}, which cannot be: set it, and replace its battery") as failed:
        rtc(tmp_path, f"{seconds}\n").read()
    assert failed.value.part == "clock"


@pytest.mark.parametrize("text", ["", "-1", "soon", "1e9", "9" * 30, "\xff", "\u0661"])
def test_what_is_no_number_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(HardwareError, match="clock: rtc0 gives no time"):
        rtc(tmp_path, text).read()


def test_no_clock_at_all(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="clocks here: none"):
        RtcClock(lambda: 0, tmp_path).read()


def test_a_clock_whose_chip_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "sys/class/rtc/rtc0/since_epoch").mkdir(parents=True)
    with pytest.raises(HardwareError, match=r"clock: rtc0 gives no time \(Is a directory\): set it, and replace its battery"):
        RtcClock(lambda: 0, tmp_path).read()
