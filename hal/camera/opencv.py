"""A V4L2 camera that gives raw pictures or JPEGs, through OpenCV, in the very bytes that the camera sent.

OpenCV would rather convert to BGR, take another size than it was asked for, and wait ten seconds for a picture that does
not come. So the mode is chosen from what the kernel enumerates, read back once it is set, and the waiting is ours.

What stays hidden: OpenCV does not pass on the kernel's mark of a damaged buffer, nor its sequence numbers. A torn JPEG shows
by itself; for raw pictures, uvcvideo must drop the damaged ones (its parameter nodrop=0), and a lost one shows as a gap.
"""

import threading
from collections.abc import Callable, Iterable
from math import ceil
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from hal.camera.capture_times import CaptureTimes
from hal.camera.v4l2_devices import RATE_TOLERANCE, Found, Mode, named, set_controls, setting
from hal.errors import HardwareError
from hal.interfaces import Colour, Frame, Pixels

_FOURCC: Final = {Pixels.NV12: ("NV12",), Pixels.I420: ("YU12",), Pixels.YUYV: ("YUYV",), Pixels.JPEG: ("MJPG", "JPEG")}
"""Best first: 4:2:0 is what gets encoded, YUYV only drops chroma, JPEG has lost detail already and must be decoded."""

_STRIDE: Final = {Pixels.NV12: 1, Pixels.I420: 1, Pixels.YUYV: 2}
"""Bytes of a line for each pixel."""

_DYNAMIC_FRAMERATE: Final = 0x009A0903
"""V4L2_CID_EXPOSURE_AUTO_PRIORITY, shown as exposure_dynamic_framerate: in dim light it would lower the rate."""

_BUFFERS: Final = 8
"""A quarter of a second at 30 pictures a second for an encoder that is held up."""

_SLICE_NS: Final = 100_000_000
"""How long `close()` may have to wait for a `read()` to notice."""

# Every failure that OpenCV prints comes to us as a value, and gets a message that says what to do.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def choose(found: Found, width: int, height: int, rate: float, pixels: Pixels | None) -> tuple[Pixels, Mode]:
    """The best pixels and mode that the camera offers at this size and at least this rate; `pixels` None leaves them to us.

    Raises HardwareError that lists what is offered.
    """
    for wanted in _FOURCC if pixels is None else (pixels,):
        fits = [m for m in found.modes if m.fourcc in _FOURCC[wanted] and m.rate(width, height, rate) is not None]
        if fits:
            return wanted, fits[0]
    asked = f"{pixels.name if pixels else 'NV12, I420, YUYV or JPEG'} of {width}x{height} at {rate:g} pictures a second"
    raise HardwareError("camera", f"{found}: format not offered: {asked}; set one of: {_offers(found.modes)}")


