"""Which V4L2 cameras are there, what each offers, and why one cannot be used: asked of the kernel, not of OpenCV.

OpenCV takes what a driver makes of a wish and says little of it; a failure names no cause. So the drivers look here first:
at the modes that a camera enumerates, at who holds it, and, once it is open, at what it was really set to.
"""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hal.camera import v4l2_ioctl as v4l2
from hal.errors import HardwareError
from hal.interfaces import Colour

RATE_TOLERANCE: Final = 0.998
"""29.97 pictures a second pass for 30."""

_CAPTURE: Final = v4l2.BUF_TYPE_VIDEO_CAPTURE
_OPENCV: Final = frozenset({"NV12", "YU12", "YUYV", "MJPG", "JPEG"})
_H264: Final = "H264"


@dataclass(frozen=True, slots=True)
class Mode:
    """One pixel format (fourcc) at one size in pixels; `rates` in pictures a second, rising, empty where the driver does not say.

    Where the driver offers every size in between, `least` is the smallest and width and height are the largest.
    Where `between` is set, it offers every rate in between.
    """

    fourcc: str
    width: int
    height: int
    rates: tuple[float, ...]
    least: tuple[int, int] | None = None
    between: bool = False

    def rate(self, width: int, height: int, rate: float) -> float | None:
        """The lowest rate that is not below `rate` at this size; None where there is none. An unsaid rate is taken as offered."""
        low = self.least or (self.width, self.height)
        if not (low[0] <= width <= self.width and low[1] <= height <= self.height):
            return None
        if self.between and self.rates and self.rates[0] < rate:
            return rate if self.rates[-1] >= rate * RATE_TOLERANCE else None
        return next((r for r in self.rates if r >= rate * RATE_TOLERANCE), None) if self.rates else rate

    def __str__(self) -> str:
        size = f"{self.width}x{self.height}"
        sizes = f"{self.least[0]}x{self.least[1]} to {size}" if self.least else size
        return f"{self.fourcc} {sizes} " + (f"up to {self.rates[-1]:g}" if self.rates else "at a rate that it does not say")


