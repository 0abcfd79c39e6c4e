"""What a fuzzing process tells of itself: how many inputs, which was the slowest, and the one that broke a parser.

A fuzzer's process may end anywhere, so all of it stands in files of its folder that the one who started it reads.
"""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fuzz.target import Target

PATIENCE_S: Final = 10
"""Seconds after which an input counts as a hang."""
MEGABYTES: Final = 2048
"""Memory of a process; one that asks for more was led to it."""
_TELL_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Told:
    """`slowest_s` is the time of the slowest input; `found` are the files of those that broke the parser."""

    inputs: int
    slowest_s: float
    found: tuple[Path, ...]


class Watch:
    """Runs one target's inputs and keeps count in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / "told"
        self._folder = folder
        self._inputs, self._slowest_s, self._told_at = 0, 0.0, 0.0

    def run(self, target: Target, data: bytes) -> None:
        """One input; what breaks the parser is kept, and raised."""
        began = time.perf_counter()
        try:
            target.takes(data)
        except BaseException:
            (self._folder / f"found-{hashlib.sha256(data).hexdigest()[:16]}").write_bytes(data)
            raise
        finally:
            self._count(began, time.perf_counter())

    def _count(self, began: float, ended: float) -> None:
        self._inputs += 1
        self._slowest_s = max(ended - began, self._slowest_s)
        if ended - self._told_at >= _TELL_EVERY_S:
            self._told_at = ended
            self._told.write_text(f"{self._inputs} {self._slowest_s:.6f}")


def told(folder: Path) -> Told:
    """What the process that ran in `folder` told."""
    path = folder / "told"
    inputs, slowest_s = path.read_text().split() if path.exists() else ("0", "0")
    return Told(int(inputs), float(slowest_s), tuple(sorted(folder.glob("found-*"))))
