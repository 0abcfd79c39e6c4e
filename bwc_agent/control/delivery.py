"""What of the offloader's words is news: for the light, and for a line in the journal. Pure.

The offloader is the process that talks to a network, and is taken to be hostile. It may say whatever it likes and as often
as it likes: no light changes more often than each two seconds, and a day of nonsense costs the journal half a megabyte.
"""

from typing import Final

from bwc_agent.control.events import Event
from bwc_agent.control.inputs import Delivery
from bwc_agent.control.status import TOLD, Flag
from bwc_agent.units import seconds

APART: Final = seconds(2)
"""Between two pieces of news at least."""
EACH: Final = seconds(60)
"""So often for ever; an honest docking has fewer."""
AT_ONCE: Final = 20 * EACH
"""But twenty may come as soon as they happen."""

_FLAGS: Final = {
    Event.DELIVERY_BEGAN: Flag.DELIVERING,
    Event.DELIVERY_ENDED: Flag.NONE,
    Event.DELIVERY_FAILED: Flag.DELIVERY_FAILING,
}
"""What the table has set once such an event was told."""


def _event(said: Delivery) -> Event:
    if said.failing:
        return Event.DELIVERY_FAILED
    return Event.DELIVERY_BEGAN if said.running else Event.DELIVERY_ENDED


class Deliveries:
    """Remembers what was told last, and how often; what is no news yet is asked about again with the next word."""

    def __init__(self) -> None:
        self._failing = ""
        self._next: int | None = None
        self._spent = 0
        """Up to here (ticks) the news of every `EACH` is told already."""

    def news(self, said: Delivery, flags: Flag) -> Event | None:
        """The event that `said` is while `flags` hold; None where it says the same as before, or may not be told yet."""
        event = _event(said)
        if flags & TOLD == _FLAGS[event] and said.failing in ("", self._failing):
            return None
        if self._next is not None and (said.at < self._next or self._spent - said.at > AT_ONCE):
            return None
        self._next, self._spent = said.at + APART, (said.at if self._next is None else max(self._spent, said.at)) + EACH
        self._failing = said.failing
        return event
