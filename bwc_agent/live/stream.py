"""The one queue that every part feeds and the core empties: inputs in order of arrival, and time told between them.

A core that was held up hears what it missed as it came: each tick stands among the items where it would have stood, so that
no press, packet or answer that was there before is overtaken by the time that has passed since.
What a session of a part had put in before it was closed is let go here: closed means that nothing more is seen or heard.
"""

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bwc_agent.control.inputs import Input, Tick
from bwc_agent.packets import Packet
from bwc_agent.units import TICKS, ns_from_ticks, seconds, ticks_from_ns

TICK: Final = TICKS // 20
"""The core hears of time so often."""
LATE: Final = seconds(1)
"""A core that is later than this hears of time ten times less often, so that it catches up on what it has to hear."""

Item = Packet | Input


class Session:
    """One opening of a part. Once `closed`, nothing of it reaches the core any more."""

    __slots__ = ("closed",)

    def __init__(self) -> None:
        self.closed = False


@dataclass(frozen=True, slots=True)
class _Arrived:
    at: int
    item: Item | None
    session: Session | None


class Stream:
    """Thread-safe to `give`; iterated by the core alone. `now_ns` is CLOCK_MONOTONIC."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.now_ns = now_ns
        self._arrived: queue.SimpleQueue[_Arrived] = queue.SimpleQueue()

    def now(self) -> int:
        """Ticks of CLOCK_MONOTONIC."""
        return ticks_from_ns(self.now_ns())

    def give(self, item: Item, session: Session | None = None) -> None:
        """Queue an item; never waits."""
        self._arrived.put(_Arrived(self.now(), item, session))

    def end(self) -> None:
        """No more items: iteration ends once the ones before are given out."""
        self._arrived.put(_Arrived(self.now(), None, None))

    def __iter__(self) -> Iterator[Item]:
        """Items as they arrive, and between them a `Tick` each `TICK`, at the time at which it was due."""
        due = self.now() + TICK
        while True:
            arrived = self._next(due)
            while arrived is None or arrived.at >= due:
                yield Tick(due)
                due += TICK if self.now() - due < LATE else 10 * TICK
                if arrived is None:
                    break
            if arrived is None:
                continue
            if arrived.item is None:
                return
            if arrived.session is None or not arrived.session.closed:
                yield arrived.item

    def _next(self, due: int) -> _Arrived | None:
        """What arrived next; None where nothing has come until `due`."""
        try:
            return self._arrived.get(timeout=ns_from_ticks(max(0, due - self.now())) / 1e9)
        except queue.Empty:
            return None
