"""Sound waits a moment before it goes anywhere, so that a mute reaches it in time.

A hold of the button is decided by the clock, and the core hears of it up to a tick later; a quick microphone may have
given the sound of that moment before. What waits here has not reached ring, card or anyone else yet. Pure.
"""

from collections import deque
from typing import Final

from bwc_agent.media.silence import WINDOW
from bwc_agent.packets import Packet
from bwc_agent.units import seconds

HOLD_BACK: Final = seconds(0.1)
"""Ticks: twice what the core is late to hear of time."""


class HoldBack:
    """Gives each packet on when its last sample is `HOLD_BACK` old, in order of arrival."""

    def __init__(self) -> None:
        self._waiting: deque[Packet] = deque()

    def push(self, packet: Packet) -> None:
        """A packet arrived."""
        self._waiting.append(packet)

    def due(self, now: int) -> list[Packet]:
        """What has waited long enough at `now` (ticks)."""
        out: list[Packet] = []
        while self._waiting and self._waiting[0].pts + WINDOW + HOLD_BACK <= now:
            out.append(self._waiting.popleft())
        return out

    def rest(self) -> list[Packet]:
        """All that waits: nothing more will be decided about it."""
        out = list(self._waiting)
        self._waiting.clear()
        return out
