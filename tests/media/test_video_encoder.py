"""H.264 as the ring, the writer and the verifier need it."""

from collections.abc import Iterator
from itertools import pairwise

import av
import numpy as np
import numpy.typing as npt
import pytest

from bwc_agent.fmp4.avc import avcc, has_idr, parameter_sets
from bwc_agent.media.video_encoder import VideoEncoder
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.packets import Packet
from bwc_agent.units import TICKS, ticks_from_ns
from hal.errors import HardwareError
from hal.interfaces import Frame
from simulator.reading import frame_number
from simulator.scene import Scene
from tests.media.sensed import seen

NS = 1_000_000_000
SMALL = VideoSettings(320, 180, 30, 400_000)


def black(settings: VideoSettings) -> npt.NDArray[np.uint8]:
    image = np.full((settings.height * 3 // 2, settings.width), 16, np.uint8)
    image[settings.height :] = 128
    return image


def encode(settings: VideoSettings, frames: Iterator[Frame]) -> list[Packet]:
    encoder = VideoEncoder(settings)
    return [packet for frame in frames for packet in encoder.encode(frame)] + encoder.flush()


def street(rate: int, seconds: int, settings: VideoSettings = SMALL, start: int = 0) -> Iterator[Frame]:
    scene = Scene(settings.width, settings.height)
    for number in range(rate * seconds):
        at = start + number * NS // rate
        yield Frame(at, scene.draw(number, at))


@pytest.mark.parametrize("rate", [10, 30])
def test_each_picture_is_one_packet_at_its_capture_time(rate: int) -> None:
    frames = list(street(rate, 2))
    packets = encode(SMALL, iter(frames))
    assert [p.pts for p in packets] == [ticks_from_ns(f.capture_ns) for f in frames]


@pytest.mark.parametrize("rate", [10, 25, 30])
def test_keyframes_follow_capture_time_whatever_the_rate(rate: int) -> None:
    keys = [p.pts for p in encode(SMALL, street(rate, 5)) if p.keyframe]
    assert len(keys) == 5
    assert all(TICKS <= after - before < TICKS + TICKS // rate + 1 for before, after in pairwise(keys))


def test_a_slow_picture_is_a_keyframe_when_it_is_overdue() -> None:
    image = black(SMALL)
    times = [0, NS // 30, 4 * NS, 4 * NS + NS // 30]
    assert [p.keyframe for p in encode(SMALL, (Frame(t, image) for t in times))] == [True, False, True, False]


def test_every_keyframe_is_an_idr_with_its_parameter_sets_and_no_other_packet_is() -> None:
    packets = encode(SMALL, street(30, 3))
    assert [has_idr(p.data) for p in packets] == [p.keyframe for p in packets]
    for packet in packets:
        if packet.keyframe:
            assert avcc(*parameter_sets(packet.data)) == packet.config.record


def test_the_configuration_stays_the_same_object_and_opens_a_decoder() -> None:
    packets = encode(SMALL, street(30, 3))
    assert len({id(p.config) for p in packets}) == 1
    config = packets[0].config
    assert (config.width, config.height, config.channels) == (320, 180, 0)
    assert [frame_number(luma) for luma in seen(packets)] == list(range(90))


def test_colours_are_tagged_as_bt709_limited() -> None:
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = (packets := encode(SMALL, street(30, 1)))[0].config.record
    shown = [f for p in packets for f in decoder.decode(av.Packet(p.data))]
    assert {(int(f.color_range), int(f.colorspace), int(f.color_primaries), int(f.color_trc)) for f in shown} == {(1, 1, 1, 1)}


def test_a_picture_whose_time_does_not_rise_is_let_go() -> None:
    image = black(SMALL)
    packets = encode(SMALL, (Frame(t, image) for t in (0, 0, NS // 25, NS // 60, 2 * NS // 25)))
    assert [p.pts for p in packets] == [0, TICKS // 25, 2 * TICKS // 25]


@pytest.mark.parametrize("shape", [(540, 640), (270, 322), (272, 320), (180, 320), (270, 320, 3)])
def test_a_picture_of_another_size_is_a_fault_and_never_scaled(shape: tuple[int, ...]) -> None:
    encoder = VideoEncoder(SMALL)
    encoder.encode(Frame(0, black(SMALL)))
    with pytest.raises(HardwareError, match=r"camera: its picture is an array of .*, not I420 of 320x180: set the size"):
        encoder.encode(Frame(NS, np.zeros(shape, np.uint8)))
    assert [p.pts for p in encoder.flush()] == [0]


@pytest.mark.parametrize("rate", [10, 30])
@pytest.mark.parametrize("preset", ["ultrafast", "veryfast"])
def test_noise_after_dark_holds_the_byte_bound(rate: int, preset: str) -> None:
    settings = VideoSettings(320, 180, 30, 400_000, preset)
    made = np.random.default_rng(1)

    def night() -> Iterator[Frame]:
        for k in range(200):
            yield Frame(k * NS // 10, black(settings))
        for k in range(3 * rate):
            yield Frame(20 * NS + k * NS // rate, made.integers(0, 256, (270, 320), np.uint8))

    packets = encode(settings, night())
    noisy = [p for p in packets if p.pts >= 20 * TICKS]
    bits = np.cumsum([0, *(len(p.data) * 8 for p in noisy)])
    # Any span of s seconds stays within bitrate * (s + 1): the second on top is VBV's.
    for first, packet in enumerate(noisy):
        spans = [(p.pts - packet.pts) / TICKS + 1 / rate for p in noisy[first:]]
        assert all(bits[first + k + 1] - bits[first] <= 1.03 * settings.bitrate * (span + 1) for k, span in enumerate(spans))
    assert bits[-1] <= 1.3 * settings.bitrate * (3 + 1)
    assert bits[-1] >= 0.8 * settings.bitrate * 3


def test_one_thread_gives_the_same_bytes_again() -> None:
    once, again = (b"".join(p.data for p in encode(SMALL, street(30, 2))) for _ in range(2))
    assert once == again


def test_slice_threads_hold_back_no_more_than_one_picture() -> None:
    encoder = VideoEncoder(VideoSettings(320, 180, 30, 400_000, "veryfast", threads=4))
    assert [len(encoder.encode(frame)) for frame in list(street(30, 1))[:6]] == [0, 1, 1, 1, 1, 1]
    assert len(encoder.flush()) == 1