@dataclass(frozen=True, slots=True)
class Found:
    """A V4L2 node. `usable_by` names our drivers that can read it; where there is none, or it is held, `why_not` says why."""

    path: str
    card: str
    driver: str
    modes: tuple[Mode, ...] = ()
    usable_by: tuple[str, ...] = ()
    why_not: str | None = None

    def __str__(self) -> str:
        return f'{self.path} "{self.card}"' + (f" ({self.why_not})" if self.why_not else "")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a camera is really set to: `stride` is the bytes of a line, `rate` 0 where the driver does not say."""

    fourcc: str
    width: int
    height: int
    rate: float
    stride: int
    colour: Colour


def cameras() -> list[Found]:
    """Every V4L2 node in the order of its number, metadata nodes and codecs included; empty where there is none."""
    nodes = [path for path in Path("/dev").glob("video*") if re.fullmatch(r"video\d+", path.name)]
    return [_found(str(path)) for path in sorted(nodes, key=lambda path: int(path.name[5:]))]


def named(device: str, found: list[Found] | None = None) -> Found:
    """The camera that `device` names: its number, its path (a link is followed), or its card name.

    Raises HardwareError that lists what is there if there is none, or more than one, or it cannot be used.
    """
    found = cameras() if found is None else found
    path = os.path.realpath(f"/dev/video{device}" if device.isdecimal() else device)
    fits = [one for one in found if one.path == path] or [one for one in found if one.modes and _is_called(one, device)]
    if len(fits) != 1:
        which = "is not there" if not fits else "fits more than one"
        raise HardwareError("camera", f'"{device}" {which}: {_listed(found)}')
    if fits[0].why_not:
        raise HardwareError("camera", f"{fits[0]}: free it, or name another; {_listed(found)}")
    return fits[0]


def setting(path: str) -> Setting:
    """What the camera is set to now; it may be open elsewhere. Raises HardwareError."""
    try:
        with v4l2.opened(path) as device:
            pix = v4l2.G_FMT(device, type=_CAPTURE).fmt.pix
            rate = 0.0
            with suppress(OSError):
                rate = _rate(v4l2.G_PARM(device, type=_CAPTURE).parm.capture.timeperframe)
    except OSError as error:
        raise HardwareError("camera", f"{path} does not say what it is set to ({error.strerror}): plug it in again") from error
    return Setting(_fourcc(pix.pixelformat), pix.width, pix.height, rate, pix.bytesperline, _colour(pix))


def set_controls(path: str, wanted: dict[int, int]) -> None:
    """Set V4L2 controls by their numbers; one that the camera does not have, or will not have set, is left."""
    with suppress(OSError), v4l2.opened(path) as device:
        for control, value in wanted.items():
            with suppress(OSError):
                v4l2.S_CTRL(device, id=control, value=value)


def _is_called(one: Found, name: str) -> bool:
    # UVC appends the name of the function, cut at 31 bytes: "Integrated Camera: Integrated C".
    return name.casefold() in (one.card.casefold(), one.card.partition(":")[0].casefold())


def _listed(found: list[Found]) -> str:
    return "there is " + ("; ".join(map(str, found)) if found else "no camera at all: plug one in")


def _found(path: str) -> Found:
    try:
        with v4l2.opened(path) as device:
            return _asked(path, device)
    except OSError as error:
        name = Path("/sys/class/video4linux", Path(path).name, "name")
        with suppress(OSError):
            return Found(path, name.read_text().strip(), "", why_not=_refusal(error))
        return Found(path, "", "", why_not=_refusal(error))


def _refusal(error: OSError) -> str:
    if error.errno == errno.EACCES:
        return "permission denied: add the user to the group video"
    return f"{(error.strerror or 'it cannot be opened').lower()}: plug it in again"


def _asked(path: str, device: int) -> Found:
    info = v4l2.QUERYCAP(device)
    card, driver = (text.decode(errors="replace") for text in (info.card, info.driver))
    if not (info.device_caps & v4l2.CAP_VIDEO_CAPTURE and info.device_caps & v4l2.CAP_STREAMING):
        metadata = info.device_caps & v4l2.CAP_META_CAPTURE
        what = "metadata, no pictures" if metadata else "no camera: it does not capture pictures"
        return Found(path, card, driver, why_not=what)
    modes = tuple(_modes(device))
    formats = {mode.fourcc for mode in modes}
    usable_by = ("opencv",) * bool(formats & _OPENCV) + ("v4l2-h264",) * (_H264 in formats)
    why_not = None if usable_by else f"no format that we read: it offers {', '.join(sorted(formats)) or 'nothing'}"
    return Found(path, card, driver, modes, usable_by, why_not or _held(path, device))


def _held(path: str, device: int) -> str | None:
    """Whether someone streams from it: only the holder may free its buffers, and to free none harms nobody."""
    try:
        v4l2.REQBUFS(device, count=0, type=_CAPTURE, memory=v4l2.MEMORY_MMAP)
    except OSError as error:
        if error.errno == errno.EBUSY:
            return f"busy: {_holders(path) or 'another program has it'}"
        raise
    return None


def _holders(path: str) -> str:
    """The programs that have it open, as far as we may look; ourselves included, for we may be the cause."""
    names: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        own = process.name == str(os.getpid())  # the listing itself has it open once
        if _links(process / "fd").count(path) > own:
            with suppress(OSError):
                names.append(f"{(process / 'comm').read_text().strip()} (process {process.name})")
    return f"held by {', '.join(names)}" if names else ""


def _links(folder: Path) -> list[str]:
    links: list[str] = []
    with suppress(OSError):
        for link in folder.iterdir():
            with suppress(OSError):
                links.append(os.readlink(link))
    return links


def _modes(device: int) -> Iterator[Mode]:
    for one in v4l2.ENUM_FMT.each(device, type=_CAPTURE):
        for size in v4l2.ENUM_FRAMESIZES.each(device, pixel_format=one.pixelformat):
            yield _mode(device, one.pixelformat, size)


def _mode(device: int, number: int, size: v4l2.FrameSize) -> Mode:
    least = None
    if size.type == v4l2.FRMSIZE_TYPE_DISCRETE:
        width, height = size.discrete.width, size.discrete.height
    else:
        step = size.stepwise
        width, height, least = step.max_width, step.max_height, (step.min_width, step.min_height)
    rates: set[float] = set()
    between = False
    for interval in v4l2.ENUM_FRAMEINTERVALS.each(device, pixel_format=number, width=width, height=height):
        between = interval.type != v4l2.FRMIVAL_TYPE_DISCRETE
        ends = (interval.stepwise.min, interval.stepwise.max) if between else (interval.discrete,)
        rates |= {_rate(end) for end in ends} - {0.0}
    return Mode(_fourcc(number), width, height, tuple(sorted(rates)), least, between)


def _rate(interval: v4l2.Fraction) -> float:
    return interval.denominator / interval.numerator if interval.numerator else 0.0


def _fourcc(number: int) -> str:
    return number.to_bytes(4, "little").decode("latin-1").strip("\0 ")


def _colour(pix: v4l2.PixelFormat) -> Colour:
    """What V4L2 says of YCbCr; UVC and all that say nothing are BT.601, limited (the kernel's own default for sRGB)."""
    wide = pix.ycbcr_enc == v4l2.YCBCR_ENC_709 or (not pix.ycbcr_enc and pix.colorspace == v4l2.COLORSPACE_REC709)
    full = pix.quantization == v4l2.QUANTIZATION_FULL_RANGE or (not pix.quantization and pix.colorspace == v4l2.COLORSPACE_JPEG)
    if wide and full:
        raise HardwareError("camera", "it gives BT.709 in full range, which we do not tag: set it to limited range (v4l2-ctl)")
    return Colour.BT709 if wide else Colour.BT601_FULL if full else Colour.BT601
