"""Every part of a device with its own thread, from its settings: which driver gives what, and what the stages between make of it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from bwc_agent.control.inputs import Noted, Source
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.settings import Settings
from bwc_agent.live import inputs
from bwc_agent.live.anchors import Anchors
from bwc_agent.live.counters import Counter, Counters
from bwc_agent.live.dead import Fresh, made
from bwc_agent.live.drivers import Drivers
from bwc_agent.live.keeper import Keeper, Running
from bwc_agent.live.meter import Meter
from bwc_agent.live.signals import Signals
from bwc_agent.live.stream import Item, Stream
from bwc_agent.live.world import Parts
from bwc_agent.media.stages import encoded_pictures, encoded_sound, ready_pictures
from bwc_agent.media.video_settings import Rate
from bwc_agent.packets import Packet
from hal.clock import stepped
from hal.clock.rtc import RtcClock
from hal.clock.system import SystemClock
from hal.interfaces import EncodedCamera, Indicator, Microphone, Part, RawCamera


class Builder:
    """Makes the parts of one device; what a panel wants to look at stays at hand. Nothing is opened before it is asked for."""

    def __init__(self, settings: Settings, device: Device, meter: bool = False, drivers: type[Drivers] = Drivers) -> None:
        """`meter` puts a `Meter` between the microphone and the encoder, to look on."""
        self._settings = settings
        self._device = device
        self._drivers = drivers
        self._metered = meter
        self.meter: Meter | None = None
        self.indicator: Indicator | None = None
        self._rate = Rate(settings.video.bitrate)
        self._times: str | None = None
        self._newest: int | None = None
        self._counters: dict[Source, Counter] = {}

    def parts(self, stream: Stream) -> Parts:
        """All parts that the settings name. Raises ConfigError for a driver that is not known, HardwareError for one that cannot be."""
        drivers = self._drivers(self._settings, self._device, stream.now_ns)
        keepers = dict(self._kept(drivers, stream))
        self.indicator = made("indicator", drivers.indicator)
        return Parts(keepers, Signals(self.indicator, stream), self._anchors(stream), Counters(self._counters), self._rate)

    def _kept(self, drivers: Drivers, stream: Stream) -> Iterator[tuple[Source, Keeper]]:
        def kept(source: Source, part: Part, items: Callable[[], Iterator[Item]]) -> tuple[Source, Keeper]:
            return source, Keeper(source, part, items, stream, again=True)

        def renewed(source: Source, renew: Callable[[], Running]) -> tuple[Source, Keeper]:
            return source, Keeper(source, *renew(), stream, again=False, renew=renew)

        make = drivers.camera()
        yield renewed(Source.CAMERA, lambda: self._camera(make))
        if (make_microphone := drivers.microphone()) is not None:
            yield renewed(Source.MICROPHONE, lambda: self._microphone(make_microphone))
        if (buttons := made("buttons", drivers.buttons)) is not None:
            yield kept(Source.BUTTONS, buttons, lambda: inputs.each(buttons.read, inputs.edge))
        if (location := made("location", drivers.location)) is not None:
            self._counts(Source.LOCATION, location, "refused")
            yield kept(Source.LOCATION, location, lambda: inputs.places(location))
        if (power := made("power", drivers.power)) is not None:
            yield kept(Source.POWER, power, lambda: inputs.each(power.read, inputs.power))
        if (dock := made("dock", drivers.dock)) is not None:
            yield kept(Source.DOCK, dock, lambda: inputs.each(dock.read, inputs.dock))
        if (tamper := made("tamper", drivers.tamper)) is not None:
            yield kept(Source.TAMPER, tamper, lambda: inputs.each(tamper.read, inputs.tamper))

    def _counts(self, source: Source, part: Part, counted: str) -> None:
        """Not every driver has something to count."""
        if hasattr(part, counted):
            self._counters[source] = lambda: int(getattr(part, counted))

    def _camera(self, make: Callable[[], RawCamera | EncodedCamera]) -> Running:
        fresh = Fresh("camera", make)
        self._counters[Source.CAMERA] = lambda: int(getattr(fresh.part, "lost", 0))
        return fresh, lambda: self._pictures(fresh.part)

    def _microphone(self, make: Callable[[], Microphone]) -> Running:
        fresh = Fresh("microphone", make)
        self._counters[Source.MICROPHONE] = lambda: int(getattr(fresh.part, "overflows", 0))
        return fresh, lambda: self._sound(fresh.part)

    def _sound(self, microphone: Microphone) -> Iterator[Packet]:
        """The packets of one opening."""
        if self._metered:
            self.meter = Meter(microphone)
        try:
            yield from encoded_sound(self.meter or microphone)
        finally:
            self.meter = None

    def _pictures(self, camera: RawCamera | EncodedCamera) -> Iterator[Item]:
        """The packets of one opening; before the first, whose times they have, where the driver cannot be sure beforehand."""
        behind = False
        for packet in self._packets(camera):
            # An opening whose times lie behind those of the one before would break the record: it counts from where it rises.
            behind = self._newest is not None and (packet.pts <= self._newest or (behind and not packet.keyframe))
            if behind:
                continue
            self._newest = packet.pts
            if (times := getattr(camera, "times", None)) is not None and times != self._times:
                self._times = times
                yield Noted(packet.pts, Source.CAMERA, f"its times are the {times}'s")
            yield packet

    def _packets(self, camera: RawCamera | EncodedCamera) -> Iterator[Packet]:
        """A camera is known by what it can: pictures, or H.264."""
        if isinstance(camera, EncodedCamera):
            return ready_pictures(camera)
        return encoded_pictures(camera, self._settings.video, self._rate)

    def _anchors(self, stream: Stream) -> Anchors:
        root = Path(self._device.root)
        rtc = RtcClock(stream.now_ns, root) if os.path.exists(root / "sys/class/rtc/rtc0") else None
        return Anchors(SystemClock(stream.now_ns, root), rtc, stepped)
