"""Light, buzzer and haptics of a live start. One that fails is told once, tried again, and shown the light of the moment."""

from bwc_agent.control.inputs import Source, SourceChange
from bwc_agent.live.stream import Stream
from bwc_agent.units import TICKS
from hal.errors import HardwareError
from hal.interfaces import Cue, Indicator, Light

AGAIN = 5 * TICKS
"""A failed indicator is tried again so often."""


class Signals:
    """Called by the core's loop only: an indicator's commands return at once."""

    def __init__(self, indicator: Indicator, stream: Stream) -> None:
        self._indicator = indicator
        self._stream = stream
        self._open = self._lost = False
        self._light = Light.OFF
        self._next = 0

    def show(self, light: Light) -> Light | None:
        """Set the light; returns it as the part reads back, None where it cannot or has failed."""
        self._light = light
        try:
            self._opened()
            self._indicator.show(light)
            return self._indicator.shown()
        except HardwareError as error:
            self._failed(error)
            return None

    def play(self, cue: Cue) -> None:
        """Sound and vibrate, if the part works."""
        try:
            self._opened()
            self._indicator.play(cue)
        except HardwareError as error:
            self._failed(error)

    def watch(self, now: int) -> None:
        """Called at each tick: a failed indicator is tried again."""
        if self._lost and now >= self._next:
            self.show(self._light)

    def close(self) -> None:
        """All off."""
        self._indicator.close()

    def _opened(self) -> None:
        """Open it where it is not. Raises HardwareError; between two tries at once, so that nothing waits for a dead part."""
        if not self._open:
            now = self._stream.now()
            if self._lost and now < self._next:
                raise HardwareError("indicator", "it has failed")
            self._indicator.open()
            self._open = True
        if self._lost:
            self._lost = False
            self._stream.give(SourceChange(self._stream.now(), Source.INDICATOR, False, "it works again"))

    def _failed(self, error: HardwareError) -> None:
        now = self._stream.now()
        if now >= self._next:
            self._next = now + AGAIN
        if self._open:
            self._open = False
            self._indicator.close()
        if not self._lost:
            self._lost = True
            self._stream.give(SourceChange(now, Source.INDICATOR, True, str(error)))
