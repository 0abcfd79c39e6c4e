"""`bwc demo --live`: your own camera and microphone instead of the simulated ones; then the proof and the MP4, as in the demo."""

import datetime
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bwc_agent.agency.export import Order
from bwc_agent.agency.export import export as export_recording
from bwc_agent.agency.trial import TrialAgency, enrol_device
from bwc_agent.cli.common import console, passphrase, recipient, shown
from bwc_agent.cli.evidence import zone_of
from bwc_agent.cli.run import started
from bwc_agent.cli.sim import throwaway_agency
from bwc_agent.control.inputs import ButtonEdge, Input, PowerOff, Source, SourceChange, Tick
from bwc_agent.control.status import Flag
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.trusted import read_certificate
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.files import make_directory
from bwc_agent.fleet.device import ButtonsPart, CameraPart, Device
from bwc_agent.fleet.load import load_folder
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.run import Live
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.packets import Packet, Track
from bwc_agent.units import TICKS, seconds
from hal.camera.v4l2_devices import Found, Mode, cameras
from hal.errors import HardwareError
from hal.interfaces import Button

SERIAL = "LIVE-0001"
BEFORE = 2 * TICKS
"""Without hands the press comes so long after the first picture, so that there is something before it."""

GIVE_UP = 6 * TICKS
"""Without a picture for so long there is no camera."""


def demo_live(out: Path, config: Path | None, length: float | None) -> None:
    """Record with the parts of `config` (the default webcam and microphone without it), by hand or for `length` seconds."""
    settings, device = (Settings(), Device(SERIAL, "")) if config is None else load_folder(config)
    if config is None and (found := webcam()) is not None:
        settings = replace(settings, video=fitted(settings.video, found.modes))
        device = replace(device, camera=CameraPart(device=found.path))
    if length is None and not sys.stdin.isatty():
        raise ConfigError("there is no keyboard here to press r and q on: run at a terminal, or give --seconds")
    vault, agency, word = Vault(out / "device"), TrialAgency(out / "keys"), out / "passphrase"
    _keys(out, agency, word, vault)
    device = replace(device, serial=SERIAL, vault=str(vault.root))
    if length is not None:
        device = replace(device, buttons=ButtonsPart(driver="none"))
    _record(settings, device, length)
    _show(out, vault, agency, word)


def webcam() -> Found | None:
    """The first camera that OpenCV can read; None leaves it to the driver to say why there is none."""
    return next((found for found in cameras() if "opencv" in found.usable_by and found.why_not is None), None)


def fitted(video: VideoSettings, modes: Sequence[Mode]) -> VideoSettings:
    """`video`, or the largest picture below it that the camera gives at a useful rate; `video` where there is none."""
    for rate in (video.rate, 25.0, 20.0, 15.0, 10.0):
        sizes = {(video.width, video.height), *((mode.width, mode.height) for mode in modes)}
        fits = [size for size in sizes if size[0] <= video.width and size[1] <= video.height and size[0] % 2 == size[1] % 2 == 0]
        given = [size for size in fits if any(mode.rate(*size, rate) is not None for mode in modes)]
        if given:
            width, height = max(given, key=lambda size: size[0] * size[1])
            return replace(video, width=width, height=height, rate=rate)
    return video


def _keys(out: Path, agency: TrialAgency, word: Path, vault: Vault) -> None:
    secret = throwaway_agency(out, agency, word)
    enrol_device(agency, secret, vault, SERIAL, datetime.datetime.now(datetime.UTC))
    console.print(f"[bold]1  keys[/bold]      throwaway keys of a trial agency in {agency.root}", soft_wrap=True)


def _record(settings: Settings, device: Device, length: float | None) -> None:
    hands = None if length is None else Hands(seconds(length))
    what = "press r to record, s to stop, q to end" if hands is None else f"recording for {length:g} s"
    console.print(f"[bold]2  live[/bold]      {device.camera.driver} camera {device.camera.device}: {what}", soft_wrap=True)
    seen = Seen()

    def watch(live: Live, item: Packet | Input) -> None:
        seen(item)
        if hands is not None:
            hands(live, item)

    ended = started(settings, device, watch)
    if not seen.pictures:
        raise HardwareError("camera", f"no picture came: {seen.why.removeprefix('camera: ')} (bwc devices lists what is here)")
    told = f"start {ended.start:06d} closed in order: {seen.pictures} pictures seen, {seen.sounds} packets of sound"
    console.print(f"             {told}", soft_wrap=True)


class Seen:
    """What came, and why the camera failed last."""

    def __init__(self) -> None:
        self.pictures = self.sounds = 0
        self.why = "camera: it said nothing"

    def __call__(self, item: Packet | Input) -> None:
        if isinstance(item, Packet):
            self.pictures += item.track is Track.VIDEO
            self.sounds += item.track is Track.AUDIO
        elif isinstance(item, SourceChange) and item.lost and item.source is Source.CAMERA:
            self.why = item.why


class Hands:
    """Presses twice, lets it record for `length` ticks, and switches off; gives up a camera that shows nothing."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._began: int | None = None
        self._pictures: int | None = None
        self._pressed: int | None = None
        self._over = False

    def __call__(self, live: Live, item: Packet | Input) -> None:
        if isinstance(item, Packet) and item.track is Track.VIDEO and self._pictures is None:
            self._pictures = item.pts
        if isinstance(item, Tick) and not self._over:
            self._tick(live, item.at)

    def _tick(self, live: Live, now: int) -> None:
        self._began = now if self._began is None else self._began
        if self._pictures is None:
            self._end(live, now, now - self._began >= GIVE_UP)
        elif self._pressed is None:
            if now - self._pictures >= BEFORE:
                self._pressed = now
                for offset, pressed in ((-400, True), (-300, False), (-100, True), (0, False)):
                    live.stream.give(ButtonEdge(now + seconds(offset / 1000), Button.EVENT, pressed))
        else:
            secured = Flag.SECURING not in live.recorder.status.flags
            self._end(live, now, now - self._pressed >= self._length and secured)

    def _end(self, live: Live, now: int, due: bool) -> None:
        if due:
            self._over = True
            live.stream.give(PowerOff(now, "the demonstration is over"))


def _show(out: Path, vault: Vault, agency: TrialAgency, word: Path) -> None:
    authority = read_certificate(agency.authority)
    verdict = verify_device(vault.root, authority)
    console.print(f"[bold]3  verify[/bold]    {verdict.name}: [bold green]{verdict.state.value}[/bold green]")
    names = vault.names()
    if not names:
        console.print("             nothing was recorded: press r next time")
        return
    make_directory(out / "export")
    for name in names:
        _export(out, vault, name, agency, word)
    console.print(f"try next: {sys.argv[0]} evidence verify {vault.root} --trust {agency.authority}", soft_wrap=True)


def _export(out: Path, vault: Vault, name: RecordingName, agency: TrialAgency, word: Path) -> None:
    folder, authority = vault.recording(name), read_certificate(agency.authority)
    order = Order("demo", "demonstration", zone_of(folder, agency.authority, None))
    exported = export_recording(folder, authority, recipient(agency.recipient_key(), passphrase(word)), order, out / "export")
    console.print(f"[bold]4  export[/bold]    {exported.mp4}: {shown(exported.length)}, {exported.pictures} pictures", soft_wrap=True)
