"""The V4L2 camera. What needs a camera runs on vivid, the kernel's virtual one; the rest of it is pure."""

import os
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from hal.camera import v4l2_ioctl as v4l2
from hal.camera.capture_times import CaptureTimes
from hal.camera.opencv import OpencvCamera, choose, whole_jpeg
from hal.camera.v4l2_devices import Found, Mode, cameras, named
from hal.errors import HardwareError
from hal.interfaces import Colour, Frame, Pixels

NS, MS = 1_000_000_000, 1_000_000
UVC = Found(
    "/dev/video0",
    "Chest",
    "uvcvideo",
    (
        Mode("MJPG", 1920, 1080, (30.0, 60.0)),
        Mode("MJPG", 640, 480, (30.0,)),
        Mode("YUYV", 1920, 1080, (5.0,)),
        Mode("YUYV", 640, 480, (15.0, 30.0)),
        Mode("H264", 1920, 1080, (30.0,)),
    ),
    ("opencv", "v4l2-h264"),
)
VIVID = next((c.path for c in cameras() if c.driver == "vivid" and c.usable_by), None)
# VIVID_CID_PERC_DROPPED and VIVID_CID_QUEUE_ERROR.
DROPPED_PERCENT, QUEUE_ERROR = 0x00F0F040, 0x00F0F046
needs_vivid = pytest.mark.skipif(VIVID is None, reason="no virtual camera: sudo modprobe vivid num_inputs=1 input_types=0")


@pytest.mark.parametrize(
    ("width", "height", "rate", "pixels", "want"),
    [
        (640, 480, 30, None, Pixels.YUYV),
        (640, 480, 30, Pixels.JPEG, Pixels.JPEG),
        (1920, 1080, 30, None, Pixels.JPEG),
        (1920, 1080, 5, None, Pixels.YUYV),
        (1920, 1080, 5, Pixels.JPEG, Pixels.JPEG),
    ],
)
def test_the_best_pixels_are_those_that_come_at_the_asked_rate(
    width: int, height: int, rate: int, pixels: Pixels | None, want: Pixels
) -> None:
    got, mode = choose(UVC, width, height, rate, pixels)
    assert got is want and (mode.width, mode.height) == (width, height)


@pytest.mark.parametrize(
    ("width", "height", "rate", "pixels"),
    [(800, 600, 30, None), (640, 480, 31, None), (1920, 1080, 30, Pixels.YUYV), (640, 480, 30, Pixels.NV12)],
)
def test_a_format_that_is_not_offered_lists_what_is(width: int, height: int, rate: int, pixels: Pixels | None) -> None:
    with pytest.raises(
        HardwareError, match=f"format not offered: .* of {width}x{height} at {rate} .*set one of: MJPG 1920x1080 up to 60; "
    ) as error:
        choose(UVC, width, height, rate, pixels)
    assert "YUYV 640x480 up to 30" in str(error.value) and "H264" not in str(error.value)


def test_a_torn_jpeg_is_not_whole_and_padding_is_no_part_of_it() -> None:
    whole = np.frombuffer(b"\xff\xd8picture\xff\xd9", np.uint8)
    for padding in (0, 1, 500):
        padded = np.concatenate([whole, np.zeros(padding, np.uint8)])
        assert (got := whole_jpeg(padded)) is not None and np.array_equal(got, whole)
    for torn in (whole[1:], whole[:-1], whole[:1], whole[:0], np.zeros(9, np.uint8)):
        assert whole_jpeg(torn) is None


def test_the_kernels_stamps_are_believed_where_they_are_near() -> None:
    times = CaptureTimes()
    assert [times.at(stamp * MS, 5_000 * MS) for stamp in (4_100, 4_133, 4_166)] == [4_100 * MS, 4_133 * MS, 4_166 * MS]
    # A reader that was held up finds old pictures: their stamps are as good as before.
    assert times.at(4_200 * MS, 60_000 * MS) == 4_200 * MS
    assert (times.kind, times.unplaced) == ("driver", 0)


@pytest.mark.parametrize("stamp", [1_700_000_000 * NS, 0, 3 * NS])
def test_stamps_of_another_clock_give_way_to_the_arrival_for_the_whole_opening(stamp: int) -> None:
    times = CaptureTimes()
    first = times.at(stamp, 5_000 * MS)
    assert first == (None if stamp == 0 else 5_000 * MS)
    assert [times.at(stamp + k, (5_033 + 33 * k) * MS) for k in range(3)] == [5_033 * MS, 5_066 * MS, 5_099 * MS]
    assert times.at(5_100 * MS, 5_132 * MS) == 5_132 * MS
    assert times.kind == "arrival"


def test_a_first_stamp_of_zero_is_not_known_yet_and_decides_nothing() -> None:
    times = CaptureTimes()
    assert [times.at(stamp * MS, 5_000 * MS) for stamp in (0, 4_990, 5_000)] == [None, 4_990 * MS, 5_000 * MS]
    assert (times.kind, times.unplaced) == ("driver", 1)


