"""A laptop has no light that an officer could see: this indicator remembers what it was told, for a panel to draw, and rings the bell."""

import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from hal.errors import HardwareError
from hal.interfaces import Cue, Light

REMEMBERED = 32
"""So many cues are kept."""


class TerminalIndicator:
    """Light and cues as they were commanded; nothing waits, not even for a terminal that has stopped reading."""

    def __init__(self, now_ns: Callable[[], int], bell: str = "") -> None:
        """`bell` is the terminal to ring ("/dev/tty"); "" rings none."""
        self._now_ns = now_ns
        self._path = bell
        self._bell: int | None = None
        self._light = Light.OFF
        self._cues: deque[tuple[int, Cue]] = deque(maxlen=REMEMBERED)
        self.unheard = 0
        """Cues that the terminal did not take."""

    def open(self) -> None:
        """Light off, and the terminal of the bell opened. Raises HardwareError."""
        self.close()
        self._light = Light.OFF
        if not self._path:
            return
        try:
            # An opening of its own: on a shared one O_NONBLOCK would make everybody's writes fail.
            self._bell = os.open(self._path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            raise self._failed(error.strerror) from error
        if not os.isatty(self._bell):
            self.close()
            raise self._failed("it is no terminal")

    def close(self) -> None:
        """Release the terminal."""
        if self._bell is not None:
            with suppress(OSError):
                os.close(self._bell)
            self._bell = None

    def show(self, light: Light) -> None:
        """Remember the light."""
        self._light = light

    def play(self, cue: Cue) -> None:
        """Remember the cue, and ring once for each tone; a terminal may run them into one. Raises HardwareError."""
        self._cues.append((self._now_ns(), cue))
        if self._bell is None or not cue.tones:
            return
        try:
            rung = os.write(self._bell, b"\a" * cue.tones)
        except BlockingIOError:
            rung = 0
        except OSError as error:
            raise self._failed(error.strerror) from error
        self.unheard += rung < cue.tones

    def _failed(self, why: str | None) -> HardwareError:
        return HardwareError("indicator", f"the bell {self._path}: {why}: run this at a terminal, or set no bell")

    def shown(self) -> Light:
        """The light that was shown last; this part is its own eye."""
        return self._light

    @property
    def cues(self) -> tuple[tuple[int, Cue], ...]:
        """The last cues with the times (ns) at which they were played, the oldest first."""
        return tuple(self._cues)
