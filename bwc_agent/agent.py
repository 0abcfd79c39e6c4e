"""The whole recorder on one page: inputs in, the core decides, commands out. Read this first.

    world (live or simulated) --inputs--> Recorder (pure) --commands--> world (light, sound, parts)
                                                          --requests--> storage (one writer) --Synced--> back as an input

A disk that fails ends the start, not the agent: `Starts` begins another, and the ring bridges the time (outage.py).
Offloader and custodian are processes of their own; this one meets them in files alone (README.md, live/beside.py).
`Recorder` (recorder.py) turns inputs into events, asks the table (control/), and moves packets through ring and
assembler (footage.py, media/). `Starts.begin` takes a start's key and opens its journal; nothing runs before that.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from bwc_agent.commands import Bitrate, Capture, Command, Finished, Play, Reopen, Show
from bwc_agent.control.inputs import CuePlayed, Input, LightShown
from bwc_agent.evidence.requests import Request
from bwc_agent.footage import Footage
from bwc_agent.media.backlog import Backlog
from bwc_agent.media.ring import Ring
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.packets import Packet
from bwc_agent.profile import Profile
from bwc_agent.recorder import Recorder
from bwc_agent.units import seconds

SLACK = seconds(3)
"""The ring reaches further back than pre-roll and gesture by one GOP, the encoder's delay and a margin."""


class World(Protocol):
    """Everything outside the core and the disk: live parts, or the simulator."""

    def __iter__(self) -> Iterator[Packet | Input]:
        """Inputs in order of availability; ends when the device has no more power."""
        ...

    def capture(self, command: Capture) -> None:
        """Open or close a part; a failure comes back as an input."""
        ...

    def bitrate(self, command: Bitrate) -> None:
        """Encode so from the next keyframe on; a part that encodes by itself goes on as it is."""
        ...

    def show(self, command: Show) -> LightShown:
        """Command the light."""
        ...

    def play(self, command: Play) -> CuePlayed:
        """Command buzzer and haptics."""
        ...


class Storage(Protocol):
    """Takes requests in order; answers each `Sync` through the world, and tells a failure there, as a lost part."""

    def submit(self, request: Request) -> None:
        """Queue a request; never waits, never raises. Once storage has failed, nothing more is heard until it is reopened."""
        ...

    def reopen(self, at: int) -> None:
        """Try to begin another start on storage that has failed, its journal from `at` on; answered by `Reopened`, or as a lost part."""
        ...


def make_recorder(profile: Profile, sound: AudioTimeline, at: int) -> Recorder:
    """The pure core of one start."""
    policy = profile.policy
    ring = Ring(policy.pre_roll + policy.longest_start_gesture + SLACK, profile.ring_bytes)
    return Recorder(profile, Footage(ring, Backlog(profile.queue_bytes), sound, policy.pre_roll), at)


class Agent:
    """Runs one start until the world ends or the device goes off."""

    def __init__(self, recorder: Recorder, storage: Storage, world: World) -> None:
        self.recorder = recorder
        self._storage = storage
        self._world = world
        self.finished = self.device_off = False

    def run(self) -> Iterator[Packet | Input]:
        """Handle inputs as they come, giving each back once it is dealt with; ends with the world, or finished."""
        self._perform(self.recorder.boot())
        for item in self._world:
            self._perform(self.recorder.step(item))
            yield item
            if self.finished:
                return

    def _perform(self, commands: Sequence[Command]) -> None:
        """Signals go out at once; what they answer is told to the core only after all the commands of this step."""
        answers: list[LightShown | CuePlayed] = []
        for command in commands:
            match command:
                case Show():
                    answers.append(self._world.show(command))
                case Play():
                    answers.append(self._world.play(command))
                case Capture():
                    self._world.capture(command)
                case Bitrate():
                    self._world.bitrate(command)
                case Reopen():
                    self._storage.reopen(command.at)
                case Finished():
                    self.finished, self.device_off = True, command.device_off
                case _:
                    self._storage.submit(command)
        for answer in answers:
            self._perform(self.recorder.step(answer))
