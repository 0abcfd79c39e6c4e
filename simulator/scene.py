"""A drawn street at night, cheap enough to draw a thousand times a second, that proves itself when decoded.

Each picture carries its frame number three ways: as text for people, as a row of large blocks for machines
(`reading.py`), and a white patch that flashes for the first tenth of each second, together with the beep.
"""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]

BITS = 32
FLASH_NS = 100_000_000
DARK, BRIGHT = 24, 226
NS = 1_000_000_000


def block_size(width: int) -> int:
    """Pixels of one side of a block of the machine-readable number: 34 blocks fill the width."""
    return width // (BITS + 2) // 2 * 2


class Scene:
    """Draws I420 pictures of `width` x `height`, both even, at least 320 x 180."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._base = _street(width, height)
        self._dim = (self._base[:height] // 6 + 12).astype(np.uint8)
        self._scale = height / 720
        self._block = block_size(width)

    def draw(self, number: int, now_ns: int, dim: bool = False) -> Plane:
        """Picture `number` of the world, captured at `now_ns`: shape (height * 3 // 2, width), uint8."""
        image = self._base.copy()
        luma = image[: self.height]
        if dim:
            luma[:] = self._dim
        self._car(image, now_ns)
        self._number(luma, number)
        self._flash(luma, now_ns)
        self._text(luma, number, now_ns)
        return image

    def _car(self, image: Plane, now_ns: int) -> None:
        """Something that moves: lights of a car, once across in eight seconds."""
        h, w = self.height, self.width
        size = max(4, h // 40) * 2
        x = int(now_ns % (8 * NS) / (8 * NS) * (w - 3 * size)) // 2 * 2
        y = int(h * 0.66) // 2 * 2
        image[y : y + size, x : x + 2 * size] = 70
        image[y + size // 2 : y + size, x + 2 * size : x + 2 * size + size // 2] = 235

    def _number(self, luma: Plane, number: int) -> None:
        bits = number_bits(number)
        row = np.repeat(np.where(bits, BRIGHT, DARK).astype(np.uint8), self._block)
        luma[: self._block, : len(row)] = row

    def _flash(self, luma: Plane, now_ns: int) -> None:
        top, size = self._block + 2, self._block * 2
        luma[top : top + size, :size] = BRIGHT if now_ns % NS < FLASH_NS else DARK

    def _text(self, luma: Plane, number: int, now_ns: int) -> None:
        seconds, milliseconds = divmod(now_ns // 1_000_000, 1000)
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"
        x, y = self._block * 3, self._block + 4
        for character in f"{clock}  #{number}":
            glyph = _glyph(character, max(1, round(2 * self._scale)))
            luma[y : y + glyph.shape[0], x : x + glyph.shape[1]] = glyph
            x += glyph.shape[1]


def number_bits(number: int) -> npt.NDArray[np.bool_]:
    """34 blocks: one bright to find, 32 bits from the highest, and one that makes the number of bright ones even."""
    bits = np.array([1, *((number >> k) & 1 for k in range(BITS - 1, -1, -1)), 0], np.bool_)
    bits[-1] = bool(bits.sum() % 2)
    return bits


@lru_cache(maxsize=256)
def _glyph(character: str, thickness: int) -> Plane:
    height, width = 20 * thickness, 13 * thickness
    image = np.full((height, width), 16, np.uint8)
    cv2.putText(image, character, (1, height - 5 * thickness), cv2.FONT_HERSHEY_SIMPLEX, 0.6 * thickness, 235, thickness, cv2.LINE_AA)
    return image


def _street(width: int, height: int) -> Plane:
    """Sky, houses with lit windows, a road with its line: drawn once."""
    picture = np.zeros((height, width, 3), np.uint8)
    sky = np.linspace(60, 18, height // 2)[:, None]
    picture[: height // 2] = np.stack([sky * 1.6, sky * 0.9, sky * 0.7], axis=-1).astype(np.uint8)
    picture[height // 2 :] = (52, 50, 48)
    made = np.random.default_rng(7)
    x = 0
    while x < width:
        broad, tall = int(made.integers(width // 14, width // 7)), int(made.integers(height // 5, height // 3))
        _house(picture, x, broad, height // 2 + height // 8, tall, made)
        x += broad
    horizon = height // 2 + height // 8
    picture[horizon:] = (44, 42, 40)
    for x in range(0, width, width // 10):
        cv2.rectangle(picture, (x, int(height * 0.82)), (x + width // 20, int(height * 0.835)), (170, 200, 205), -1)
    picture = cv2.GaussianBlur(picture, (3, 3), 0).astype(np.uint8)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)


def _house(picture: npt.NDArray[np.uint8], x: int, broad: int, foot: int, tall: int, made: np.random.Generator) -> None:
    shade = int(made.integers(30, 70))
    cv2.rectangle(picture, (x, foot - tall), (x + broad - 2, foot), (shade, shade - 8, shade - 4), -1)
    step = max(8, broad // 5)
    for wx in range(x + step // 2, x + broad - step // 2, step):
        for wy in range(foot - tall + step // 2, foot - step // 2, step):
            lit = made.random() < 0.35
            colour = (110, 190, 230) if lit else (shade - 12, shade - 16, shade - 14)
            cv2.rectangle(picture, (wx, wy), (wx + step // 2, wy + step // 2), colour, -1)
