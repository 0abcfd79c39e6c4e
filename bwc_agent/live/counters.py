"""What drivers count: told when it has changed, so that the journal shows what parts lost without failing."""

from collections.abc import Callable, Iterator

from bwc_agent.control.inputs import Counts, Source
from bwc_agent.units import TICKS

EVERY = 10 * TICKS
Counter = Callable[[], int]


class Counters:
    """`tick` gives what is due; a part that counts nothing has no counter."""

    def __init__(self, counters: dict[Source, Counter]) -> None:
        self._counters = counters
        self._told = (0, 0, 0)
        self._next = 0

    def tick(self, now: int) -> Iterator[Counts]:
        """Call at each tick; `now` in ticks."""
        if now < self._next:
            return
        self._next = now + EVERY
        found = (self._count(Source.CAMERA), self._count(Source.MICROPHONE), self._count(Source.LOCATION))
        if found != self._told:
            self._told = found
            yield Counts(now, *found)

    def _count(self, source: Source) -> int:
        counter = self._counters.get(source)
        return 0 if counter is None else counter()
