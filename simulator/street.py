"""What the scene shows before anything moves, and the car that moves: drawn once, with OpenCV."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
"""Luma, blue and red difference of an I420 picture; the latter two half as wide and half as high."""

ROAD = (44, 42, 40)
_FINE = 4


def street(width: int, height: int) -> Planes:
    """A street at night, luma and both chroma planes: sky, houses with lit windows, a road that is plain from 0.66 to 0.8 of the height."""
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
    picture[horizon:] = ROAD
    for x in range(0, width, width // 10):
        cv2.rectangle(picture, (x, int(height * 0.82)), (x + width // 20, int(height * 0.835)), (170, 200, 205), -1)
    picture = cv2.GaussianBlur(picture, (3, 3), 0).astype(np.uint8)
    return _planes(picture)


def _house(picture: Plane, x: int, broad: int, foot: int, tall: int, made: np.random.Generator) -> None:
    shade = int(made.integers(30, 70))
    cv2.rectangle(picture, (x, foot - tall), (x + broad - 2, foot), (shade, shade - 8, shade - 4), -1)
    step = max(8, broad // 5)
    for wx in range(x + step // 2, x + broad - step // 2, step):
        for wy in range(foot - tall + step // 2, foot - step // 2, step):
            lit = made.random() < 0.35
            colour = (110, 190, 230) if lit else (shade - 12, shade - 16, shade - 14)
            cv2.rectangle(picture, (wx, wy), (wx + step // 2, wy + step // 2), colour, -1)


def car(width: int, height: int) -> Planes:
    """A car that drives to the right, on the road's colour: luma and both chroma planes, even in size."""
    tall, broad = height // 8 // 2 * 2, width // 6 // 2 * 2
    fine = np.full((tall * _FINE, broad * _FINE, 3), ROAD, np.uint8)
    high, long = fine.shape[:2]

    def box(left: float, top: float, right: float, bottom: float, colour: tuple[int, int, int]) -> None:
        cv2.rectangle(fine, (int(left * long), int(top * high)), (int(right * long), int(bottom * high)), colour, -1)

    roof = np.array([[0.2, 0.42], [0.3, 0.08], [0.6, 0.08], [0.74, 0.42]]) * (long, high)
    cv2.fillPoly(fine, [roof.astype(np.int32)], (150, 80, 40))
    box(0.27, 0.16, 0.44, 0.4, (120, 140, 150))
    box(0.47, 0.16, 0.63, 0.4, (120, 140, 150))
    box(0.04, 0.42, 0.9, 0.78, (150, 80, 40))
    box(0.04, 0.46, 0.07, 0.6, (40, 40, 220))
    box(0.87, 0.48, 0.92, 0.62, (230, 250, 255))
    for wheel in (0.24, 0.7):
        cv2.circle(fine, (int(wheel * long), int(0.78 * high)), int(0.19 * high), (20, 20, 20), -1)
        cv2.circle(fine, (int(wheel * long), int(0.78 * high)), int(0.08 * high), (130, 130, 130), -1)
    return _planes(np.asarray(cv2.resize(fine, (broad, tall), interpolation=cv2.INTER_AREA), np.uint8))


def _planes(picture: Plane) -> Planes:
    """BT.709, limited range, as hal.interfaces.Frame says; OpenCV's own conversion is BT.601."""
    height, width = picture.shape[:2]
    blue, green, red = np.moveaxis(picture / np.float32(255), -1, 0)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    colour = [np.asarray(difference / scale) for difference, scale in ((blue - luma, 1.8556), (red - luma, 1.5748))]
    cb, cr = (cv2.resize(part, (width // 2, height // 2), interpolation=cv2.INTER_AREA) for part in colour)
    return _bytes(16 + 219 * luma), _bytes(128 + 224 * np.asarray(cb)), _bytes(128 + 224 * np.asarray(cr))


def _bytes(plane: npt.NDArray[Any]) -> Plane:
    return plane.round().astype(np.uint8)
