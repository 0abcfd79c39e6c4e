"""A camera that sees the scene: variable intervals, dropped pictures, dim light, and a cable that can be pulled."""

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


def share(seed: int, number: int) -> float:
    """A number in [0, 1) that looks random and always is the same for `seed` and `number` (SplitMix64).

    A device runs ahead of the stream by a length that no one controls; a generator with a state would remember how far.
    """
    mixed = (seed + number * 0x9E3779B97F4A7C15) % 2**64
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
    return (mixed ^ mixed >> 31) / 2**64


@dataclass(frozen=True, slots=True)
class Light:
    """What happens to the camera in a scenario: when it is dim, when the cable is out.

    `jitter` is a share of a period by which a picture may come late; `drop` is the share of pictures that never come.
    """

    dim: Spans = ()
    unplugged: Spans = ()
    jitter: float = 0.2
    drop: float = 0.0


class SceneCamera:
    """RawCamera. `taken` lists (number, capture_ns) of every picture given since the world began, so that tests know the truth.

    Numbers count the pictures taken, dropped ones included. What was read ahead of the closing was never taken.
    """

    def __init__(self, scene: Scene, now_ns: Callable[[], int], rate: float, light: Light, seed: int = 1) -> None:
        self.width, self.height, self.rate = scene.width, scene.height, rate
        self.taken: list[tuple[int, int]] = []
        self._scene = scene
        self._now_ns = now_ns
        self._light = light
        self._seed = seed
        self._number = 0
        self._grid = 0
        self._open = False

    def open(self) -> None:
        """The first picture comes one period from now. Raises HardwareError while the cable is out."""
        now = self._now_ns()
        if inside(self._light.unplugged, now):
            raise HardwareError("camera", "it is not there: check its cable")
        self._forget_ahead(now)
        self._number = self.taken[-1][0] + 1 if self.taken else 0
        self._grid = now
        self._open = True

    def close(self) -> None:
        """Released; where it worked until now, what was read ahead was never taken."""
        if self._open:
            self._forget_ahead(self._now_ns())
        self._open = False

    def _forget_ahead(self, now: int) -> None:
        while self.taken and self.taken[-1][1] > now:
            self.taken.pop()

    def read(self) -> Frame | None:
        """The next picture. Raises HardwareError where the cable was pulled; then it must be opened again."""
        if not self._open:
            raise HardwareError("camera", "it is closed: open it first")
        while True:
            number, at, dim = self._next()
            if inside(self._light.unplugged, at):
                self._open = False
                raise HardwareError("camera", "it stopped answering: check its cable")
            if share(self._seed + 1, self._grid) >= self._light.drop:
                self.taken.append((number, at))
                return Frame(at, self._scene.draw(number, at, dim))

    def _next(self) -> tuple[int, int, bool]:
        dim = inside(self._light.dim, self._grid)
        period = round(NS / (DIM_RATE if dim else self.rate))
        self._grid += period
        number, self._number = self._number, self._number + 1
        return number, self._grid + round(share(self._seed, self._grid) * self._light.jitter * period), dim
