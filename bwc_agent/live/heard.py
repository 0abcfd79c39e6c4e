"""The offloader's word as an input of the core: bounded, plain, and with a limit to how long it is believed. Pure.

It is written by the process that talks to a network. So no number is more than a number, no text more than a line, and
"I deliver" counts for two minutes: an offloader that died, or never began, must not look like one that has delivered all.
"""

from typing import Final

from bwc_agent.control.inputs import Delivery
from bwc_agent.offload.told import OffloadTold
from bwc_agent.units import seconds

SILENT: Final = seconds(120)
"""An offloader that delivers, or has said nothing since the docking, must say something within so long."""
LONGEST: Final = 200
"""Characters of a reason."""
MOST: Final = 999_999
"""Files."""
SAYS_NOTHING: Final = f"the offloader has said nothing for {SILENT // seconds(1)} s"


class Heard:
    """Of one docking. What stood there before it is no word about it."""

    def __init__(self, told: OffloadTold | None, at: int) -> None:
        self._told, self._changed, self._news = told, at, False

    def said(self, told: OffloadTold | None, now: int) -> Delivery:
        """What `told`, read at `now` (ticks), says."""
        if told != self._told:
            self._told, self._changed, self._news = told, now, told is not None
        late = now - self._changed > SILENT
        if told is None or not self._news:
            return Delivery(now, False, 0, 0, 0, SAYS_NOTHING if late else "")
        if told.running and late:
            return _delivery(told, now, SAYS_NOTHING)
        return _delivery(told, now, _plain(told.failing))


def _delivery(told: OffloadTold, now: int, failing: str) -> Delivery:
    files = min(max(told.files, 0), MOST)
    done = min(max(told.files_done, 0), files)
    percent = min(max(told.bytes_done, 0) * 100 // told.bytes, 100) if told.bytes > 0 else 0
    return Delivery(now, told.running, files, done, percent, failing)


def _plain(text: str) -> str:
    """One line of printable characters; a reason that has none is a reason all the same."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST]
    return line or ("it does not say why" if text else "")
