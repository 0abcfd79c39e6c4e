"""A clock that only the test moves, and a part that does what the test tells it."""

import queue
from collections.abc import Iterator

from bwc_agent.control.inputs import Tick
from bwc_agent.live.stream import Item, Stream
from hal.errors import HardwareError

PATIENCE = 20.0
"""Seconds after which a broken test fails; a good one never waits so long."""


class Script:
    """A Part whose `read` gives what is put into `told`: an item, None for its end, an error to raise."""

    def __init__(self) -> None:
        self.told: queue.Queue[Item | Exception | None] = queue.Queue()
        self.opened = self.closed = 0
        self.refuses: Exception | None = None

    def open(self) -> None:
        self.opened += 1
        if self.refuses is not None:
            raise self.refuses

    def close(self) -> None:
        self.closed += 1
        self.told.put(None)

    def items(self) -> Iterator[Item]:
        while (told := self.told.get(timeout=PATIENCE)) is not None:
            if isinstance(told, Exception):
                raise told
            yield told


def pulled(what: str = "camera: it stopped answering: check its cable") -> HardwareError:
    return HardwareError(*what.split(": ", 1))


def heard(stream: Stream, count: int = 1) -> list[Item]:
    """The next items that are no ticks."""
    out: list[Item] = []
    for item in stream:
        if not isinstance(item, Tick):
            out.append(item)
        if len(out) == count:
            return out
    return out
