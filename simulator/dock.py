"""The dock of a scenario: while the camera is idle in it, it delivers at the link's speed, and says how far it is as an offloader would."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bwc_agent.control.inputs import Delivery
from bwc_agent.errors import OffloadError
from bwc_agent.evidence.layout import Vault
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from bwc_agent.offload.progress import Progress
from bwc_agent.units import TICKS, seconds
from simulator.scenario import Scenario, Verb

SAYS_EVERY: Final = seconds(1)
"""How often the core hears of it, as in a live start."""


@dataclass(frozen=True, slots=True)
class Link:
    """From the dock to the folder `storage`: `speed` in bytes a second, and between which ticks of the start nothing is behind it."""

    storage: Path
    speed: int
    unplugged: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, scenario: Scenario, since: int, storage: Path) -> "Link":
        """That of a scenario, for the start that begins at `since`."""
        spans = scenario.spans(Verb.UNPLUG_DESTINATION, Verb.PLUG_DESTINATION)
        return cls(storage, scenario.world.dock.speed, tuple((begin - since, end - since) for begin, end in spans))

    def gone(self, now: int) -> bool:
        """Nothing is behind it now."""
        return any(begin <= now < end for begin, end in self.unplugged)

    def destination(self, now: int) -> Folder:
        """Where it leads to now; to a folder that is not there, if nothing is."""
        return Folder(self.storage / "unplugged" if self.gone(now) else self.storage)


class Dock:
    """Delivers what it can while the camera is idle, and stops where the contact is lost; what failed is left to the next docking."""

    def __init__(self, vault: Vault, serial: str, link: Link, start: Callable[[], int]) -> None:
        self._vault, self._serial, self._link, self._start = vault, serial, link, start
        self._moving: Iterator[Progress] | None = None
        self._failing = ""
        self._done = False
        self._budget = self._next = 0
        self._last: int | None = None
        self.progress: Progress | None = None
        """Of the last docking."""
        self.faults: list[str] = []

    def tick(self, now: int, idle: bool) -> Iterator[Delivery]:
        """Time went on; what an offloader would say, each second."""
        if not idle:
            self._moving, self._failing, self._done, self._budget, self._last = None, "", False, 0, None
            return
        since, self._last = now if self._last is None else self._last, now
        self._budget += (now - since) * self._link.speed // TICKS
        try:
            self._move(now)
        except OffloadError as error:
            self._moving, self._failing = None, str(error)
            self.faults.append(self._failing)
        if now >= self._next:
            self._next = now + SAYS_EVERY
            yield self._says(now)

    def _move(self, now: int) -> None:
        """As much as the link could until now. Raises OffloadError where the destination fails; what was moved stays."""
        if self._link.gone(now):
            self._moving, self._done = None, False
        if self._moving is None and not self._done and not self._failing:
            destination = self._link.destination(now)
            bring_mail(self._vault, self._serial, destination)
            self.progress = None
            self._moving = offload(self._vault, self._serial, destination, self._start())
        while self._moving is not None and (self.progress is None or self.progress.bytes_done <= self._budget):
            step = next(self._moving, None)
            if step is None:
                self._moving, self._done = None, True
            else:
                self.progress = step

    def _says(self, now: int) -> Delivery:
        found = self.progress or Progress(0, 0)
        percent = 100 * found.bytes_done // found.bytes if found.bytes else 0
        return Delivery(now, self._moving is not None, found.files, found.files_done, percent, self._failing)
