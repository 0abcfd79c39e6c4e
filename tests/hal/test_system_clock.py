"""The system's clock, and who vouches for it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal.clock import stepped
from hal.clock.sync_state import NOBODY_VOUCHES_US, TIMESYNCD_US, Kernel, kernel
from hal.clock.system import SystemClock
from hal.interfaces import ClockReading

YEAR_US = 365 * 86_400 * 1_000_000


def at(*times: int) -> Callable[[], int]:
    left = list(times)
    return lambda: left.pop(0)


def claim(told: Kernel | None, root: Path) -> tuple[str, int]:
    reading = SystemClock(at(0, 0), root, lambda: 0, lambda: told).read()
    return reading.source, reading.uncertainty_us - 1


def test_the_time_lies_between_two_monotonic_readings_and_says_how_far_apart_they_were(tmp_path: Path) -> None:
    clock = SystemClock(at(1_000_000, 9_000_000), tmp_path, lambda: 1_800_000_000_123_456_789, lambda: Kernel(True, 70))
    assert clock.read() == ClockReading(5_000_000, 1_800_000_000_123_456, "system clock, synchronised", 70 + 8_000 + 1)


def test_the_keeper_is_named_by_the_traces_that_it_leaves(tmp_path: Path) -> None:
    kept = Kernel(True, 1_500)
    assert claim(kept, tmp_path) == ("system clock, synchronised", 1_500)
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    assert claim(kept, tmp_path) == ("system clock, synchronised", 1_500)
    (tmp_path / "run/systemd/timesync/synchronized").touch()
    assert claim(kept, tmp_path) == ("system clock, synchronised by timesyncd", 1_500 + TIMESYNCD_US)
    (tmp_path / "run/chrony").mkdir()
    assert claim(kept, tmp_path) == ("system clock, synchronised by chrony", 1_500)


def test_traces_alone_vouch_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "run/chrony").mkdir(parents=True)
    assert claim(Kernel(False, 16_000_000), tmp_path) == ("system clock, not synchronised", NOBODY_VOUCHES_US)
    assert claim(None, tmp_path) == ("system clock, synchronisation unknown", NOBODY_VOUCHES_US)


def test_a_missing_root_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    assert claim(Kernel(True, 0), tmp_path / "missing") == claim(Kernel(True, 0), tmp_path) == ("system clock, synchronised", 0)


def test_the_real_kernel_answers() -> None:
    told = kernel()
    assert told is None or told.error_us >= 0
    before = time.time_ns() // 1000
    reading = SystemClock(time.monotonic_ns).read()
    assert before <= reading.utc_us <= time.time_ns() // 1000
    assert reading.monotonic_ns <= time.monotonic_ns()
    assert reading.source.startswith("system clock, ")
    assert reading.uncertainty_us > 0


def reading(monotonic_ns: int, utc_us: int) -> ClockReading:
    return ClockReading(monotonic_ns, utc_us, "system clock, synchronised", 1)


@pytest.mark.parametrize("step", [0, 1, -1, 999, -1_000_000, 3_600_000_000, -3_600_000_000, 56 * YEAR_US, -56 * YEAR_US])
def test_a_step_is_what_wall_time_left_monotonic_time_by(step: int) -> None:
    before = reading(10_000_000_000, 1_700_000_000_000_000)
    assert stepped(before, reading(70_000_000_000, 1_700_000_060_000_000 + step)) == step


@settings(deadline=None)
@given(st.integers(0, 1 << 62), st.integers(0, 1 << 62), st.integers(-YEAR_US, YEAR_US))
def test_time_that_only_passes_is_no_step(begin_ns: int, passed_ns: int, utc_us: int) -> None:
    before = reading(begin_ns, utc_us)
    assert abs(stepped(before, reading(begin_ns + passed_ns, utc_us + passed_ns // 1000))) <= 1
    assert stepped(before, before) == 0
