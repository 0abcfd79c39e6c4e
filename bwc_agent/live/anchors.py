"""Wall time as the clocks of the device claim it: at the start, each minute, and at once when a clock was set.

A clock that is set in the middle of a recording changes nothing in it: the recording's times are monotonic, and the new
claim is one more line in the journal.
"""

from collections.abc import Callable, Iterator

from bwc_agent.control.inputs import Anchor, Input, Source, SourceChange
from bwc_agent.live.inputs import anchor, lost
from bwc_agent.units import TICKS
from hal.errors import HardwareError
from hal.interfaces import Clock, ClockReading

EVERY = 60 * TICKS
LOOK = TICKS
"""How often a step is looked for."""
STEP_US = 50_000
"""A wall clock that moved so far against the monotonic one between two looks was set."""


class Anchors:
    """`tick` gives what is due. `stepped(before, after)` is by how many microseconds wall time left monotonic time."""

    def __init__(self, clock: Clock, rtc: Clock | None, stepped: Callable[[ClockReading, ClockReading], int]) -> None:
        self._clock = clock
        self._rtc = rtc
        self._stepped = stepped
        self._looked: ClockReading | None = None
        self._next_look = self._next_anchor = 0

    def tick(self, now: int) -> Iterator[Input]:
        """Call at each tick; `now` in ticks."""
        if now < self._next_look:
            return
        self._next_look = now + LOOK
        reading, before = self._clock.read(), self._looked
        self._looked = reading
        if before is None:
            yield from self._chip(now)
        set_anew = before is not None and abs(self._stepped(before, reading)) >= STEP_US
        if set_anew or now >= self._next_anchor:
            self._next_anchor = now + EVERY
            yield anchor(reading)

    def _chip(self, now: int) -> Iterator[Anchor | SourceChange]:
        """What the clock chip claims, once: it is what a device without a network wakes up with."""
        if self._rtc is None:
            return
        try:
            yield anchor(self._rtc.read())
        except HardwareError as error:
            yield lost(now, Source.CLOCK, str(error))
