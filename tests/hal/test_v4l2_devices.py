"""Which cameras there are, and which one a name means. What the kernel says is tried on vivid, its virtual camera."""

import fcntl
from pathlib import Path

import pytest

from hal.camera import v4l2_ioctl as v4l2
from hal.camera.v4l2_devices import Found, Mode, Setting, cameras, named, setting
from hal.errors import HardwareError
from hal.interfaces import Colour

MODES = (Mode("YUYV", 640, 480, (15.0, 30.0)),)
FRONT = Found("/dev/video0", "Integrated Camera: Integrated C", "uvcvideo", MODES, ("opencv",))
META = Found("/dev/video1", "Integrated Camera: Integrated C", "uvcvideo", why_not="metadata, no pictures")
CHEST = Found("/dev/video2", "Chest", "uvcvideo", MODES, ("opencv",))
TWIN = Found("/dev/video4", "Chest", "uvcvideo", MODES, ("opencv",))
HELD = Found("/dev/video6", "Held", "uvcvideo", MODES, ("opencv",), "busy: held by ffmpeg (process 12)")

needs_vivid = pytest.mark.skipif(
    not any(c.driver == "vivid" and c.usable_by for c in cameras()),
    reason="no virtual camera: sudo modprobe vivid num_inputs=1 input_types=0",
)


@pytest.mark.parametrize(
    ("device", "want"),
    [("0", FRONT), ("/dev/video0", FRONT), ("integrated camera", FRONT), (FRONT.card, FRONT), ("2", CHEST), ("CHEST", CHEST)],
)
def test_a_camera_is_named_by_number_path_or_card(device: str, want: Found) -> None:
    assert named(device, [FRONT, META, CHEST]) == want


def test_a_link_to_a_camera_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "usb-Chest-index0"
    link.symlink_to("/dev/video2")
    assert named(str(link), [FRONT, META, CHEST]) == CHEST


@pytest.mark.parametrize(
    ("device", "found", "why"),
    [
        ("3", [FRONT, CHEST], '"3" is not there: there is /dev/video0 "Integrated Camera: Integrated C"; /dev/video2 "Chest"'),
        ("/dev/null", [FRONT], '"/dev/null" is not there: there is /dev/video0'),
        ("Chest", [], '"Chest" is not there: there is no camera at all: plug one in'),
        ("Chest", [CHEST, TWIN], '"Chest" fits more than one: there is /dev/video2 "Chest"; /dev/video4 "Chest"'),
        ("1", [FRONT, META], r"/dev/video1 .* \(metadata, no pictures\): free it, or name another"),
        ("Held", [HELD], r'/dev/video6 "Held" \(busy: held by ffmpeg \(process 12\)\): free it'),
    ],
)
def test_a_name_that_means_no_camera_lists_what_is_there(device: str, found: list[Found], why: str) -> None:
    with pytest.raises(HardwareError, match=f"camera: {why}"):
        named(device, found)


@pytest.mark.parametrize(
    ("mode", "asked", "want"),
    [
        (Mode("YUYV", 640, 480, (15.0, 30.0)), (640, 480, 30.0), 30.0),
        (Mode("YUYV", 640, 480, (15.0, 30.0)), (640, 480, 20.0), 30.0),
        (Mode("YUYV", 640, 480, (15.0, 30.0)), (640, 480, 31.0), None),
        (Mode("YUYV", 640, 480, (15.0, 30.0)), (642, 480, 30.0), None),
        (Mode("YUYV", 640, 480, (29.97,)), (640, 480, 30.0), 29.97),
        (Mode("YUYV", 640, 480, (25.0,)), (640, 480, 30.0), None),
        (Mode("YUYV", 640, 480, ()), (640, 480, 30.0), 30.0),
        (Mode("YUYV", 1920, 1080, (1.0, 60.0), (16, 16), True), (640, 480, 30.0), 30.0),
        (Mode("YUYV", 1920, 1080, (1.0, 60.0), (16, 16), True), (640, 480, 61.0), None),
        (Mode("YUYV", 1920, 1080, (50.0, 60.0), (16, 16), True), (640, 480, 30.0), 50.0),
        (Mode("YUYV", 1920, 1080, (1.0, 60.0), (16, 16), True), (8, 8, 30.0), None),
        (Mode("YUYV", 1920, 1080, (), (16, 16), True), (640, 480, 30.0), 30.0),
    ],
)
def test_a_mode_gives_the_lowest_rate_that_is_not_below_the_asked_one(
    mode: Mode, asked: tuple[int, int, float], want: float | None
) -> None:
    assert mode.rate(*asked) == want