def test_a_stamp_that_does_not_rise_places_no_picture_and_one_that_jumps_ahead_is_a_fault() -> None:
    times = CaptureTimes()
    assert [times.at(stamp * MS, 5_000 * MS) for stamp in (4_900, 4_900, 4_800, 4_950)] == [4_900 * MS, None, None, 4_950 * MS]
    assert times.unplaced == 2
    with pytest.raises(HardwareError, match=r"its clock jumped 2\.5 s ahead"):
        times.at(7_500 * MS, 5_000 * MS)


def test_a_camera_that_is_not_there_lists_what_is() -> None:
    camera = OpencvCamera("no such camera", 640, 480, 30, time.monotonic_ns)
    with pytest.raises(HardwareError, match='camera: "no such camera" is not there: there is '):
        camera.open()
    camera.close()
    with pytest.raises(HardwareError, match="camera: it is closed: open it first"):
        camera.read()


def vivid(width: int = 640, height: int = 480, rate: float = 30, pixels: Pixels | None = Pixels.YUYV) -> OpencvCamera:
    assert VIVID is not None
    return OpencvCamera(VIVID, width, height, rate, time.monotonic_ns, pixels)


@pytest.fixture
def camera() -> Iterator[OpencvCamera]:
    taken = vivid()
    taken.open()
    yield taken
    taken.close()


def read(camera: OpencvCamera) -> Frame:
    frame = camera.read()
    assert frame is not None
    return frame


@needs_vivid
def test_pictures_come_unconverted_at_the_drivers_rising_times(camera: OpencvCamera) -> None:
    frames = [read(camera) for _ in range(60)]
    assert (camera.times, camera.rate, camera.lost) == ("driver", 30.0, 0)
    assert all(before.capture_ns < after.capture_ns for before, after in pairwise(frames))
    assert abs(frames[-1].capture_ns - time.monotonic_ns()) < NS
    assert {(f.image.shape, f.image.dtype.name, f.pixels, f.colour) for f in frames} == {
        ((480, 640, 2), "uint8", Pixels.YUYV, Colour.BT601)
    }
    # vivid draws colour bars: luma and chroma of many values, so these are pictures, and its clock moves in them.
    assert len(np.unique(frames[0].image[..., 0])) > 4 and len(np.unique(frames[0].image[..., 1])) > 4
    assert not np.array_equal(frames[0].image, frames[-1].image)


@needs_vivid
@pytest.mark.parametrize(("pixels", "shape"), [(Pixels.NV12, (1080, 1280)), (Pixels.I420, (1080, 1280)), (Pixels.YUYV, (720, 1280, 2))])
def test_other_pixels_and_sizes_come_as_they_were_asked_for(pixels: Pixels, shape: tuple[int, ...]) -> None:
    taken = vivid(1280, 720, 15, pixels)
    taken.open()
    frame = read(taken)
    taken.close()
    assert (frame.image.shape, frame.pixels, taken.rate) == (shape, pixels, 15.0)


@needs_vivid
def test_a_held_camera_names_who_holds_it_and_is_free_again_after(camera: OpencvCamera) -> None:
    read(camera)
    with pytest.raises(HardwareError, match=rf"busy: held by .*\(process {os.getpid()}\)"):
        vivid().open()
    camera.close()
    other = vivid()
    other.open()
    read(other)
    other.close()
    camera.open()
    read(camera)


@needs_vivid
@pytest.mark.parametrize(("width", "rate", "pixels"), [(642, 30, None), (640, 1000, None), (640, 30, Pixels.JPEG)])
def test_what_the_camera_does_not_offer_is_never_rounded(width: int, rate: int, pixels: Pixels | None) -> None:
    with pytest.raises(HardwareError, match=r"format not offered: .*set one of: .*YUYV 640x480 up to "):
        vivid(width, 480, rate, pixels).open()
    assert named(str(VIVID)).why_not is None


@needs_vivid
def test_closing_from_elsewhere_ends_the_reading(camera: OpencvCamera) -> None:
    ended: list[Frame | None] = []

    def reader() -> None:
        while (frame := camera.read()) is not None:
            first.set()
        ended.append(frame)

    first = threading.Event()
    thread = threading.Thread(target=reader)
    thread.start()
    assert first.wait(30)
    camera.close()
    thread.join(30)
    assert ended == [None]


def inject(control: int, value: int) -> None:
    """Set a control of vivid's error injection; a number that this vivid does not have is an error here, not a wait."""
    assert VIVID is not None
    with v4l2.opened(VIVID) as device:
        v4l2.S_CTRL(device, id=control, value=value)


@needs_vivid
def test_a_camera_that_stalls_is_a_fault_after_a_second_and_comes_back(camera: OpencvCamera) -> None:
    read(camera)
    inject(DROPPED_PERCENT, 100)
    try:
        with pytest.raises(HardwareError, match=r"gave no whole picture for 1.0 s: check its cable"):
            while True:
                read(camera)
    finally:
        inject(DROPPED_PERCENT, 0)
    camera.close()
    camera.open()
    read(camera)


@needs_vivid
def test_a_camera_whose_queue_fails_is_a_fault_and_comes_back(camera: OpencvCamera) -> None:
    read(camera)
    inject(QUEUE_ERROR, 1)
    with pytest.raises(HardwareError, match="stopped giving pictures: check its cable"):
        while True:
            read(camera)
    camera.close()
    camera.open()
    read(camera)
