"""The one queue that every part feeds and the core empties: inputs in order of arrival, and ticks when nothing comes.

What a session of a part had put in before it was closed is let go here: closed means that nothing more is seen or heard.
"""

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bwc_agent.control.inputs import Input, Tick
from bwc_agent.packets import Packet
from bwc_agent.units import TICKS, ns_from_ticks, ticks_from_ns

TICK: Final = TICKS // 20
"""The core hears of time so often, and less often where it is late: what waits has at least so long between two ticks."""

Item = Packet | Input


class Session:
    """One opening of a part. Once `closed`, nothing of it reaches the core any more."""

    __slots__ = ("closed",)

    def __init__(self) -> None:
        self.closed = False


@dataclass(frozen=True, slots=True)
class _Arrived:
    item: Item
    session: Session | None


class Stream:
    """Thread-safe to `give`; iterated by the core alone. `now_ns` is CLOCK_MONOTONIC."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.now_ns = now_ns
        self._arrived: queue.SimpleQueue[_Arrived | None] = queue.SimpleQueue()

    def now(self) -> int:
        """Ticks of CLOCK_MONOTONIC."""
        return ticks_from_ns(self.now_ns())

    def give(self, item: Item, session: Session | None = None) -> None:
        """Queue an item; never waits."""
        self._arrived.put(_Arrived(item, session))

    def end(self) -> None:
        """No more items: iteration ends once the ones before are given out."""
        self._arrived.put(None)

    def __iter__(self) -> Iterator[Item]:
        """Items as they arrive, and a `Tick` each `TICK` however many come.

        A tick that takes long to deal with delays the next: were one due at once, a slow core would hear of nothing else.
        """
        due = self.now() + TICK
        while True:
            if (now := self.now()) >= due:
                yield Tick(now)
                due = self.now() + TICK
            try:
                arrived = self._arrived.get(timeout=ns_from_ticks(max(0, due - self.now())) / 1e9)
            except queue.Empty:
                continue
            if arrived is None:
                return
            if arrived.session is None or not arrived.session.closed:
                yield arrived.item
