"""A microphone in the simulated world: its own clock, off by some ppm, blocks that arrive with jitter, a cable to pull."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from hal.errors import HardwareError
from hal.interfaces import AudioBlock
from simulator.camera import Spans, inside, share
from simulator.reading import BEEP_EDGE, BEEP_HZ, BEEP_LEVEL, BEEP_SECONDS
from simulator.scene import NS

BLOCK = 480
RATE = 48_000
HUM, NOISE = 60.0, 30.0
_FLOOR = np.random.default_rng(3).normal(0.0, NOISE, RATE)


class SceneMicrophone:
    """Microphone of nominally 48 kHz: a 1 kHz beep of 100 ms at each full second of the world, a quiet street between.

    `ppm` is how much faster its clock runs; a block arrives up to `jitter_ns` late.
    """

    rate = RATE

    def __init__(self, now_ns: Callable[[], int], ppm: int = 100, jitter_ns: int = 0, unplugged: Spans = (), seed: int = 1) -> None:
        self._now_ns = now_ns
        self._true_rate = RATE * (1 + ppm * 1e-6)
        self._jitter_ns = jitter_ns
        self._unplugged = unplugged
        self._seed = seed
        self._start = 0
        self._count = 0
        self._arrived = 0
        self._open = False

    def open(self) -> None:
        """The first sample is taken now. Raises HardwareError while the cable is out."""
        self._start = self._arrived = self._now_ns()
        self._count = 0
        if inside(self._unplugged, self._start):
            raise HardwareError("microphone", "it is not there: check its cable")
        self._open = True

    def close(self) -> None:
        """Released."""
        self._open = False

    def read(self) -> AudioBlock | None:
        """The next block. Raises HardwareError where the cable was pulled; then it must be opened again."""
        if not self._open:
            raise HardwareError("microphone", "it is closed: open it first")
        times = self._start / NS + (self._count + np.arange(BLOCK)) / self._true_rate
        self._count += BLOCK
        done = self._start + round(self._count / self._true_rate * NS)
        if inside(self._unplugged, done):
            self._open = False
            raise HardwareError("microphone", "it stopped answering: check its cable")
        self._arrived = max(self._arrived, done + int(share(self._seed, done) * self._jitter_ns))
        return AudioBlock(self._arrived, sound(times))


def sound(times: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    """What the world sounds like at `times` (rising, seconds of the world, less than a second of them), as int16 of the same shape.

    The noise of the street repeats each second; with none at all libav's AAC encoder is three times slower.
    """
    phase = times % 1.0
    heard = HUM * np.sin(2 * np.pi * 120 * phase) + _FLOOR[(phase * RATE).astype(np.intp) % RATE]
    if phase[0] < BEEP_SECONDS or phase[-1] < BEEP_SECONDS:
        edge = np.clip(np.minimum(phase, BEEP_SECONDS - phase) / BEEP_EDGE, 0.0, 1.0)
        heard += BEEP_LEVEL * 32768 * (0.5 - 0.5 * np.cos(np.pi * edge)) * np.sin(2 * np.pi * BEEP_HZ * phase)
    return np.asarray(heard.round(), np.int16)
