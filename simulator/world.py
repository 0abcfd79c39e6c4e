"""The world of one start: devices, hands and weather of a scenario, behind the Protocol that the agent knows.

Simulated CLOCK_MONOTONIC begins at 0 with each start, as after a real boot, and so do the scene's frame numbers.
"""

import datetime
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bwc_agent.commands import Bitrate, Capture, Play, Show
from bwc_agent.control.inputs import Anchor, CuePlayed, DockChange, Input, LightShown, Position, PowerLevel, PowerOff, Source, TamperChange
from bwc_agent.fleet.settings import Settings
from bwc_agent.media.stages import Worker, encoded_pictures, encoded_sound, ready_pictures
from bwc_agent.media.video_settings import Rate
from bwc_agent.packets import Packet
from bwc_agent.units import ns_from_ticks, seconds
from hal.camera.clip import ClipCamera
from hal.interfaces import Cue, Light, Microphone, RawCamera
from hal.microphone.clip import ClipMicrophone
from simulator import camera as sight
from simulator.hands import edges
from simulator.microphone import SceneMicrophone
from simulator.packets import PacketCamera
from simulator.scenario import Event, Scenario, Verb
from simulator.scene import Scene
from simulator.storage import SimulatedStorage
from simulator.stream import Stream

ANCHOR_EVERY = seconds(60)
GRACE = seconds(17)
"""What the device gets to close everything after the scenario's end."""


@dataclass(frozen=True, slots=True)
class Began:
    """One start of the scenario: from and to in ticks of the world, and whether the power is cut at its end."""

    since: int
    until: int
    cut: bool


