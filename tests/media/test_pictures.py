"""A camera's pictures as the encoder takes them: the same colours, whatever their bytes."""

import av
import numpy as np
import numpy.typing as npt
import pytest

from bwc_agent.media.pictures import ENCODED, TORN_IN_A_ROW, Pictures
from hal.errors import HardwareError
from hal.interfaces import Colour, Frame, Pixels
from tests.media.coloured import HEIGHT, WIDTH, YCC, image, jpeg, torn


def planes(picture: av.VideoFrame) -> list[npt.NDArray[np.uint8]]:
    """Y, Cb and Cr, as they lie in memory."""
    bare = [
        np.frombuffer(memoryview(p), np.uint8).reshape(p.height, p.line_size)[
            :, : p.width * (1 + (picture.format.name == "nv12" and k > 0))
        ]
        for k, p in enumerate(picture.planes)
    ]
    return bare if len(bare) == 3 else [bare[0], bare[1][:, 0::2], bare[1][:, 1::2]]


@pytest.mark.parametrize("pixels", list(Pixels))
@pytest.mark.parametrize("ycc", [YCC, (16, 128, 128), (235, 16, 240), (0, 128, 128), (255, 1, 254)])
def test_every_colour_stays_what_it_was(pixels: Pixels, ycc: tuple[int, int, int]) -> None:
    ycc = (min(max(ycc[0], 2), 253), *ycc[1:]) if pixels is Pixels.JPEG else ycc
    picture = Pictures(WIDTH, HEIGHT).picture(Frame(0, image(pixels, ycc), pixels, Colour.BT601_FULL))
    assert picture is not None and picture.format.name == ENCODED[pixels]
    for plane, value in zip(planes(picture), ycc, strict=True):
        assert np.abs(plane.astype(int) - value).max() <= 3


def test_yuyv_keeps_every_luma_sample_and_both_lines_of_chroma_count() -> None:
    made = np.random.default_rng(1)
    packed = made.integers(0, 256, (HEIGHT, WIDTH, 2), np.uint8)
    turner = Pictures(WIDTH, HEIGHT)
    first = turner.picture(Frame(0, image(Pixels.YUYV), Pixels.YUYV))
    picture = turner.picture(Frame(0, packed, Pixels.YUYV))
    assert first is not None and picture is not None
    luma, cb, cr = planes(picture)
    assert np.array_equal(luma, packed[..., 0])
    for chroma, sent in ((cb, packed[:, 0::2, 1]), (cr, packed[:, 1::2, 1])):
        mean = (sent[0::2].astype(int) + sent[1::2]) / 2
        assert np.abs(chroma - mean).max() <= 1
    # The packed frame is filled again for the next picture; what was given out before is not touched.
    assert np.all(planes(first)[0] == YCC[0])


@pytest.mark.parametrize("pixels", [Pixels.I420, Pixels.NV12])
def test_what_the_encoder_takes_as_it_is_is_not_copied(pixels: Pixels) -> None:
    sent = image(pixels)
    picture = Pictures(WIDTH, HEIGHT).picture(Frame(0, sent, pixels))
    assert picture is not None
    sent[0, 0] = 77
    assert planes(picture)[0][0, 0] == 77


def test_lines_that_do_not_lie_together_are_laid_together() -> None:
    wide = image(Pixels.I420, size=(WIDTH * 2, HEIGHT))
    picture = Pictures(WIDTH, HEIGHT).picture(Frame(0, wide[:, :WIDTH]))
    assert picture is not None and np.all(planes(picture)[0] == YCC[0])


@pytest.mark.parametrize("layout", ["yuvj420p", "yuvj422p", "yuvj444p"])
def test_a_jpeg_of_any_chroma_layout_is_decoded(layout: str) -> None:
    picture = Pictures(WIDTH, HEIGHT).picture(Frame(0, jpeg(YCC, layout=layout), Pixels.JPEG))
    assert picture is not None and picture.format.name == "yuvj420p"
    assert [abs(int(np.median(p)) - v) <= 1 for p, v in zip(planes(picture), YCC, strict=True)] == [True] * 3


@pytest.mark.parametrize("how", list(torn()))
def test_a_torn_jpeg_is_let_go_and_the_next_whole_one_is_seen(how: str) -> None:
    turner = Pictures(WIDTH, HEIGHT)
    for _ in range(3):
        assert turner.picture(Frame(0, torn()[how], Pixels.JPEG)) is None
        assert turner.picture(Frame(0, jpeg(YCC), Pixels.JPEG)) is not None
    assert turner.torn == 3


def test_a_camera_that_sends_only_torn_jpegs_has_failed() -> None:
    turner = Pictures(WIDTH, HEIGHT)
    bad = Frame(0, torn()["no end"], Pixels.JPEG)
    assert [turner.picture(bad) for _ in range(TORN_IN_A_ROW - 1)] == [None] * (TORN_IN_A_ROW - 1)
    with pytest.raises(HardwareError, match=f"camera: its last {TORN_IN_A_ROW} JPEGs were torn: check its cable"):
        turner.picture(bad)
    assert turner.torn == TORN_IN_A_ROW


@pytest.mark.parametrize("pixels", list(Pixels))
def test_a_picture_of_another_size_is_a_fault(pixels: Pixels) -> None:
    for size in ((WIDTH * 2, HEIGHT), (WIDTH, HEIGHT + 2)):
        with pytest.raises(HardwareError, match=f"camera: its picture is .*, not {pixels.name} of {WIDTH}x{HEIGHT}: set the size"):
            Pictures(WIDTH, HEIGHT).picture(Frame(0, image(pixels, size=size), pixels))


def test_pixels_in_another_shape_than_they_say_are_a_fault() -> None:
    for pixels in Pixels:
        other = Pixels.JPEG if pixels is Pixels.YUYV else Pixels.YUYV
        with pytest.raises(HardwareError, match=rf"an array of .*, not {other.name} of"):
            Pictures(WIDTH, HEIGHT).picture(Frame(0, image(pixels) if pixels is not other else np.zeros((1, 1), np.uint8), other))
