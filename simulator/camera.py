"""A camera that sees the scene: variable intervals, dropped pictures, dim light, and a cable that can be pulled."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hal.errors import HardwareError
from hal.interfaces import Frame
from simulator.scene import NS, Scene

Spans = Sequence[tuple[int, int]]
"""Intervals [from, to) in nanoseconds of simulated time."""

DIM_RATE = 10.0


def inside(spans: Spans, now_ns: int) -> bool:
    """Whether `now_ns` lies in one of `spans`."""
    return any(begin <= now_ns < end for begin, end in spans)


@dataclass(frozen=True, slots=True)
class Light:
    """What happens to the camera in a scenario: when it is dim, when the cable is out; `jitter` is a share of a period."""

    dim: Spans = ()
    unplugged: Spans = ()
    jitter: float = 0.2


class SceneCamera:
    """RawCamera. `taken` lists (number, capture_ns) of every picture ever given, so that tests know the truth."""

    def __init__(self, scene: Scene, now_ns: Callable[[], int], rate: float, light: Light, seed: int = 1) -> None:
        self.width, self.height, self.rate = scene.width, scene.height, rate
        self.taken: list[tuple[int, int]] = []
        self._scene = scene
        self._now_ns = now_ns
        self._light = light
        self._random = random.Random(seed)
        self._grid = 0
        self._last: int | None = None
        self._open = False

    def open(self) -> None:
        """The first picture comes one period from now. Raises HardwareError while the cable is out."""
        now = self._now_ns()
        if inside(self._light.unplugged, now):
            raise HardwareError("camera", "it is not there: check its cable")
        self._grid = max(now, self._last or 0)
        self._open = True

    def close(self) -> None:
        """Released."""
        self._open = False

    def read(self) -> Frame | None:
        """The next picture. Raises HardwareError where the cable was pulled."""
        if not self._open:
            raise HardwareError("camera", "it is closed")
        dim = inside(self._light.dim, self._grid)
        period = round(NS / (DIM_RATE if dim else self.rate))
        self._grid += period
        at = self._grid + round(self._random.uniform(0, self._light.jitter) * period)
        if inside(self._light.unplugged, at):
            raise HardwareError("camera", "it stopped answering: check its cable")
        number = len(self.taken)
        self.taken.append((number, at))
        self._last = at
        return Frame(at, self._scene.draw(number, at, dim))
