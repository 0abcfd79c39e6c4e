"""The world of a live start: real parts behind the Protocol that the agent knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bwc_agent.commands import Bitrate, Capture, Play, Show
from bwc_agent.control.inputs import CuePlayed, Input, LightShown, Source, Tick
from bwc_agent.live.anchors import Anchors
from bwc_agent.live.counters import Counters
from bwc_agent.live.keeper import Keeper
from bwc_agent.live.signals import Signals
from bwc_agent.live.stream import Stream
from bwc_agent.media.video_settings import Rate
from bwc_agent.packets import Packet
from hal.interfaces import Light

CAPTURED = (Source.CAMERA, Source.MICROPHONE, Source.LOCATION)
"""What the core opens and closes; every other part is open as long as the start lives."""
PATIENCE_NS = 3_000_000_000
"""The parts get so long at the end to let themselves be closed, all together: the power may be about to go."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Every part of the device that is there, each kept by its own thread."""

    keepers: Mapping[Source, Keeper]
    signals: Signals
    anchors: Anchors
    counters: Counters
    rate: Rate


class LiveWorld:
    """bwc_agent.agent.World on real parts."""

    def __init__(self, parts: Parts, stream: Stream) -> None:
        self.stream = stream
        self._parts = parts
        self.light = Light.OFF
        """The light as it was commanded last."""

    def __iter__(self) -> Iterator[Packet | Input]:
        """Inputs as they arrive, until the stream ends; clocks and parts are looked after at each tick."""
        for source, keeper in self._parts.keepers.items():
            if source not in CAPTURED:
                keeper.open()
        for item in self.stream:
            yield item
            if isinstance(item, Tick):
                yield from self._look_after(item.at)

    def _look_after(self, now: int) -> Iterator[Input]:
        for keeper in self._parts.keepers.values():
            keeper.watch(now)
        self._parts.signals.watch(now)
        yield from self._parts.anchors.tick(now)
        yield from self._parts.counters.tick(now)

    def capture(self, command: Capture) -> None:
        """Open or close a part; one that is not there stays so, and what fails comes back as an input."""
        keeper = self._parts.keepers.get(command.source)
        if keeper is not None:
            keeper.open() if command.open else keeper.close()

    def bitrate(self, command: Bitrate) -> None:
        """Encode so from the next keyframe on; a camera that encodes by itself goes on as it is."""
        self._parts.rate.bits = command.bits

    def show(self, command: Show) -> LightShown:
        """Command the light."""
        self.light = command.light
        shown = self._parts.signals.show(command.light)
        return LightShown(self.stream.now(), command.light, shown)

    def play(self, command: Play) -> CuePlayed:
        """Command buzzer and haptics."""
        self._parts.signals.play(command.cue)
        return CuePlayed(self.stream.now(), command.cue.name)

    def stuck(self, source: Source) -> bool:
        """A driver of that part was given up, and still hangs."""
        keeper = self._parts.keepers.get(source)
        return keeper is not None and keeper.stuck

    def close(self) -> list[Source]:
        """Release every part, all at once; returns those that still hang."""
        for keeper in self._parts.keepers.values():
            keeper.stop(0.0)
        until = self.stream.now_ns() + PATIENCE_NS
        hang = [source for source, keeper in self._parts.keepers.items() if not keeper.stop(max(0, until - self.stream.now_ns()) / 1e9)]
        self._parts.signals.close()
        return hang