class SimulatedWorld:
    """bwc_agent.agent.World for one start; `now` in ticks of this start's monotonic clock."""

    def __init__(self, scenario: Scenario, start: Began, clip: Path | None = None, pace: Callable[[int], None] | None = None) -> None:
        self._scenario, self._start, self._pace = scenario, start, pace
        self._length = start.until - start.since
        self.stream = Stream(0, self._length if start.cut else self._length + GRACE)
        self.storage: SimulatedStorage | None = None
        self.light = Light.OFF
        self.cues: list[tuple[int, Cue]] = []
        self.docked = False
        self._locating = False
        self._rate = Rate(self.settings.video.bitrate)
        self._clock = (-start.since, round(scenario.world.time.timestamp() * 1_000_000))
        self._random = random.Random(scenario.world.seed + start.since)
        self._camera, self._microphone = self._devices(clip)
        self._plan()

    @property
    def settings(self) -> Settings:
        """The device's settings in this scenario."""
        return self._scenario.settings

    def _now_ns(self) -> int:
        return ns_from_ticks(self.stream.now)

    def _spans(self, begin: Verb, end: Verb) -> sight.Spans:
        shift = self._start.since
        return tuple((ns_from_ticks(a - shift), ns_from_ticks(b - shift)) for a, b in self._scenario.spans(begin, end))

    def _devices(self, clip: Path | None) -> tuple[RawCamera | PacketCamera, Callable[[], Microphone]]:
        world, video = self._scenario.world, self.settings.video
        unplugged = self._spans(Verb.UNPLUG_MICROPHONE, Verb.PLUG_MICROPHONE)
        if clip is not None:
            camera = ClipCamera(clip, self._now_ns, loop=True)
            return camera, lambda: ClipMicrophone(clip, self._now_ns, camera.duration_ns)
        microphone = SceneMicrophone(self._now_ns, world.microphone.ppm, ns_from_ticks(world.microphone.jitter), unplugged, world.seed)
        if world.sight == "packets":
            return PacketCamera(video, self._now_ns), lambda: microphone
        light = sight.Light(self._spans(Verb.DIM, Verb.BRIGHT), self._spans(Verb.UNPLUG_CAMERA, Verb.PLUG_CAMERA), world.camera_jitter)
        return sight.SceneCamera(Scene(video.width, video.height), self._now_ns, video.rate, light, world.seed), lambda: microphone

    @property
    def camera(self) -> RawCamera | PacketCamera:
        """The camera, for tests that ask it what it really gave."""
        return self._camera

    def _plan(self) -> None:
        stream = self.stream
        for at in range(0, self._length, ANCHOR_EVERY):
            stream.plan(at, self._anchor)
        for event in self._scenario.events:
            if self._start.since <= event.at < self._start.until:
                self._plan_event(event)
        if not self._start.cut:
            stream.give(self._length, PowerOff(self._length, "the scenario ended"))

    def _anchor(self, now: int) -> Anchor:
        at, utc = self._clock
        return Anchor(now, utc + ns_from_ticks(now - at) // 1000, "simulated", 1000)

    def _set_clock(self, now: int, year: int) -> Anchor:
        """As a live start: the new claim is heard at once."""
        self._clock = (now, round(datetime.datetime(year, 1, 1, tzinfo=datetime.UTC).timestamp() * 1_000_000))
        return self._anchor(now)

    def _plan_event(self, event: Event) -> None:
        origin, late = -self._start.since, self._scenario.world.latency.buttons
        for edge in edges(event, origin, self._random):
            self.stream.give(edge.at + late, edge)
        at = event.at + origin
        if event.verb in (Verb.DOCK, Verb.UNDOCK):
            self.stream.plan(at, lambda now: self._dock(now, event.verb is Verb.DOCK))
        elif event.verb in (Verb.OPEN_ENCLOSURE, Verb.SHUT_ENCLOSURE):
            self.stream.give(at, TamperChange(at, event.verb is Verb.OPEN_ENCLOSURE))
        elif event.verb is Verb.BATTERY:
            self.stream.give(at, PowerLevel(at, round(event.numbers[0]), self.docked))
        elif event.verb is Verb.FIX:
            self.stream.plan(at, lambda now: self._fix(now, *event.numbers))
        elif event.verb is Verb.SET_CLOCK:
            self.stream.plan(at, lambda now: self._set_clock(now, int(event.numbers[0])))
        elif event.verb is Verb.STALL_STORAGE:
            self.stream.plan(at, lambda now: self._stall(now, event.numbers[0]))

    def _dock(self, now: int, docked: bool) -> DockChange:
        self.docked = docked
        return DockChange(now, docked)

    def _fix(self, now: int, latitude: float, longitude: float) -> Position | None:
        """Position comes only while the agent holds the receiver open (II.B.1)."""
        return Position(now, round(latitude * 1e7), round(longitude * 1e7), 4000) if self._locating else None

    def _stall(self, now: int, length: float) -> None:
        if self.storage is not None:
            self.storage.stall(now + seconds(length))

    def __iter__(self) -> Iterator[Packet | Input]:
        """The stream, at the pace that was asked for; every part is released at its end."""
        try:
            for item in self.stream:
                if self._pace is not None:
                    self._pace(self._start.since + self.stream.now)
                yield item
        finally:
            self.stream.stop()

    def capture(self, command: Capture) -> None:
        """Open or close a part."""
        latency = self._scenario.world.latency
        match command.source:
            case Source.CAMERA if command.open:
                self.stream.open(Source.CAMERA, self._see, latency.camera)
            case Source.MICROPHONE if command.open:
                self.stream.open(Source.MICROPHONE, self._hear, latency.microphone)
            case Source.LOCATION:
                self._locating = command.open
            case _:
                self.stream.close(command.source)

    def _see(self) -> Worker:
        camera = self._camera
        if isinstance(camera, PacketCamera):
            return Worker(camera, lambda: ready_pictures(camera))
        return Worker(camera, lambda: encoded_pictures(camera, self.settings.video, self._rate))

    def _hear(self) -> Worker:
        microphone = self._microphone()
        return Worker(microphone, lambda: encoded_sound(microphone))

    def bitrate(self, command: Bitrate) -> None:
        """Encode so from the next keyframe on; the camera runs a little ahead of the core, so it counts from there."""
        self._rate.bits = command.bits

    def show(self, command: Show) -> LightShown:
        """The simulated light reads back what it was told."""
        self.light = command.light
        return LightShown(self.stream.now, command.light, self.light)

    def play(self, command: Play) -> CuePlayed:
        """The simulated buzzer remembers."""
        self.cues.append((self.stream.now, command.cue))
        return CuePlayed(self.stream.now, command.cue.name)