def whole_jpeg(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """The JPEG file without the zeros that drivers pad it with; None where its beginning or its end is missing."""
    data = image.tobytes().rstrip(b"\0")
    return image[: len(data)] if data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9") else None


class OpencvCamera:
    """A V4L2 camera by number ("0"), path or card name; what its kernel stamps is when its pictures were taken.

    `rate` becomes the one that the camera really runs at, never below the one asked for (29.97 passes for 30). `times`
    says whether the times of this opening are the "driver"'s or those of "arrival" (None before the first picture);
    `lost` counts, over all openings, torn JPEGs and pictures without a time of their own, neither of which is passed on.
    """

    def __init__(self, device: str, width: int, height: int, rate: float, now_ns: Callable[[], int], pixels: Pixels | None = None) -> None:
        self.width, self.height, self.rate = width, height, rate
        self.lost = 0
        self._device = device
        self._asked_rate = rate
        self._asked_pixels = pixels
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._capture: cv2.VideoCapture | None = None
        self._closing = False
        self._times = CaptureTimes()
        self._pixels = Pixels.YUYV
        self._colour = Colour.BT601

    @property
    def times(self) -> str | None:
        """Whose times the pictures of this opening carry: "driver" or "arrival"; None before the first one."""
        return self._times.kind

    def open(self) -> None:
        """Take the camera. Raises HardwareError, which lists what there is, or what is offered, where that helps."""
        self.close()
        found = named(self._device)
        pixels, mode = choose(found, self.width, self.height, self._asked_rate, self._asked_pixels)
        set_controls(found.path, {_DYNAMIC_FRAMERATE: 0})
        capture = self._taken(found, mode)
        try:
            self._check(found, pixels, mode)
        except HardwareError:
            capture.release()
            raise
        with self._lock:
            self._capture, self._pixels, self._times = capture, pixels, CaptureTimes()
            self._closing = False

    def close(self) -> None:
        """Release the camera; a `read()` that waits returns None."""
        self._closing = True  # a reader that takes the lock again and again would keep us out
        with self._lock:
            capture, self._capture = self._capture, None
            if capture is not None:
                capture.release()

    def read(self) -> Frame | None:
        """The next whole picture; None once it is closed from elsewhere.

        Raises HardwareError when the camera gives none for max(1 s, 10 periods), was unplugged, or is not open.
        """
        if self._capture is None:
            raise HardwareError("camera", "it is closed: open it first")
        patience = max(1_000_000_000, round(10e9 / self.rate))
        deadline = self._now_ns() + patience
        while self._now_ns() < deadline:
            with self._lock:
                if self._closing or self._capture is None:
                    return None
                frame = self._next(self._capture)
            if frame is not None:
                return frame
        raise HardwareError(
            "camera", f'"{self._device}" gave no whole picture for {patience / 1e9:.1f} s: check its cable, or plug it in again'
        )

    def _next(self, capture: cv2.VideoCapture) -> Frame | None:
        if not _ready(capture):
            return None
        there = capture.grab()
        now = self._now_ns()
        there, picture = capture.retrieve() if there else (False, None)
        if not there or picture is None:
            raise HardwareError("camera", f'"{self._device}" stopped giving pictures: check its cable, or plug it in again')
        time = self._times.at(round(capture.get(cv2.CAP_PROP_POS_MSEC) * 1e6), now)
        image = self._image(np.asarray(picture, np.uint8))
        if time is None or image is None:
            self.lost += 1
            return None
        return Frame(time, image, self._pixels, self._colour)

    def _image(self, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
        return whole_jpeg(picture.reshape(-1)) if self._pixels is Pixels.JPEG else picture

    def _taken(self, found: Found, mode: Mode) -> cv2.VideoCapture:
        # OpenCV takes whole rates only; the driver goes to the nearest that it has, and is read back.
        rate = mode.rate(self.width, self.height, self._asked_rate) or self._asked_rate
        wishes = {
            cv2.CAP_PROP_CONVERT_RGB: 0,
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*mode.fourcc),
            cv2.CAP_PROP_FRAME_WIDTH: self.width,
            cv2.CAP_PROP_FRAME_HEIGHT: self.height,
            cv2.CAP_PROP_FPS: ceil(rate * RATE_TOLERANCE),
            cv2.CAP_PROP_BUFFERSIZE: _BUFFERS,
        }
        capture = cv2.VideoCapture(found.path, cv2.CAP_V4L2, [value for wish in wishes.items() for value in wish])
        if not capture.isOpened():
            capture.release()
            named(self._device)  # it says so if another program was quicker
            raise HardwareError("camera", f"{found}: OpenCV cannot open it as {mode}: plug it in again, or set another mode")
        return capture

    def _check(self, found: Found, pixels: Pixels, mode: Mode) -> None:
        """What it is really set to: OpenCV says yes to a size that the driver rounded."""
        got = setting(found.path)
        wrong = (got.fourcc, got.width, got.height) != (mode.fourcc, self.width, self.height)
        if wrong or (got.rate and got.rate < self._asked_rate * RATE_TOLERANCE):
            was = f"{got.fourcc} {got.width}x{got.height} at {got.rate:g}"
            asked = f"{mode.fourcc} {self.width}x{self.height} at {self._asked_rate:g}"
            raise HardwareError("camera", f"{found}: it was set to {asked} but gives {was}; set one of: {_offers(found.modes)}")
        if pixels is not Pixels.JPEG and got.stride != self.width * _STRIDE[pixels]:
            raise HardwareError("camera", f"{found}: its lines are padded to {got.stride} bytes, which OpenCV misreads: set another width")
        self.rate = got.rate or self._asked_rate
        self._colour = Colour.BT601_FULL if pixels is Pixels.JPEG else got.colour


def _ready(capture: cv2.VideoCapture) -> bool:
    """Waits a slice for the next picture. A camera that was unplugged is "ready" as well: its next grab fails."""
    try:
        there, _ = cv2.VideoCapture.waitAny([capture], _SLICE_NS)
    except cv2.error:
        return True
    return bool(there)


def _offers(modes: Iterable[Mode]) -> str:
    readable = {fourcc for fourccs in _FOURCC.values() for fourcc in fourccs}
    return "; ".join(str(mode) for mode in modes if mode.fourcc in readable) or "nothing that this driver reads"
