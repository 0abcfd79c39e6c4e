"""One stream of inputs in order of availability, as the core would hear it live, but as fast as the machine can.

Packet sources run ahead in their own workers; the stream waits until every open source shows its next item, then gives
out whatever is available first (availability = capture time + a latency). Nothing in the core can tell it from a live
queue. Storage really writes, on its own thread, but answers at a simulated time, so that decisions repeat exactly.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from bwc_agent.control.inputs import Input, Source, SourceChange, Tick
from bwc_agent.packets import Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS
from hal.errors import HardwareError

TICK = TICKS // 20
"""The core hears of time at least so often."""

Item = Packet | Input


class PacketFeed(Protocol):
    """Encoded packets of one opened part; `get` waits for the next, None at the end, HardwareError when the part fails."""

    def get(self) -> Packet | None:
        """The next packet."""
        ...

    def stop(self) -> None:
        """Release the part; never raises."""
        ...


@dataclass(slots=True)
class _Open:
    """A source that is open, with the item that it shows next."""

    source: Source
    feed: PacketFeed
    latency: int
    head: Packet | None = None
    at: int = 0


@dataclass(order=True, slots=True)
class _Planned:
    at: int
    order: int
    make: Callable[[int], Item | None] = field(compare=False)


class Stream:
    """Merges planned inputs, ticks and packet sources; `now` is the availability of the item given out last."""

    def __init__(self, start: int, end: int) -> None:
        self.now = start
        self._end = end
        self._order = count()
        self._planned: list[_Planned] = []
        self._sources: dict[Source, _Open] = {}
        self.plan(start + TICK, self._tick)

    def plan(self, at: int, make: Callable[[int], Item | None]) -> None:
        """Call `make(now)` when time has come to `at`; what it returns is given out, unless it is None."""
        heapq.heappush(self._planned, _Planned(max(at, self.now), next(self._order), make))

    def give(self, at: int, item: Input) -> None:
        """Give out `item` when time has come to `at`."""
        self.plan(at, lambda _: item)

    def _tick(self, now: int) -> Item:
        self.plan(now + TICK, self._tick)
        return Tick(now)

    def open(self, source: Source, feed: Callable[[], PacketFeed], latency: int) -> None:
        """Open a packet source now, unless it is; if it cannot be, the core hears of it."""
        if source in self._sources:
            return
        try:
            opened = _Open(source, feed(), latency)
        except HardwareError as error:
            self.give(self.now, SourceChange(self.now, source, True, str(error)))
            return
        self._sources[source] = opened
        self._advance(opened)

    def close(self, source: Source) -> None:
        """Close a packet source; what it had captured beyond now was never captured."""
        if opened := self._sources.pop(source, None):
            opened.feed.stop()

    def _advance(self, opened: _Open) -> None:
        try:
            opened.head = opened.feed.get()
        except HardwareError as error:
            self._lose(opened, str(error))
            return
        if opened.head is None:
            self._lose(opened, f"{opened.source.value}: the source has ended")
            return
        reach = 2 * AAC_FRAME if opened.head.track is Track.AUDIO else 0
        opened.at = max(opened.at, self.now, opened.head.pts + reach + opened.latency)

    def _lose(self, opened: _Open, why: str) -> None:
        self.close(opened.source)
        at = max(opened.at, self.now)
        self.give(at, SourceChange(at, opened.source, True, why))

    def __iter__(self) -> Iterator[Item]:
        """Items until the end; the consumer may open and close sources between them."""
        while True:
            first = min(self._sources.values(), key=lambda s: s.at, default=None)
            planned = self._planned[0].at
            if min(planned, first.at if first else planned) > self._end:
                return
            if first is None or planned <= first.at:
                yield from self._due()
            else:
                yield self._shown(first)

    def _due(self) -> Iterator[Item]:
        plan = heapq.heappop(self._planned)
        self.now = max(self.now, plan.at)
        item = plan.make(self.now)
        if item is not None:
            yield item

    def _shown(self, opened: _Open) -> Packet:
        packet = opened.head
        assert packet is not None
        self.now = max(self.now, opened.at)
        self._advance(opened)
        return packet

    def stop(self) -> None:
        """Release every source."""
        for source in list(self._sources):
            self.close(source)
