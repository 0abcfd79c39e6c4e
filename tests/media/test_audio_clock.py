"""The microphone's clock against the world's."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.media.audio_clock import LIMIT, SETTLE, AudioClock

NS = 1_000_000_000
BLOCK = 480


def worst_error(ppm: int, jitter: float, length: float, seed: int, start: int = 7 * NS) -> float:
    """Largest distance in seconds between where a sample is put and when it was captured, once the clock has settled."""
    made, clock = random.Random(seed), AudioClock(48_000)
    true_rate, placed, worst = 48_000 * (1 + ppm * 1e-6), 0.0, 0.0
    for k in range(1, round(length * 100)):
        captured = k * BLOCK / true_rate
        placed += BLOCK / 48_000 * (1 + clock.correction)
        clock.block(start + round((captured + made.uniform(0, jitter)) * NS), BLOCK)
        if clock.settled:
            worst = max(worst, abs((clock.start_ns - start) / NS + placed - captured))
    return worst


@pytest.mark.parametrize("ppm", [-300, 100, 300])
def test_twenty_minutes_stay_within_ten_milliseconds(ppm: int) -> None:
    assert worst_error(ppm, 0.03, 1200, 1) < 0.010


@given(st.integers(-300, 300), st.floats(0, 0.03), st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_any_drift_and_jitter_stay_within_twenty_milliseconds(ppm: int, jitter: float, seed: int) -> None:
    assert worst_error(ppm, jitter, 60, seed) < 0.020


def test_a_late_first_block_does_not_move_the_start() -> None:
    clock = AudioClock(48_000)
    for k in range(1, 100):
        clock.block(NS + k * 10_000_000 + (30_000_000 if k == 1 else 0), BLOCK)
    assert clock.start_ns == NS
    assert abs(clock.correction) < 1e-12


def test_a_start_at_zero_is_a_start() -> None:
    clock = AudioClock(48_000)
    for k in range(1, round(SETTLE * 100) + 1):
        assert not clock.settled
        clock.block(k * 10_000_000, BLOCK)
    assert clock.settled
    assert clock.start_ns == 0


def test_one_second_of_late_arrivals_is_jitter() -> None:
    clock = AudioClock(48_000)
    errors = [clock.block(k * 10_000_000 + (200_000_000 if 500 <= k < 600 else 0), BLOCK) for k in range(1, 1000)]
    assert max(map(abs, errors)) < 1e-6


def test_lost_samples_show_as_an_error_of_their_length() -> None:
    clock = AudioClock(48_000)
    errors = [clock.block(k * 10_000_000 + (150_000_000 if k >= 500 else 0), BLOCK) for k in range(1, 900)]
    assert max(map(abs, errors[:499])) < 1e-6
    assert min(errors) == pytest.approx(-0.150, abs=0.001)
    assert clock.correction == LIMIT
