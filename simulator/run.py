"""Plays a scenario: each start of the device through the real agent, on the real disk, faster than real time."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bwc_agent.agent import Agent, make_recorder
from bwc_agent.control.inputs import Input, Tick
from bwc_agent.control.status import State
from bwc_agent.errors import OffloadError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.trusted import trusted_recipients
from bwc_agent.media.audio_encoder import silent_sound
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from bwc_agent.offload.progress import Progress
from bwc_agent.packets import Packet
from bwc_agent.stated import journal_lines, profile
from bwc_agent.storage.alone import alone
from bwc_agent.storage.starts import Starts
from bwc_agent.units import TICKS
from hal.camera.clip import ClipCamera
from hal.interfaces import Cue
from simulator.scenario import Scenario
from simulator.storage import SimulatedStorage
from simulator.world import Began, SimulatedWorld

PARTS: dict[str, Json] = {"board": "simulator", "camera": "simulated", "microphone": "simulated"}


@dataclass(slots=True)
class Played:
    """What one start did: its number (where storage failed, that of the last that went on), its cues (ticks, cue), and
    how far its offload came (None: never docked)."""

    start: int
    cues: list[tuple[int, Cue]]
    offloaded: Progress | None = None
    faults: list[str] = field(default_factory=list)


class Dock:
    """The dock's link: moves what it can while the camera is idle in it, and stops where the contact is lost."""

    def __init__(self, vault: Vault, serial: str, storage: Path, start: Callable[[], int], speed: int) -> None:
        self._vault, self._serial, self._start, self._speed = vault, serial, start, speed
        self._destination = Folder(storage)
        self._moving: Iterator[Progress] | None = None
        self._budget = 0
        self._last: int | None = None
        self.done = False
        self.progress: Progress | None = None

    def tick(self, now: int, idle: bool) -> None:
        """Time went on. Raises OffloadError where the destination fails; what was moved stays."""
        if not idle:
            self._moving, self._last, self._budget, self.done = None, None, 0, False
            return
        if self._moving is None and not self.done:
            bring_mail(self._vault, self._serial, self._destination)
            self.progress = None
            self._moving = offload(self._vault, self._serial, self._destination, self._start())
        since = now if self._last is None else self._last
        self._budget += (now - since) * self._speed // TICKS
        self._last = now
        while self._moving is not None and (self.progress is None or self.progress.bytes_done <= self._budget):
            step = next(self._moving, None)
            if step is None:
                self._moving, self.done = None, True
            else:
                self.progress = step


@dataclass(frozen=True, slots=True)
class Simulation:
    """A scenario on a device: its vault, its serial, and the agency's storage that the dock leads to."""

    scenario: Scenario
    vault: Vault
    serial: str
    storage: Path
    clip: Path | None = None
    pace: Callable[[int], None] | None = None

    def fitted(self) -> "Simulation":
        """The same with the picture's size taken from the clip, where there is one. Raises HardwareError."""
        if self.clip is None:
            return self
        camera = ClipCamera(self.clip, lambda: 0)
        video = replace(self.scenario.settings.video, width=camera.width, height=camera.height, rate=camera.rate)
        settings = replace(self.scenario.settings, video=video)
        return replace(self, scenario=replace(self.scenario, settings=settings))

    def play(self, watch: Callable[[int, SimulatedWorld, Packet | Input], None] | None = None) -> Iterator[Played]:
        """Each start of the scenario, as it ends. Raises StorageError, IntegrityError, ConfigError, HardwareError."""
        fitted = self.fitted()
        for since, until, cut in fitted.scenario.starts():
            with alone(self.vault):
                played = fitted._play(Began(since, until, cut), watch)
            yield played

    def _play(self, began: Began, watch: Callable[[int, SimulatedWorld, Packet | Input], None] | None) -> Played:
        world, settings = SimulatedWorld(self.scenario, began, self.clip, self.pace), self.scenario.settings
        starts = Starts(self.vault, self.serial, trusted_recipients(self.vault.trust), journal_lines(settings, PARTS))
        storage = SimulatedStorage(world.stream, starts, self.scenario.world)
        world.storage = storage
        agent = Agent(make_recorder(profile(settings), AudioTimeline(*silent_sound()), 0), storage, world)
        dock = Dock(self.vault, self.serial, self.storage, lambda: storage.start.device.start, self.scenario.world.dock.speed)
        played = Played(storage.start.device.start, world.cues)
        try:
            for item in agent.run():
                if watch is not None:
                    watch(began.since + world.stream.now, world, item)
                if isinstance(item, Tick):
                    idle = world.docked and agent.recorder.status.state is State.DOCKED
                    self._dock(dock, played, item.at, idle and (agent.recorder.settled or dock.progress is not None))
        except BaseException:
            storage.cut()
            raise
        played.start, played.offloaded = storage.start.device.start, dock.progress
        if began.cut:
            storage.cut()
        else:
            storage.close()
        return played

    @staticmethod
    def _dock(dock: Dock, played: Played, now: int, idle: bool) -> None:
        try:
            dock.tick(now, idle)
        except OffloadError as error:
            dock.done = True
            played.faults.append(str(error))


class Pace:
    """Sleeps so that simulated time runs at most `speed` times as fast as real time."""

    def __init__(self, speed: float, sleep: Callable[[float], None] = time.sleep, now: Callable[[], float] = time.monotonic) -> None:
        self._speed, self._sleep, self._now = speed, sleep, now
        self._began: float | None = None

    def __call__(self, ticks: int) -> None:
        if self._began is None:
            self._began = self._now()
        ahead = ticks / TICKS / self._speed - (self._now() - self._began)
        if ahead > 0:
            self._sleep(ahead)
