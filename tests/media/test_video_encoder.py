"""H.264 as the ring, the writer and the verifier need it."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from bwc_agent.fmp4.avc import avcc, has_idr, nal_units, parameter_sets
from bwc_agent.media.video_encoder import VideoEncoder
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.packets import Packet
from bwc_agent.units import TICKS, ticks_from_ns
from hal.errors import HardwareError
from hal.interfaces import Colour, Frame, Pixels
from simulator.reading import frame_number
from simulator.scene import Scene
from tests.media.coloured import YCC, image, torn
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


PLAIN = VideoSettings(96, 64, 30, 2_000_000)


def plain(pixels: Pixels, colour: Colour, count: int = 5, start: int = 0) -> list[Frame]:
    return [Frame((start + k) * NS // 25, image(pixels), pixels, colour) for k in range(count)]


def colours(packets: Sequence[Packet]) -> list[tuple[int, int, tuple[int, ...]]]:
    """Range and matrix as tagged, and the middle of Y, Cb and Cr as decoded, of each picture."""
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = packets[0].config.record
    out = []
    for shown in (f for p in [*(av.Packet(p.data) for p in packets), None] for f in decoder.decode(p)):
        assert isinstance(shown, av.VideoFrame)
        middle = [int(np.median(np.frombuffer(memoryview(p), np.uint8).reshape(p.height, -1)[:, : p.width])) for p in shown.planes]
        out.append((int(shown.color_range), int(shown.colorspace), tuple(middle)))
    return out


@pytest.mark.parametrize(
    ("pixels", "colour", "tags"),
    [
        (Pixels.I420, Colour.BT709, (1, 1)),
        (Pixels.NV12, Colour.BT709, (1, 1)),
        (Pixels.NV12, Colour.BT601, (1, 6)),
        (Pixels.YUYV, Colour.BT601, (1, 6)),
        (Pixels.YUYV, Colour.BT601_FULL, (2, 6)),
        (Pixels.JPEG, Colour.BT601_FULL, (2, 6)),
    ],
)
def test_a_known_colour_comes_through_unchanged_and_is_tagged(pixels: Pixels, colour: Colour, tags: tuple[int, int]) -> None:
    got = colours(encode(PLAIN, iter(plain(pixels, colour))))
    assert len(got) == 5
    for given, matrix, middle in got:
        assert (given, matrix) == tags
        assert all(abs(a - b) <= 3 for a, b in zip(middle, YCC, strict=True))


@pytest.mark.parametrize(
    ("pixels", "colour", "tags"),
    [
        (Pixels.NV12, Colour.BT709, ("tv", "bt709")),
        (Pixels.YUYV, Colour.BT601, ("tv", "smpte170m")),
        (Pixels.JPEG, Colour.BT601_FULL, ("pc", "smpte170m")),
    ],
)
def test_ffprobe_shows_the_tags(pixels: Pixels, colour: Colour, tags: tuple[str, str], tmp_path: Path) -> None:
    stream = tmp_path / "s.h264"
    units = [bytes(unit) for p in encode(PLAIN, iter(plain(pixels, colour))) for unit in nal_units(p.data)]
    stream.write_bytes(b"".join(b"\0\0\0\1" + unit for unit in units))
    shown = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", stream], capture_output=True, check=True, timeout=60)
    told = json.loads(shown.stdout)["streams"][0]
    assert (told["color_range"], told["color_space"]) == tags
    assert (told["color_primaries"], told["color_transfer"], told["has_b_frames"]) == ("bt709", "bt709", 0)


def test_other_pixels_or_colours_begin_the_stream_anew_with_nothing_lost() -> None:
    frames = [
        *plain(Pixels.NV12, Colour.BT709),
        *plain(Pixels.YUYV, Colour.BT601, start=5),
        *plain(Pixels.JPEG, Colour.BT601_FULL, start=10),
        *plain(Pixels.NV12, Colour.BT709, start=15),
    ]
    packets = encode(PLAIN, iter(frames))
    assert [p.pts for p in packets] == [ticks_from_ns(f.capture_ns) for f in frames]
    assert [k for k, p in enumerate(packets) if p.keyframe] == [0, 5, 10, 15]
    records = [p.config.record for p in packets]
    assert [records[k] for k in range(20)] == [records[k // 5 * 5] for k in range(20)]
    assert len(set(records)) == 3 and records[0] == records[15]
    for start, tags in ((0, (1, 1)), (5, (1, 6)), (10, (2, 6)), (15, (1, 1))):
        assert {c[:2] for c in colours(packets[start : start + 5])} == {tags}


def test_a_torn_jpeg_is_let_go_and_counted_and_its_time_stays_free() -> None:
    frames = plain(Pixels.JPEG, Colour.BT601_FULL)
    frames[2] = Frame(frames[2].capture_ns, torn()["a hole"], Pixels.JPEG, Colour.BT601_FULL)
    encoder = VideoEncoder(PLAIN)
    packets = [p for frame in frames for p in encoder.encode(frame)] + encoder.flush()
    assert [p.pts for p in packets] == [ticks_from_ns(frames[k].capture_ns) for k in (0, 1, 3, 4)]
    assert encoder.torn == 1


@pytest.mark.parametrize("pixels", [Pixels.I420, Pixels.NV12, Pixels.YUYV])
@pytest.mark.parametrize("threads", [1, 4])
def test_a_camera_may_use_its_memory_again_once_a_picture_is_given(pixels: Pixels, threads: int) -> None:
    settings = VideoSettings(96, 64, 30, 2_000_000, threads=threads)
    once, again = VideoEncoder(settings), VideoEncoder(settings)
    memory = image(pixels)
    made = np.random.default_rng(5)
    kept, reused = [], []
    for k in range(12):
        picture = made.integers(16, 236, memory.shape, np.uint8)
        memory[...] = picture
        kept += once.encode(Frame(k * NS // 30, picture, pixels))
        reused += again.encode(Frame(k * NS // 30, memory, pixels))
        memory[...] = 0
    assert [p.data for p in kept + once.flush()] == [p.data for p in reused + again.flush()]


def test_an_encoder_that_was_given_nothing_holds_nothing() -> None:
    assert VideoEncoder(PLAIN).flush() == []
