"""Plays a scenario: each start of the device through the real agent, on the real disk, faster than real time."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bwc_agent.agent import Agent, make_recorder
from bwc_agent.control.inputs import Input, Tick
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.trusted import trusted_recipients
from bwc_agent.media.audio_encoder import silent_sound
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.offload.progress import Progress
from bwc_agent.packets import Packet
from bwc_agent.stated import journal_lines, profile
from bwc_agent.storage.alone import recorder_alone
from bwc_agent.storage.starts import Starts
from bwc_agent.units import TICKS
from hal.camera.clip import ClipCamera
from hal.interfaces import Cue
from simulator.dock import Dock, Link
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
            with recorder_alone(self.vault):
                played = fitted._play(Began(since, until, cut), watch)
            yield played

    def _play(self, began: Began, watch: Callable[[int, SimulatedWorld, Packet | Input], None] | None) -> Played:
        world, settings = SimulatedWorld(self.scenario, began, self.clip, self.pace), self.scenario.settings
        starts = Starts(self.vault, self.serial, trusted_recipients(self.vault.trust), journal_lines(settings, PARTS))
        storage = SimulatedStorage(world.stream, starts, self.scenario.world)
        world.storage = storage
        agent = Agent(make_recorder(profile(settings), AudioTimeline(*silent_sound()), 0), storage, world)
        dock = Dock(self.vault, self.serial, Link.of(self.scenario, began.since, self.storage), lambda: storage.start.device.start)
        played = Played(storage.start.device.start, world.cues)
        try:
            for item in agent.run():
                if watch is not None:
                    watch(began.since + world.stream.now, world, item)
                if isinstance(item, Tick):
                    for said in dock.tick(item.at, agent.recorder.idle):
                        world.stream.give(item.at, said)
        except BaseException:
            storage.cut()
            raise
        played.start, played.offloaded, played.faults = storage.start.device.start, dock.progress, dock.faults
        if began.cut:
            storage.cut()
        else:
            storage.close()
        return played


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
