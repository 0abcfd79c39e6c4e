"""Looks on while a live start runs: a snapshot for the panel some times a second, made in the agent's own loop."""

import shutil
import threading
from contextlib import suppress

from bwc_agent.cli.panel import Panel
from bwc_agent.cli.panel_snapshot import Around, Watch, level_dbfs, snapshot
from bwc_agent.control.inputs import Input, Tick
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live
from bwc_agent.packets import Packet
from bwc_agent.units import TICKS
from hal.indicator.terminal import TerminalIndicator

PERIOD = TICKS // 5
"""Between two snapshots."""
SPACE = 2 * TICKS
"""Between two looks at the free space."""


class View:
    """Called after each input; never waits, and never changes anything."""

    def __init__(self, live: Live, builder: Builder, panel: Panel) -> None:
        self._live, self._builder, self._panel = live, builder, panel
        self._watch = Watch(live.stream.now(), live.recorder.status)
        self._next = self._look = 0
        self._free: int | None = None
        self._looking = threading.Thread()
        self.broken: str | None = None
        """Why it looks on no more, if so."""

    def __call__(self, item: Packet | Input) -> None:
        """The agent has dealt with `item`."""
        if self.broken is not None:
            return
        try:
            self._look_on(item)
        except Exception as error:  # whoever looks on must never end what is recorded
            self.broken = f"the panel stopped: {type(error).__name__}: {error}; report this as a bug"

    def _look_on(self, item: Packet | Input) -> None:
        live = self._live
        self._watch.saw(item, live.recorder.status)
        if isinstance(item, Tick) and item.at >= self._next:
            self._next = item.at + PERIOD
            told = live.told
            self._panel.show(snapshot(live.recorder, told, item.at, self._watch, self._around(item.at)))

    def _around(self, now: int) -> Around:
        indicator, meter = self._builder.indicator, self._builder.meter
        cues = indicator.cues if isinstance(indicator, TerminalIndicator) else ()
        if now >= self._look and not self._looking.is_alive():
            self._look = now + SPACE
            self._looking = threading.Thread(target=self._look_at_space, name="free space", daemon=True)
            self._looking.start()
        level = None if meter is None or not len(meter.latest) else level_dbfs(meter.latest)
        return Around(self._live.world.light, cues, level, self._free)

    def _look_at_space(self) -> None:
        """In a thread of its own: a disk that is dead or far away may not answer for minutes, and the agent's loop waits for nobody."""
        self._free = None
        with suppress(OSError):
            self._free = shutil.disk_usage(self._live.vault.root).free
