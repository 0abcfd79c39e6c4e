"""H.264 from a camera: annex B made into access units that stand for themselves, and the driver on recorded streams.

No H.264 camera can be had here: the driver reads a real stream that libx264 made, through the same PyAV, from a file.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.fmp4.avc import avcc, has_idr, nal_units, parameter_sets
from hal.camera import annexb
from hal.camera.annexb import AccessUnits
from hal.camera.v4l2_h264 import V4l2H264Camera
from hal.errors import HardwareError
from hal.interfaces import AccessUnit

NS = 1_000_000_000
WIDTH, HEIGHT = 64, 48
DELIMITER, FILLER = b"\x09\xf0", b"\x0c\xff\xff\x80"
SPS, PPS = 7, 8


def encoder(options: str = "", b_frames: int = 0) -> av.VideoCodecContext:
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.time_base, codec.framerate, codec.gop_size, codec.max_b_frames = Fraction(1, 25), Fraction(25), 5, b_frames
    codec.options = {"preset": "medium", "x264-params": f"scenecut=0:threads=1:bframes={b_frames}{options}"}
    return codec


def pictures(count: int) -> list[av.VideoFrame]:
    made = np.random.default_rng(7)
    frames = [av.VideoFrame.from_ndarray(made.integers(0, 256, (HEIGHT * 3 // 2, WIDTH), np.uint8), format="yuv420p") for _ in range(count)]
    for k, frame in enumerate(frames):
        frame.pts, frame.time_base = k, Fraction(1, 25)
    return frames


@cache
def sent(options: str = "") -> list[bytes]:
    """Twelve pictures as a camera sends them, an IDR each fifth, one buffer a picture."""
    codec = encoder(options)
    return [bytes(p) for frame in [*pictures(12), None] for p in codec.encode(frame)]


def decoded(streams: Sequence[bytes], record: bytes | None = None) -> list[npt.NDArray[np.uint8]]:
    codec = av.CodecContext.create("h264", "r")
    codec.extradata = record
    frames = [f for data in [*streams, b""] for f in codec.decode(av.Packet(data) if data else None)]
    return [np.asarray(f.to_ndarray(), np.uint8) for f in frames if isinstance(f, av.VideoFrame)]


def units(buffers: Sequence[bytes]) -> list[AccessUnit]:
    reader = AccessUnits()
    return [unit for k, data in enumerate(buffers) if (unit := reader.unit(k, data)) is not None]


def opened_at(first: AccessUnit, rest: Sequence[AccessUnit]) -> list[npt.NDArray[np.uint8]]:
    """What a viewer sees that starts at `first`, with nothing but what `first` carries."""
    return decoded([first.data, *(u.data for u in rest)], avcc(*parameter_sets(first.data)))


@pytest.mark.parametrize(
    "options", ["", ":slices=3", ":aud=1", ":repeat-headers=1", ":nal-hrd=cbr:vbv-maxrate=4000:vbv-bufsize=4000:bitrate=4000"]
)
def test_a_viewer_sees_the_same_pictures_from_any_keyframe_on(options: str) -> None:
    stream = sent(options)
    got, want = units(stream), decoded(stream)
    assert [u.keyframe for u in got] == [k % 5 == 0 for k in range(12)] == [has_idr(u.data) for u in got]
    for k in (0, 5, 10):
        assert all(np.array_equal(a, b) for a, b in zip(opened_at(got[k], got[k + 1 :]), want[k:], strict=True))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_a_camera_puts_between_the_units_the_slices_stay_byte_for_byte(data: st.DataObject) -> None:
    stream = sent(":slices=2")
    sets = [u for u in annexb.nal_units(stream[0]) if u[0] & 0x1F in (SPS, PPS)]
    rest = [[u for u in annexb.nal_units(buffer) if u[0] & 0x1F not in (SPS, PPS)] for buffer in stream]
    alone = data.draw(st.booleans())

    def padded(kept: list[bytes]) -> bytes:
        out = b""
        for unit in [*data.draw(st.sampled_from([[], [DELIMITER], [DELIMITER, FILLER]])), *kept]:
            out += bytes(data.draw(st.integers(0, 3))) + b"\0\0\1" + unit
        return out + bytes(data.draw(st.integers(0, 9)))

    buffers = [padded(sets)] * alone + [padded((sets if k == 0 and not alone else []) + kept) for k, kept in enumerate(rest)]
    got = units(buffers)
    assert len(got) == len(stream)
    for unit, kept in zip(got, rest, strict=True):
        assert [bytes(n) for n in nal_units(unit.data)] == (sets if unit.keyframe else []) + kept
    assert len(opened_at(got[5], got[6:])) == 7


def test_new_parameter_sets_take_the_place_of_the_old_ones() -> None:
    first, second = sent(), sent(":cabac=0")
    got = units([*first[:5], *second[:5], second[0]])
    assert parameter_sets(got[5].data) == parameter_sets(got[10].data) != parameter_sets(got[0].data)


def test_what_is_not_annex_b_and_what_no_decoder_can_open_is_refused() -> None:
    sets = [u for u in annexb.nal_units(sent()[0]) if u[0] & 0x1F in (SPS, PPS)]
    other = next(u for u in annexb.nal_units(sent(":cabac=0")[0]) if u[0] & 0x1F == PPS)
    bare = b"".join(b"\0\0\1" + u for u in annexb.nal_units(sent()[0]) if u[0] & 0x1F not in (SPS, PPS))
    both = b"".join(b"\0\0\1" + u for u in [*sets, other])
    for data, why in (
        (b"", "is not H.264 with start codes"),
        (b"\xff\xd8\xff\xe0", "is not H.264 with start codes"),
        (b"\x42" + sent()[0], "is not H.264 with start codes"),
        (bare, "came without SPS and PPS"),
        (both, "2 different PPS at a time"),
    ):
        with pytest.raises(HardwareError, match=f"camera: .*{why}"):
            AccessUnits().unit(0, data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_give_a_unit_nothing_or_a_hardware_error(data: bytes) -> None:
    for buffer in (data, b"\0\0\1" + data):
        try:
            unit = AccessUnits().unit(0, buffer)
        except HardwareError:
            continue
        assert unit is None or list(nal_units(unit.data))


def recorded(path: Path, b_frames: int = 0) -> Path:
    """A transport stream with its sets sent only once: annex B with times, which is what a camera's buffers are to PyAV."""
    codec = encoder("", b_frames)
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_mux_stream("h264", rate=25, width=WIDTH, height=HEIGHT)
        for packet in [p for frame in [*pictures(12), None] for p in codec.encode(frame)]:
            kept = [u for u in annexb.nal_units(bytes(packet)) if packet.pts == 0 or u[0] & 0x1F not in (SPS, PPS)]
            copy = av.Packet(b"".join(b"\0\0\0\1" + u for u in kept))
            assert packet.pts is not None and packet.dts is not None
            copy.pts, copy.dts, copy.time_base, copy.is_keyframe = packet.pts + 5, packet.dts + 5, packet.time_base, packet.is_keyframe
            copy.stream = stream
            container.mux(copy)
    return path


