"""A drawn street at night, cheap enough to draw a thousand times a second, that proves itself when decoded.

Each picture carries its frame number three ways: as text for people, as a row of large blocks for machines
(`reading.py`), and a white patch that flashes for the first tenth of each second, together with the beep.
"""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from simulator.street import Plane, Planes, car, street

BITS = 32
FLASH_NS = 100_000_000
BLACK, DARK, BRIGHT, GREY = 16, 24, 226, 128
NS = 1_000_000_000


def block_size(width: int) -> int:
    """Pixels of one side of a block of the machine-readable number: 34 blocks fill the width."""
    return width // (BITS + 2) // 2 * 2


def flash_patch(width: int) -> tuple[slice, slice]:
    """Rows and columns of the luma where the white patch is, in pictures `width` pixels wide."""
    block = block_size(width)
    return slice(block + 2, 3 * block + 2), slice(0, 2 * block)


class Scene:
    """Draws I420 pictures of `width` x `height`, both even, at least 320 x 180; at 640 x 360 each takes about 0.2 ms."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._block = block_size(width)
        view, parts = street(width, height), car(width, height)
        self._bases = (self._banded(view), self._banded(_dimmed(view)))
        self._cars = (parts, _dimmed(parts))
        self._thick = max(1, round(height / 360))

    def draw(self, number: int, now_ns: int, dim: bool = False) -> Plane:
        """Picture `number` of the world, captured at `now_ns`: shape (height * 3 // 2, width), uint8."""
        image = self._bases[dim].copy()
        luma = image[: self.height]
        self._drive(image, now_ns, self._cars[dim])
        self._number(luma, number)
        luma[flash_patch(self.width)] = BRIGHT if now_ns % NS < FLASH_NS else DARK
        self._text(luma, number, now_ns)
        return image

    def _banded(self, planes: Planes) -> Plane:
        """One I420 picture of `planes`, with a dark band on top for what is written there, also in the dark."""
        band = (3 * self._block + 4) // 2
        image = np.concatenate([plane.ravel() for plane in planes]).reshape(-1, self.width)
        for plane in _planes(image, self.width, self.height)[1:]:
            plane[:band] = GREY
        image[: 2 * band] = DARK
        return image

    def _drive(self, image: Plane, now_ns: int, parts: Planes) -> None:
        """Something that moves: a car, once across in eight seconds."""
        tall, broad = parts[0].shape
        x = int(now_ns % (8 * NS) / (8 * NS) * (self.width - broad)) // 2 * 2
        y = int(self.height * 0.66) // 2 * 2
        for shift, (plane, part) in enumerate(zip(_planes(image, self.width, self.height), parts, strict=True)):
            half = 2 if shift else 1
            plane[y // half : (y + tall) // half, x // half : (x + broad) // half] = part

    def _number(self, luma: Plane, number: int) -> None:
        bits = number_bits(number)
        row = np.repeat(np.where(bits, BRIGHT, DARK).astype(np.uint8), self._block)
        luma[: self._block, : len(row)] = row

    def _text(self, luma: Plane, number: int, now_ns: int) -> None:
        seconds, milliseconds = divmod(now_ns // 1_000_000, 1000)
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"
        x, y = self._block * 3, self._block + 4
        for character in f"{clock}  #{number}":
            glyph = _glyph(character, self._thick)
            room = luma[y : y + glyph.shape[0], x : x + glyph.shape[1]]
            room[:] = glyph[:, : room.shape[1]]
            x += glyph.shape[1]


def number_bits(number: int) -> npt.NDArray[np.bool_]:
    """34 blocks: one bright to find, 32 bits from the highest, and one that makes the number of bright ones odd."""
    bits = np.array([1, *((number >> k) & 1 for k in range(BITS - 1, -1, -1)), 0], np.bool_)
    bits[-1] = bits.sum() % 2 == 0
    return bits


@lru_cache(maxsize=256)
def _glyph(character: str, thickness: int) -> Plane:
    height, width = 20 * thickness, 13 * thickness
    image = np.full((height, width), DARK, np.uint8)
    cv2.putText(image, character, (1, height - 5 * thickness), cv2.FONT_HERSHEY_SIMPLEX, 0.6 * thickness, 235, thickness, cv2.LINE_AA)
    return image


def _planes(image: Plane, width: int, height: int) -> Planes:
    """Luma and both chroma planes of an I420 picture, as views."""
    colour = image[height:].reshape(2, height // 2, width // 2)
    return image[:height], colour[0], colour[1]


def _dimmed(planes: Planes) -> Planes:
    """The same in weak light: a sixth of the brightness above black, a third of the colour."""
    luma, *colour = planes
    blue, red = (((plane.astype(np.int16) - GREY) // 3 + GREY).astype(np.uint8) for plane in colour)
    return (np.maximum(luma, BLACK) - BLACK) // 6 + BLACK, blue, red
