"""Pictures of one plain colour in each of the camera's formats, and torn ones."""

from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt

from hal.interfaces import Pixels

WIDTH, HEIGHT = 96, 64
YCC = (150, 90, 200)


def image(pixels: Pixels, ycc: tuple[int, int, int] = YCC, size: tuple[int, int] = (WIDTH, HEIGHT)) -> npt.NDArray[np.uint8]:
    """One plain colour."""
    width, height = size
    y, cb, cr = ycc
    if pixels is Pixels.JPEG:
        return jpeg(ycc, size)
    if pixels is Pixels.YUYV:
        return np.tile(np.array([[[y, cb], [y, cr]]], np.uint8), (height, width // 2, 1))
    out = np.full((height * 3 // 2, width), y, np.uint8)
    chroma = out[height:].reshape(-1)
    if pixels is Pixels.NV12:
        chroma[0::2], chroma[1::2] = cb, cr
    else:
        chroma[: chroma.size // 2], chroma[chroma.size // 2 :] = cb, cr
    return out


def jpeg(ycc: tuple[int, int, int], size: tuple[int, int] = (WIDTH, HEIGHT), layout: str = "yuvj422p") -> npt.NDArray[np.uint8]:
    """As webcams send it: 4:2:2, full range; noise in luma, so that there is something to tear."""
    codec = av.CodecContext.create("mjpeg", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt, codec.time_base = *size, layout, Fraction(1, 30)
    codec.options = {"qmin": "1", "qmax": "1"}
    picture = av.VideoFrame(*size, layout)
    noise = np.random.default_rng(3).integers(-1, 2, size[::-1])
    for plane, value in zip(picture.planes, ycc, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        rows[:, : plane.width] = value
    luma = np.frombuffer(memoryview(picture.planes[0]), np.uint8).reshape(size[1], -1)
    luma[:, : size[0]] += noise.astype(np.uint8)
    picture.pts = 0
    return np.frombuffer(b"".join(bytes(p) for p in [*codec.encode(picture), *codec.encode(None)]), np.uint8)


def torn() -> dict[str, npt.NDArray[np.uint8]]:
    whole = jpeg(YCC)
    half = len(whole) // 2
    end = np.frombuffer(b"\xff\xd9", np.uint8)
    return {
        "nothing": whole[:0],
        "no end": whole[:half],
        "an end too early": np.concatenate([whole[:half], end]),
        "a hole": np.concatenate([whole[:half], np.zeros(200, np.uint8), whole[half + 200 :]]),
        "head only": whole[:200],
        "frame without picture": np.concatenate([whole[:2], end]),
        "text": np.frombuffer(b"this is no JPEG", np.uint8),
    }