def camera(path: Path, now_ns: int = 0) -> V4l2H264Camera:
    return V4l2H264Camera(str(path), WIDTH, HEIGHT, 25, lambda: now_ns, reader="mpegts")


def all_of(source: V4l2H264Camera) -> list[AccessUnit]:
    got: list[AccessUnit] = []
    while (unit := source.read_unit()) is not None:
        got.append(unit)
    return got


def test_a_recorded_stream_passes_through_with_its_own_times_again_and_again(tmp_path: Path) -> None:
    source = camera(recorded(tmp_path / "s.ts"), now_ns=NS)
    for _ in range(2):
        source.open()
        got = all_of(source)
        assert source.read_unit() is None
        source.close()
        assert source.times == "driver"
        assert [round((u.capture_ns - got[0].capture_ns) / NS * 25, 3) for u in got] == list(range(12))
        assert [u.keyframe for u in got] == [k % 5 == 0 for k in range(12)]
        assert len(opened_at(got[5], got[6:])) == 7
    assert source.lost == 0


def test_times_of_another_clock_give_way_to_the_arrival(tmp_path: Path) -> None:
    now = iter(range(1_000 * NS, 2_000 * NS, 40_000_000))
    source = V4l2H264Camera(str(recorded(tmp_path / "s.ts")), WIDTH, HEIGHT, 25, lambda: next(now), reader="mpegts")
    source.open()
    got = all_of(source)
    assert source.times == "arrival"
    assert len(got) == 12 and all(1_000 * NS <= u.capture_ns < 2_000 * NS for u in got)
    source.close()


def test_b_frames_are_refused_because_a_cut_would_tear_them(tmp_path: Path) -> None:
    source = camera(recorded(tmp_path / "b.ts", b_frames=2), now_ns=NS)
    source.open()
    with pytest.raises(HardwareError, match="out of order: turn its B-frames off"):
        all_of(source)
    source.close()


def test_another_size_is_refused_and_everything_is_released(tmp_path: Path) -> None:
    source = V4l2H264Camera(str(recorded(tmp_path / "s.ts")), 128, 96, 25, lambda: 0, reader="mpegts")
    with pytest.raises(HardwareError, match="was set to h264 128x96 but gives h264 64x48: set what it gives"):
        source.open()
    with pytest.raises(HardwareError, match="it is closed: open it first"):
        source.read_unit()


def test_what_is_not_there_or_no_stream_is_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "text.ts"
    text.write_text("no stream")
    for path in (tmp_path / "missing.ts", text):
        with pytest.raises(HardwareError, match=f"camera: {path} (cannot be opened|was set to)"):
            camera(path).open()


def test_a_camera_that_gives_nothing_is_a_fault_after_a_second(tmp_path: Path) -> None:
    now = iter([0, 0, *[2 * NS] * 100])
    source = V4l2H264Camera(str(recorded(tmp_path / "s.ts")), WIDTH, HEIGHT, 25, lambda: next(now), reader="mpegts")
    source.open()
    source._next = lambda container: None  # type: ignore[method-assign]
    with pytest.raises(HardwareError, match=r"gave no picture for 1.0 s: check its cable"):
        source.read_unit()
    source.close()


def test_an_unknown_device_lists_what_is_there() -> None:
    with pytest.raises(HardwareError, match='"no such camera" is not there: there is '):
        V4l2H264Camera("no such camera", WIDTH, HEIGHT, 25, lambda: 0).open()
