"""A camera's pictures as the encoder takes them, as cheaply as their bytes allow, and never in other colours.

I420 and NV12 go in as they are, without a copy. YUYV loses every second line of chroma on the way, JPEG is decoded; the
range and the matrix stay the camera's, and are tagged. A torn JPEG is let go and counted: libavcodec would fill what is
missing with grey and say nothing, and a court would look at a picture that no camera took.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError
from av.video.reformatter import Interpolation, VideoReformatter

from hal.errors import HardwareError
from hal.interfaces import Colour, Frame, Pixels

TORN_IN_A_ROW: Final = 30
"""So many JPEGs without one whole are no accident: the camera has failed."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What a decoder is told about colours, in the numbers of ISO/IEC 23091-2; `full_range` is FFmpeg's 2, limited its 1."""

    range: int
    matrix: int


ENCODED: Final[Mapping[Pixels, str]] = {
    Pixels.I420: "yuv420p",
    Pixels.NV12: "nv12",
    Pixels.YUYV: "yuv420p",
    Pixels.JPEG: "yuvj420p",
}
"""The encoder's pixel format for each of the camera's."""

TAGS: Final[Mapping[Colour, Tags]] = {Colour.BT709: Tags(1, 1), Colour.BT601: Tags(1, 6), Colour.BT601_FULL: Tags(2, 6)}


class Pictures:
    """Turns frames of `width` x `height` pixels into pictures in the format that `ENCODED` names.

    `torn` counts the JPEGs that could not be decoded whole. A picture may share its memory with the frame that it came
    from: encode it before the camera may write there again.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._shapes = {
            Pixels.I420: (height * 3 // 2, width),
            Pixels.NV12: (height * 3 // 2, width),
            Pixels.YUYV: (height, width, 2),
        }
        self._turn: Mapping[Pixels, Callable[[npt.NDArray[np.uint8]], av.VideoFrame | None]] = {
            Pixels.I420: lambda image: av.VideoFrame.from_numpy_buffer(image, format="yuv420p"),
            Pixels.NV12: lambda image: av.VideoFrame.from_numpy_buffer(image, format="nv12"),
            Pixels.YUYV: self._packed,
            Pixels.JPEG: self._decoded,
        }
        self._reformatter = VideoReformatter()
        self._yuyv: av.VideoFrame | None = None
        self._jpeg = _jpeg_decoder()
        self._torn_in_a_row = 0
        self.torn = 0

    def picture(self, frame: Frame) -> av.VideoFrame | None:
        """The picture of `frame`, without a time; None for a torn JPEG.

        Raises HardwareError for a picture of another size, and when too many JPEGs in a row are torn.
        """
        shape = self._shapes.get(frame.pixels)
        if frame.image.ndim != 1 if shape is None else frame.image.shape != shape:
            raise HardwareError("camera", self._misfit(frame.pixels, f"an array of {frame.image.shape}"))
        return self._turn[frame.pixels](np.ascontiguousarray(frame.image))

    def _packed(self, image: npt.NDArray[np.uint8]) -> av.VideoFrame:
        # One frame is filled again and again: fresh memory for each 1080p picture would cost more than the copy into it.
        if self._yuyv is None:
            self._yuyv = av.VideoFrame(self._width, self._height, "yuyv422")
        plane = self._yuyv.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(self._height, plane.line_size)
        rows[:, : 2 * self._width] = image.reshape(self._height, 2 * self._width)
        return self._in(ENCODED[Pixels.YUYV], self._yuyv)

    def _decoded(self, image: npt.NDArray[np.uint8]) -> av.VideoFrame | None:
        try:
            # An empty packet would mean the end of the stream to the decoder.
            pictures = self._jpeg.decode(av.Packet(image.tobytes())) if image.size else []
        except FFmpegError:
            self._jpeg, pictures = _jpeg_decoder(), []
        if len(pictures) != 1:
            self._count_torn()
            return None
        self._torn_in_a_row = 0
        picture = pictures[0]
        if (picture.width, picture.height) != (self._width, self._height):
            raise HardwareError("camera", self._misfit(Pixels.JPEG, f"{picture.width}x{picture.height}"))
        return self._in(ENCODED[Pixels.JPEG], picture)

    def _count_torn(self) -> None:
        self.torn += 1
        self._torn_in_a_row += 1
        if self._torn_in_a_row >= TORN_IN_A_ROW:
            self._torn_in_a_row = 0
            raise HardwareError("camera", f"its last {TORN_IN_A_ROW} JPEGs were torn: check its cable, or set pixels it sends raw (YUYV)")

    def _in(self, pixel_format: str, picture: av.VideoFrame) -> av.VideoFrame:
        # One thread: swscale's own would compete with the encoder's for a small board's cores.
        return self._reformatter.reformat(picture, format=pixel_format, interpolation=Interpolation.AREA, threads=1)

    def _misfit(self, pixels: Pixels, what: str) -> str:
        return f"its picture is {what}, not {pixels.name} of {self._width}x{self._height}: set the size that the camera gives"


def _jpeg_decoder() -> av.VideoCodecContext:
    codec = av.CodecContext.create("mjpeg", "r")
    assert isinstance(codec, av.VideoCodecContext)
    codec.thread_count = 1
    codec.options = {"err_detect": "explode"}
    return codec
