"""The scene proves itself when decoded."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.media.video_encoder import VideoEncoder
from bwc_agent.media.video_settings import VideoSettings
from hal.interfaces import Frame
from simulator.microphone import sound
from simulator.reading import beep_onsets, flash_is_on, frame_number
from simulator.scene import FLASH_NS, NS, Scene, block_size, number_bits
from tests.media.sensed import seen

SIZES = [(320, 180), (426, 242), (640, 360), (1280, 720), (1920, 1080)]
SCENE = Scene(320, 180)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("dim", [False, True])
def test_a_picture_tells_its_number_and_its_flash(width: int, height: int, dim: bool) -> None:
    scene = Scene(width, height)
    for number, at in ((0, 0), (1, FLASH_NS - 1), (2, FLASH_NS), (2**32 - 1, NS - 1), (0x55555555, 36_000 * NS)):
        image = scene.draw(number, at, dim)
        assert image.shape == (height * 3 // 2, width)
        assert image.dtype == np.uint8
        assert frame_number(image[:height]) == number
        assert flash_is_on(image[:height]) is (at % NS < FLASH_NS)


@given(st.integers(0, 2**32 - 1), st.integers(0, 33))
@settings(max_examples=100, deadline=None)
def test_one_wrong_block_is_noticed(number: int, block: int) -> None:
    luma = SCENE.draw(number, 0)[:180]
    side = block_size(320)
    assert frame_number(luma) == number
    luma[:side, block * side : (block + 1) * side] = 16 if number_bits(number)[block] else 235
    assert frame_number(luma) is None


@pytest.mark.parametrize("level", [0, 16, 128, 255])
def test_a_plain_picture_has_no_number(level: int) -> None:
    assert frame_number(np.full((360, 640), level, np.uint8)) is None


def test_numbers_and_flashes_survive_a_low_bitrate() -> None:
    scene, encoder = Scene(640, 360), VideoEncoder(VideoSettings(640, 360, 30, 1_000_000))
    made = np.random.default_rng(2)
    numbers = [int(n) for n in made.integers(0, 2**32, 60)]
    times = [2 * NS + k * NS // 30 for k in range(60)]
    frames = [Frame(at, scene.draw(n, at, k % 30 > 15)) for k, (n, at) in enumerate(zip(numbers, times, strict=True))]
    packets = [p for frame in frames for p in encoder.encode(frame)] + encoder.flush()
    lumas = seen(packets)
    assert [frame_number(luma) for luma in lumas] == numbers
    assert [flash_is_on(luma) for luma in lumas] == [at % NS < FLASH_NS for at in times]


def test_the_picture_moves_and_the_same_moment_looks_the_same() -> None:
    assert np.array_equal(SCENE.draw(7, 5 * NS), SCENE.draw(7, 5 * NS))
    road = slice(110, 180)
    moments = [SCENE.draw(7, k * NS // 2)[road] for k in range(16)]
    assert not any(np.array_equal(a, b) for a, b in pairwise(moments))


def test_dim_light_takes_brightness_and_colour_from_all_that_moves_or_stands() -> None:
    bright, dim = SCENE.draw(7, 5 * NS)[60:180].astype(int), SCENE.draw(7, 5 * NS, True)[60:180].astype(int)
    assert bright.max() > 150
    assert dim.min() >= 16
    assert np.all(dim - 16 <= np.maximum(bright - 16, 0) / 6)
    coloured, faint = (SCENE.draw(7, 5 * NS, dim)[180:].astype(int) - 128 for dim in (False, True))
    assert np.abs(coloured).max() > 30
    assert np.abs(faint).max() <= np.abs(coloured).max() / 3 + 1


def test_a_drawn_picture_is_its_own() -> None:
    first = SCENE.draw(1, 0)
    kept = first.copy()
    SCENE.draw(2, NS // 2)
    assert np.array_equal(first, kept)


def heard(begin: float, length: float, rate: int = 48_000) -> npt.NDArray[np.float64]:
    times = begin + np.arange(round(length * rate)) / rate
    blocks = [sound(times[k : k + 480]) for k in range(0, len(times), 480)]
    return np.concatenate(blocks) / 32768


@given(st.floats(0.11, 0.9), st.integers(0, 1000), st.integers(0, 2**16))
@settings(max_examples=20, deadline=None)
def test_a_beep_is_found_at_each_full_second(phase: float, second: int, seed: int) -> None:
    samples = heard(second + phase, 2.05)
    samples += np.random.default_rng(seed).normal(0, 0.02, len(samples))
    found = [phase + k / 48_000 for k in beep_onsets(samples)]
    assert [round(t) for t in found] == [1, 2]
    assert all(abs(t - round(t)) < 0.001 for t in found)


def test_silence_and_noise_hold_no_beep() -> None:
    assert beep_onsets(np.zeros(48_000, np.float32)) == []
    assert beep_onsets(np.random.default_rng(1).normal(0, 0.1, 48_000).astype(np.float32)) == []


def test_beeps_after_silence_keep_their_place() -> None:
    samples = heard(0.5, 3.0)
    samples[:48_000] = 0
    assert [round((k / 48_000 + 0.5) * 1000) for k in beep_onsets(samples)] == [2000, 3000]
