"""Drivers behind encoders and workers."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from bwc_agent.media.stages import AHEAD, Worker, encoded_pictures, encoded_sound, ready_pictures
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.packets import Packet, Track
from bwc_agent.units import AAC_FRAME, ticks_from_ns
from hal.errors import HardwareError
from hal.interfaces import AccessUnit, AudioBlock, Frame
from simulator.packets import prepared
from tests.media.made import picture

NS = 1_000_000_000
TINY = VideoSettings(320, 180, 10, 200_000)
WAIT = 10.0


class Scripted[T]:
    """A part that gives what it was told, then ends, or fails where an error stands."""

    width, height, rate = 320, 180, 10.0

    def __init__(self, items: list[T | HardwareError]) -> None:
        self._items = iter(items)
        self.opened = self.closed = 0

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def _next(self) -> T | None:
        item = next(self._items, None)
        if isinstance(item, HardwareError):
            raise item
        return item


class ScriptedCamera(Scripted[Frame]):
    def read(self) -> Frame | None:
        return self._next()


class ScriptedUnits(Scripted[AccessUnit]):
    def read_unit(self) -> AccessUnit | None:
        return self._next()


class ScriptedMicrophone(Scripted[AudioBlock]):
    rate = 48_000  # type: ignore[assignment]

    def read(self) -> AudioBlock | None:
        return self._next()
