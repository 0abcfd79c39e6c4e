"""The simulated camera and microphone keep the contract of hal.interfaces, and tell the truth."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.media.audio_encoder import AudioEncoder
from bwc_agent.media.video_settings import VideoSettings
from hal.errors import HardwareError
from hal.interfaces import EncodedCamera, Frame, Microphone, RawCamera
from simulator.camera import Light, SceneCamera, share
from simulator.microphone import SceneMicrophone
from simulator.packets import PacketCamera
from simulator.reading import beep_onsets, flash_is_on, frame_number
from simulator.scene import FLASH_NS, NS, Scene
from tests.media.sensed import decoded

SCENE = Scene(320, 180)


def camera(light: Light | None = None, now_ns: Callable[[], int] = lambda: 0, seed: int = 1) -> SceneCamera:
    return SceneCamera(SCENE, now_ns, 30.0, light or Light(), seed)


def pictures(source: RawCamera, count: int) -> list[Frame]:
    return [frame for _ in range(count) if (frame := source.read()) is not None]


def test_pictures_carry_rising_times_and_the_numbers_that_are_stated() -> None:
    source = camera()
    source.open()
    frames = pictures(source, 90)
    assert [(frame_number(f.image[:180]), f.capture_ns) for f in frames] == source.taken
    assert [number for number, _ in source.taken] == list(range(90))
    assert all(before.capture_ns < after.capture_ns for before, after in pairwise(frames))
    assert all(flash_is_on(f.image[:180]) is (f.capture_ns % NS < FLASH_NS) for f in frames)
    assert abs(frames[-1].capture_ns - 3 * NS) < NS // 60


@given(st.integers(0, 100), st.floats(0, 0.5))
@settings(max_examples=20, deadline=None)
def test_the_rate_varies_but_does_not_drift(seed: int, jitter: float) -> None:
    source = camera(Light(jitter=jitter), seed=seed)
    source.open()
    times = [f.capture_ns for f in pictures(source, 40)]
    assert all(-40 <= at - (k + 1) * NS / 30 <= jitter * NS / 30 + 40 for k, at in enumerate(times))


def test_in_dim_light_pictures_come_ten_times_a_second() -> None:
    source = camera(Light(dim=((NS, 2 * NS),), jitter=0.0))
    source.open()
    times = [f.capture_ns for f in pictures(source, 70)]
    assert [sum(k * NS < t <= (k + 1) * NS + 1000 for t in times) for k in range(3)] == [30, 10, 30]


def test_dropped_pictures_leave_holes_in_the_numbers() -> None:
    source = camera(Light(drop=0.2))
    source.open()
    numbers = [frame_number(f.image[:180]) for f in pictures(source, 80)]
    assert numbers == [number for number, _ in source.taken]
    assert 90 <= source.taken[-1][0] + 1 <= 115


def test_a_camera_whose_cable_is_pulled_fails_and_comes_back() -> None:
    now = 0
    source = camera(Light(unplugged=((NS, 2 * NS),)), lambda: now)
    source.open()
    frames: list[Frame | None] = []
    with pytest.raises(HardwareError, match="camera: it stopped answering: check its cable"):
        while True:
            frames.append(source.read())
    assert 28 <= len(frames) <= 30
    with pytest.raises(HardwareError, match="camera: it is closed: open it first"):
        source.read()
    source.close()
    now = 2 * NS - 1
    with pytest.raises(HardwareError, match="camera: it is not there: check its cable"):
        source.open()
    now = 2 * NS
    source.open()
    frame = source.read()
    assert frame is not None
    assert frame.capture_ns > 2 * NS
    assert frame_number(frame.image[:180]) == len(frames)


def test_what_was_read_ahead_of_the_closing_was_never_taken() -> None:
    now = 0
    source = camera(now_ns=lambda: now)
    source.open()
    pictures(source, 60)
    source.close()
    now = NS
    source.open()
    frames = pictures(source, 60)
    assert NS < frames[0].capture_ns < NS + NS // 15
    assert [number for number, _ in source.taken] == list(range(len(source.taken)))
    assert source.taken[-1] == (frame_number(frames[-1].image[:180]), frames[-1].capture_ns)


@pytest.mark.parametrize("ahead", [1, 40])
def test_how_far_a_device_ran_ahead_changes_nothing_later(ahead: int) -> None:
    now = 0
    source = SceneMicrophone(lambda: now, jitter_ns=20_000_000)
    eye = camera(now_ns=lambda: now)
    source.open()
    eye.open()
    for _ in range(ahead):
        source.read()
        eye.read()
    now = NS * 5
    source.open()
    eye.open()
    fresh, fresh_eye = SceneMicrophone(lambda: now, jitter_ns=20_000_000), camera(now_ns=lambda: now)
    fresh.open()
    fresh_eye.open()
    assert arrivals(source, 20) == arrivals(fresh, 20)
    assert [f.capture_ns for f in pictures(eye, 5)] == [f.capture_ns for f in pictures(fresh_eye, 5)]


def arrivals(source: Microphone, count: int) -> list[int]:
    return [block.arrival_ns for _ in range(count) if (block := source.read()) is not None]


@pytest.mark.parametrize("make", [camera, lambda: SceneMicrophone(lambda: 0)])
def test_a_closed_part_says_so(make: Callable[[], RawCamera | Microphone]) -> None:
    part = make()
    with pytest.raises(HardwareError, match="it is closed: open it first"):
        part.read()
    part.open()
    assert part.read() is not None
    part.close()
    part.close()
    with pytest.raises(HardwareError, match="it is closed: open it first"):
        part.read()


def test_blocks_arrive_after_their_sound_and_in_order() -> None:
    source = SceneMicrophone(lambda: NS, ppm=100, jitter_ns=20_000_000)
    source.open()
    blocks = [block for _ in range(300) if (block := source.read()) is not None]
    late = [b.arrival_ns - (NS + round((k + 1) * 480 / 48_004.8 * NS)) for k, b in enumerate(blocks)]
    assert all(b.samples.shape == (480,) and b.samples.dtype == np.int16 for b in blocks)
    assert min(late) >= 0
    assert 10_000_000 < max(late) <= 20_000_000
    assert all(before.arrival_ns <= after.arrival_ns for before, after in pairwise(blocks))


@pytest.mark.parametrize("ppm", [-300, 100, 300])
def test_beeps_lie_at_the_seconds_of_the_world_not_of_the_microphone(ppm: int) -> None:
    source = SceneMicrophone(lambda: 100 * NS, ppm=ppm)
    source.open()
    blocks = [block.samples for _ in range(995) if (block := source.read()) is not None]
    onsets = beep_onsets(np.concatenate(blocks) / 32768)
    assert len(onsets) == 10
    assert all(abs(at / (48_000 * (1 + ppm * 1e-6)) - k) < 0.001 for k, at in enumerate(onsets))


def test_the_encoded_sound_beeps_with_the_flash() -> None:
    source, encoder = SceneMicrophone(lambda: 123_456_789, ppm=300, jitter_ns=30_000_000), AudioEncoder()
    source.open()
    packets = [p for _ in range(2000) if (block := source.read()) is not None for p in encoder.encode(block)]
    seconds = [(packets[0].pts + k) / 48_000 for k in beep_onsets(decoded(packets))]
    assert [round(t) for t in seconds] == list(range(1, 21))[: len(seconds)]
    assert len(seconds) >= 19
    assert max(abs(t - round(t)) for t in seconds) < 0.010


def test_a_microphone_whose_cable_is_pulled_fails_and_comes_back() -> None:
    now = 0
    source = SceneMicrophone(lambda: now, unplugged=((NS, 2 * NS),))
    source.open()
    with pytest.raises(HardwareError, match="microphone: it stopped answering: check its cable"):
        while (block := source.read()) is not None:
            now = block.arrival_ns
    assert NS - 20_000_000 < now < NS
    with pytest.raises(HardwareError, match="microphone: it is closed: open it first"):
        source.read()
    now = NS
    with pytest.raises(HardwareError, match="microphone: it is not there: check its cable"):
        source.open()
    now = 2 * NS
    source.open()
    block = source.read()
    assert block is not None
    assert block.arrival_ns >= 2 * NS


@given(st.integers(0, 2**32), st.integers(0, 10**15))
def test_a_share_lies_between_nothing_and_all_and_stays(seed: int, number: int) -> None:
    assert 0 <= share(seed, number) < 1
    assert share(seed, number) == share(seed, number)


def test_shares_are_spread_evenly() -> None:
    counts = np.histogram([share(1, k * 33_333_333) for k in range(10_000)], 10, (0, 1))[0]
    assert all(850 < count < 1150 for count in counts)


def test_a_packet_camera_replays_whole_gops_at_fresh_times() -> None:
    source: EncodedCamera = PacketCamera(VideoSettings(320, 180, 10, 200_000), lambda: 5 * NS)
    source.open()
    units = [unit for _ in range(25) if (unit := source.read_unit()) is not None]
    assert [u.capture_ns for u in units] == [5 * NS + k * NS // 10 for k in range(25)]
    assert [k for k, u in enumerate(units) if u.keyframe] == [0, 10, 20]
    assert [u.data for u in units[:10]] == [u.data for u in units[10:20]]
    source.close()
    with pytest.raises(HardwareError, match="camera: it is closed: open it first"):
        source.read_unit()