def test_a_machine_without_cameras_has_an_empty_list() -> None:
    assert [camera.path for camera in cameras()] == sorted(
        (str(p) for p in Path("/dev").glob("video[0-9]*")), key=lambda path: int(path.removeprefix("/dev/video"))
    )


def test_a_device_that_is_no_camera_says_nothing_of_its_setting() -> None:
    with pytest.raises(HardwareError, match="/dev/null does not say what it is set to"):
        setting("/dev/null")


def driver_says(monkeypatch: pytest.MonkeyPatch, colorspace: int, ycbcr_enc: int, quantization: int, interval: tuple[int, int]) -> None:
    """A driver that answers with these; whatever opens is taken for its device."""

    def answer(_device: int, number: int, about: v4l2.Format | v4l2.StreamParameters) -> int:
        if isinstance(about, v4l2.Format):
            pix = about.fmt.pix
            pix.pixelformat, pix.width, pix.height, pix.bytesperline = int.from_bytes(b"YUYV", "little"), 640, 480, 1280
            pix.colorspace, pix.ycbcr_enc, pix.quantization = colorspace, ycbcr_enc, quantization
        else:
            about.parm.capture.timeperframe = v4l2.Fraction(*interval)
        return 0

    monkeypatch.setattr(fcntl, "ioctl", answer)


@pytest.mark.parametrize(
    ("colorspace", "ycbcr_enc", "quantization", "want"),
    [
        (0, 0, 0, Colour.BT601),
        (8, 0, 0, Colour.BT601),  # sRGB: most of UVC
        (v4l2.COLORSPACE_REC709, 0, 0, Colour.BT709),
        (8, v4l2.YCBCR_ENC_709, 2, Colour.BT709),
        (v4l2.COLORSPACE_REC709, 1, 0, Colour.BT601),
        (8, 0, v4l2.QUANTIZATION_FULL_RANGE, Colour.BT601_FULL),
        (v4l2.COLORSPACE_JPEG, 0, 0, Colour.BT601_FULL),
        (v4l2.COLORSPACE_JPEG, 0, 2, Colour.BT601),
    ],
)
def test_the_colour_is_what_the_driver_says_of_it(
    monkeypatch: pytest.MonkeyPatch, colorspace: int, ycbcr_enc: int, quantization: int, want: Colour
) -> None:
    driver_says(monkeypatch, colorspace, ycbcr_enc, quantization, (1001, 30_000))
    assert setting("/dev/null") == Setting("YUYV", 640, 480, 30_000 / 1001, 1280, want)


def test_a_colour_that_is_not_tagged_is_refused_and_an_unsaid_rate_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    driver_says(monkeypatch, v4l2.COLORSPACE_REC709, 0, v4l2.QUANTIZATION_FULL_RANGE, (1, 30))
    with pytest.raises(HardwareError, match=r"it gives BT\.709 in full range, which we do not tag"):
        setting("/dev/null")
    driver_says(monkeypatch, 0, 0, 0, (0, 0))
    assert setting("/dev/null").rate == 0


@needs_vivid
def test_the_kernels_virtual_camera_is_listed_with_its_modes() -> None:
    found = next(c for c in cameras() if c.driver == "vivid" and c.usable_by)
    assert (found.card, found.usable_by, found.why_not) == ("vivid", ("opencv",), None)
    small = next(m for m in found.modes if (m.fourcc, m.width, m.height) == ("YUYV", 640, 480))
    assert {15.0, 30.0, 60.0} <= set(small.rates) and list(small.rates) == sorted(small.rates)
    assert any(c.why_not == "metadata, no pictures" for c in cameras())
    assert setting(found.path).colour is Colour.BT601
