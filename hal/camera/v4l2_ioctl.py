"""What of V4L2 we ask the kernel, in the kernel's own names: `G_FMT(device, type=BUF_TYPE_VIDEO_CAPTURE).fmt.pix.width`.

Each request is an ioctl with the one structure that it takes and fills in, laid out as <linux/videodev2.h> has it. ctypes
aligns as the C compiler does, so sizes and numbers are those of the machine that runs; the tests compare all of them with
the header. Only what our drivers use is here.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes import Structure, Union, c_char, c_int32, c_uint8, c_uint32, c_void_p, sizeof
from typing import Final, Generic, TypeVar

BUF_TYPE_VIDEO_CAPTURE: Final = 1
MEMORY_MMAP: Final = 1
CAP_VIDEO_CAPTURE: Final = 0x00000001
CAP_META_CAPTURE: Final = 0x00800000
CAP_STREAMING: Final = 0x04000000
FRMSIZE_TYPE_DISCRETE: Final = 1
FRMIVAL_TYPE_DISCRETE: Final = 1
COLORSPACE_REC709: Final = 3
COLORSPACE_JPEG: Final = 7
YCBCR_ENC_709: Final = 2
QUANTIZATION_FULL_RANGE: Final = 1

_MOST: Final = 128
"""A driver that never says "no more" must not hold up a start."""
_NO_MORE: Final = frozenset({errno.EINVAL, errno.ENOTTY, errno.ENODATA})
"""Past the last one; the driver does not list this at all; not for this input."""


def _u32s(names: str) -> tuple[tuple[str, type[c_uint32]], ...]:
    return tuple((name, c_uint32) for name in names.split())


class Capability(Structure):
    """v4l2_capability: who the device is (texts end at their first zero byte) and what its node can do (an OR of CAP_*)."""

    driver: bytes
    card: bytes
    device_caps: int
    _fields_ = (
        ("driver", c_char * 16),
        ("card", c_char * 32),
        ("bus_info", c_char * 32),
        *_u32s("version capabilities device_caps"),
        ("reserved", c_uint32 * 3),
    )


class Description(Structure):
    """v4l2_fmtdesc: one pixel format that is offered."""

    pixelformat: int
    _fields_ = (
        *_u32s("index type flags"),
        ("description", c_char * 32),
        *_u32s("pixelformat mbus_code"),
        ("reserved", c_uint32 * 3),
    )


class Size(Structure):
    """v4l2_frmsize_discrete, in pixels."""

    width: int
    height: int
    _fields_ = _u32s("width height")


class SizeRange(Structure):
    """v4l2_frmsize_stepwise, in pixels."""

    min_width: int
    max_width: int
    min_height: int
    max_height: int
    _fields_ = _u32s("min_width max_width step_width min_height max_height step_height")


class _Sizes(Union):
    _fields_ = (("discrete", Size), ("stepwise", SizeRange))


class FrameSize(Structure):
    """v4l2_frmsizeenum: one size of a format (`discrete`, if `type` is FRMSIZE_TYPE_DISCRETE) or a range (`stepwise`)."""

    type: int
    discrete: Size
    stepwise: SizeRange
    _anonymous_ = ("size",)
    _fields_ = (*_u32s("index pixel_format type"), ("size", _Sizes), ("reserved", c_uint32 * 2))


class Fraction(Structure):
    """v4l2_fract: the seconds of a picture; zeros where the driver does not say."""

    numerator: int
    denominator: int
    _fields_ = _u32s("numerator denominator")


class FractionRange(Structure):
    """v4l2_frmival_stepwise: `min` is the shortest, so the highest rate."""

    min: Fraction
    max: Fraction
    _fields_ = (("min", Fraction), ("max", Fraction), ("step", Fraction))


class _Intervals(Union):
    _fields_ = (("discrete", Fraction), ("stepwise", FractionRange))


class FrameInterval(Structure):
    """v4l2_frmivalenum: one interval of a format and size (`discrete`, if `type` is FRMIVAL_TYPE_DISCRETE) or a range (`stepwise`)."""

    type: int
    discrete: Fraction
    stepwise: FractionRange
    _anonymous_ = ("interval",)
    _fields_ = (*_u32s("index pixel_format width height type"), ("interval", _Intervals), ("reserved", c_uint32 * 2))


class PixelFormat(Structure):
    """v4l2_pix_format: `bytesperline` has the padding; colorspace, ycbcr_enc and quantization are 0 where it does not say."""

    width: int
    height: int
    pixelformat: int
    bytesperline: int
    colorspace: int
    ycbcr_enc: int
    quantization: int
    _fields_ = _u32s(
        "width height pixelformat field bytesperline sizeimage colorspace priv flags ycbcr_enc quantization xfer_func",
    )


class _Formats(Union):
    pix: PixelFormat
    # A member that we do not use holds pointers, and the union is aligned as they are.
    _fields_ = (("pix", PixelFormat), ("raw_data", c_uint8 * 200), ("_pointer", c_void_p))


class Format(Structure):
    """v4l2_format: what a buffer type is set to."""

    fmt: _Formats
    _fields_ = (*_u32s("type"), ("fmt", _Formats))


class Capture(Structure):
    """v4l2_captureparm: how fast it captures."""

    timeperframe: Fraction
    _fields_ = (
        *_u32s("capability capturemode"),
        ("timeperframe", Fraction),
        *_u32s("extendedmode readbuffers"),
        ("reserved", c_uint32 * 4),
    )


class _Parameters(Union):
    capture: Capture
    _fields_ = (("capture", Capture), ("raw_data", c_uint8 * 200))


class StreamParameters(Structure):
    """v4l2_streamparm: what a buffer type's stream is set to."""

    parm: _Parameters
    _fields_ = (*_u32s("type"), ("parm", _Parameters))


