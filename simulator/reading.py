"""What a decoded picture or sound of the simulated world says about itself: tests prove continuity with it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.scene import BITS, block_size, flash_patch, number_bits

BEEP_HZ = 1000
BEEP_SECONDS = 0.1
BEEP_EDGE = 0.001
"""Seconds in which a beep rises and falls."""
BEEP_LEVEL = 0.36
"""Amplitude of the beep; full scale is 1."""
THRESHOLD = 128
_SMOOTH = 0.002


def frame_number(luma: npt.NDArray[np.uint8]) -> int | None:
    """The frame number in a picture's luma, shape (height, width); None where its parity does not hold."""
    block = block_size(luma.shape[1])
    row = luma[block // 4 : block - block // 4, : block * (BITS + 2)].mean(axis=0)
    bright = row.reshape(BITS + 2, block)[:, block // 4 : block - block // 4].mean(axis=1) > THRESHOLD
    number = int("".join("1" if b else "0" for b in bright[1:-1]), 2)
    return number if np.array_equal(number_bits(number), bright) else None


def flash_is_on(luma: npt.NDArray[np.uint8]) -> bool:
    """Whether the white patch is lit, in a picture's luma of shape (height, width)."""
    patch = luma[flash_patch(luma.shape[1])]
    edge = patch.shape[0] // 4
    return bool(patch[edge:-edge, edge:-edge].mean() > THRESHOLD)


def beep_onsets(samples: npt.NDArray[np.floating[Any]], rate: int = 48_000) -> list[int]:
    """Indices of the samples at which a beep begins, right within 1 ms; `samples` is mono, full scale 1, `rate` a second."""
    time = np.arange(len(samples)) * (2 * np.pi * BEEP_HZ / rate)
    kernel = np.ones(round(rate * _SMOOTH)) / round(rate * _SMOOTH)
    real = np.convolve(samples * np.cos(time), kernel, "same")
    imaginary = np.convolve(samples * np.sin(time), kernel, "same")
    loud = 2 * np.hypot(real, imaginary) > BEEP_LEVEL / 2
    onsets: list[int] = []
    for rise in np.flatnonzero(loud & ~np.concatenate(([False], loud[:-1]))):
        begin = int(rise) - round(rate * BEEP_EDGE / 2)
        if not onsets or begin - onsets[-1] > rate * BEEP_SECONDS:
            onsets.append(begin)
    return onsets
