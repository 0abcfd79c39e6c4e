"""What a decoded picture or sound of the simulated world says about itself: tests prove continuity with it."""

import numpy as np
import numpy.typing as npt

from simulator.scene import BITS, block_size, number_bits

BEEP_HZ = 1000
BEEP_SECONDS = 0.1
THRESHOLD = 128


def frame_number(luma: npt.NDArray[np.uint8]) -> int | None:
    """The frame number in a picture's luma, shape (height, width); None where its parity does not hold."""
    block = block_size(luma.shape[1])
    row = luma[block // 4 : block - block // 4, : block * (BITS + 2)].mean(axis=0)
    bright = row.reshape(BITS + 2, block)[:, block // 4 : block - block // 4].mean(axis=1) > THRESHOLD
    number = int("".join("1" if b else "0" for b in bright[1:-1]), 2)
    return number if np.array_equal(number_bits(number), bright) else None


def flash_is_on(luma: npt.NDArray[np.uint8]) -> bool:
    """Whether the white patch is lit."""
    block = block_size(luma.shape[1])
    top = block + 2
    return bool(luma[top + block // 2 : top + block, block // 2 : block].mean() > THRESHOLD)


def beep_onsets(samples: npt.NDArray[np.float32], rate: int = 48_000, level: float = 0.1) -> list[int]:
    """Sample indices at which a 1 kHz beep begins: where its smoothed envelope first passes half its height."""
    time = np.arange(len(samples)) * (2 * np.pi * BEEP_HZ / rate)
    window = rate // BEEP_HZ * 2
    kernel = np.ones(window) / window
    real = np.convolve(samples * np.cos(time), kernel, "same")
    imaginary = np.convolve(samples * np.sin(time), kernel, "same")
    loud = 2 * np.hypot(real, imaginary) > level
    rises = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1
    return [int(k) for k in rises]