class BufferRequest(Structure):
    """v4l2_requestbuffers: how many buffers are wanted; 0 frees them."""

    _fields_ = (*_u32s("count type memory capabilities"), ("flags", c_uint8), ("reserved", c_uint8 * 3))


class Control(Structure):
    """v4l2_control: a control's number and its value."""

    _fields_ = (*_u32s("id"), ("value", c_int32))


_S = TypeVar("_S", bound=Structure)


class Request(Generic[_S]):
    """One ioctl, called with an open device and the fields to ask with."""

    def __init__(self, direction: int, number: int, structure: type[_S]) -> None:
        self.number: Final = direction << 30 | sizeof(structure) << 16 | ord("V") << 8 | number
        self.structure: Final = structure

    def __call__(self, device: int, **asked: int) -> _S:
        """The structure as the kernel filled it in. Raises OSError."""
        while True:
            answer = self.structure(**asked)
            with suppress(InterruptedError):  # Python retries its own calls after a signal, but not an ioctl
                fcntl.ioctl(device, self.number, answer)
                return answer

    def each(self, device: int, **asked: int) -> Iterator[_S]:
        """The answers for index 0, 1, ..., until the driver has no more, 128 at most. Raises OSError."""
        for index in range(_MOST):
            try:
                answer = self(device, index=index, **asked)
            except OSError as error:
                if error.errno in _NO_MORE:
                    return
                raise
            yield answer


# The directions of <asm-generic/ioctl.h>: x86, Arm and RISC-V.
_WRITE, _READ = 1, 2
QUERYCAP: Final = Request(_READ, 0, Capability)
ENUM_FMT: Final = Request(_READ | _WRITE, 2, Description)
G_FMT: Final = Request(_READ | _WRITE, 4, Format)
REQBUFS: Final = Request(_READ | _WRITE, 8, BufferRequest)
G_PARM: Final = Request(_READ | _WRITE, 21, StreamParameters)
S_CTRL: Final = Request(_READ | _WRITE, 28, Control)
ENUM_FRAMESIZES: Final = Request(_READ | _WRITE, 74, FrameSize)
ENUM_FRAMEINTERVALS: Final = Request(_READ | _WRITE, 75, FrameInterval)


@contextmanager
def opened(path: str) -> Iterator[int]:
    """The device, open for requests: it is not taken from whoever streams. Raises OSError."""
    device = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        yield device
    finally:
        os.close(device)
