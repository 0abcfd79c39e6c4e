"""An indicator that knows when each cue was played, and a device's drivers with it."""

import time

from bwc_agent.live.drivers import Drivers
from hal.indicator.terminal import TerminalIndicator
from hal.interfaces import Cue


class Heard(TerminalIndicator):
    """Every cue with the time (ns) at which `play` was called."""

    def __init__(self) -> None:
        super().__init__(time.monotonic_ns)
        self.heard: list[tuple[int, Cue]] = []

    def play(self, cue: Cue) -> None:
        """Note the time first."""
        self.heard.append((time.monotonic_ns(), cue))
        super().play(cue)

    def when(self, name: str, since: int) -> int | None:
        """When a cue was first played from `since` (ns) on."""
        return next((at for at, cue in self.heard if cue.name == name and at >= since), None)


def drivers_heard_by(indicator: Heard) -> type[Drivers]:
    """The drivers that the settings name, but for the indicator."""

    class OfBench(Drivers):
        def indicator(self) -> Heard:
            return indicator

    return OfBench
