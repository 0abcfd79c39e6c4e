"""Light, buzzer and haptics of a live start. One that fails is told once, tried again, and shown the light of the moment."""

from collections.abc import Callable
from typing import TypeVar

from bwc_agent.control.inputs import Source
from bwc_agent.live.inputs import back, lost
from bwc_agent.live.stream import Stream
from bwc_agent.units import TICKS
from hal.errors import HardwareError
from hal.interfaces import Cue, Indicator, Light

Answer = TypeVar("Answer")

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
        return self._done(self._show)

    def play(self, cue: Cue) -> None:
        """Sound and vibrate, if the part works."""
        self._done(lambda: self._indicator.play(cue))

    def watch(self, now: int) -> None:
        """Called at each tick: a failed indicator is tried again."""
        if self._lost and now >= self._next:
            self.show(self._light)

    def close(self) -> None:
        """All off."""
        self._indicator.close()

    def _show(self) -> Light | None:
        self._indicator.show(self._light)
        return self._indicator.shown()

    def _done(self, command: Callable[[], Answer]) -> Answer | None:
        """A command's answer; None where it failed, or where the part has failed and its next try is not due."""
        if self._lost and not self._open and self._stream.now() < self._next:
            return None
        try:
            if not self._open:
                self._indicator.open()
                self._open = True
                self._show()  # it opens dark, and a cue may come before the next light
            answer = command()
        except HardwareError as error:
            self._failed(str(error))
            return None
        except Exception as error:  # whatever it is: a broken light must not end what is recorded
            self._failed(f"indicator: {type(error).__name__}: {error}; report this as a bug")
            return None
        self._works()
        return answer

    def _works(self) -> None:
        if self._lost:
            self._lost = False
            self._stream.give(back(self._stream.now(), Source.INDICATOR))

    def _failed(self, why: str) -> None:
        now = self._stream.now()
        if now >= self._next:
            self._next = now + AGAIN
        if self._open:
            self._open = False
            self._indicator.close()
        if not self._lost:
            self._lost = True
            self._stream.give(lost(now, Source.INDICATOR, why))
