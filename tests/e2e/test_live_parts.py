"""A whole device on real kernel paths: a camera in a child process, PortAudio, GPIO edges, a GPS on a pty, a battery in sysfs.

The board's pins are gpiozero's mock and the child shows greys; everything between them and the proven recording is the real thing.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import numpy as np
import pytest

from bwc_agent.agency.export import Order, export
from bwc_agent.agency.trial import TrialAgency
from bwc_agent.control.inputs import Input, Position, PowerLevel, SourceChange
from bwc_agent.control.status import Flag
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.fleet.device import (
    ButtonsPart,
    CameraPart,
    Device,
    IndicatorPart,
    InputPin,
    LocationPart,
    MicrophonePart,
    OutputPin,
    PowerPart,
)
from bwc_agent.live.drivers import Drivers
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live
from bwc_agent.packets import Packet, Track
from bwc_agent.units import TICKS
from hal.camera.rpi import RpiRawCamera
from hal.gpio import Board
from hal.interfaces import Buttons
from tests.hal.nmea_made import sealed
from tests.hal.pulse import Pulse, pulse, tone
from tests.journals import journal
from tests.live.enrolled import SMALL, WORD, authority, device, press_twice

__all__ = ["pulse"]
FAKE = Path(__file__).parents[1] / "hal/fake_rpi_child.py"
EVENT, POWER, RED = 17, 26, 22


class OnTheBench(Drivers):
    """The drivers of the device, with the child that stands in for the Pi's, and the pins in the test's hand."""

    board: Board
    plan = "run"

    def camera(self) -> Callable[[], RpiRawCamera]:
        return self._child

    def _child(self) -> RpiRawCamera:
        video = self._settings.video
        command = [sys.executable, str(FAKE), "yuv420", str(video.width), str(video.height), str(video.rate), self.plan]
        return RpiRawCamera(video.width, video.height, video.rate, command, now_ns=self._now_ns)

    def buttons(self) -> Buttons | None:
        OnTheBench.board = self._board
        return super().buttons()


def wired(root: Path, gps: str) -> Device:
    """A device with a battery of its own below `root`."""
    battery = root / "sys/class/power_supply/BAT0"
    battery.mkdir(parents=True)
    for name, value in {"type": "Battery", "capacity": "81", "status": "Discharging", "present": "1"}.items():
        (battery / name).write_text(f"{value}\n")
    return replace(
        device(root),
        root=str(root),
        camera=CameraPart("rpi"),
        microphone=MicrophonePart("sounddevice", "pulse"),
        buttons=ButtonsPart("gpiozero", InputPin(EVENT), None, InputPin(POWER)),
        indicator=IndicatorPart("gpiozero", OutputPin(RED)),
        gpio=replace(Device("A", "b").gpio, factory="mock"),
        location=LocationPart("nmea", gps, 9600),
        power=PowerPart("sysfs"),
    )


@pytest.fixture
def gps() -> Iterator[tuple[int, str]]:
    """The far end of a serial line, and the port's name."""
    far, near = os.openpty()
    yield far, os.ttyname(near)
    os.close(far)
    os.close(near)


class Officer:
    """Presses twice once there is a picture, hears of a position, and holds the power button."""

    def __init__(self, live: Live, far: int) -> None:
        self.live, self.far = live, far
        self.inputs: list[Input] = []
        self.pictures = 0
        self.levels = [False, True, False, True]
        self.next = 0

    def drive(self, pin: int, level: bool) -> bool:
        """False while the driver does not hold the pin yet."""
        pins = OnTheBench.board.factory("test").pins
        held = next((held for info, held in list(pins.items()) if info.name == f"GPIO{pin}" and held.when_changed), None)
        if held is not None:
            (held.drive_high if level else held.drive_low)()
        return held is not None

    def __call__(self, item: Packet | Input) -> None:
        if isinstance(item, Packet):
            self.pictures += item.track is Track.VIDEO
            return
        self.inputs.append(item)
        if self.levels and self.pictures and item.at >= self.next and self.drive(EVENT, self.levels[0]):
            self.levels, self.next = self.levels[1:], item.at + TICKS // 10
        status = self.live.recorder.status
        if status.recording and Flag.SECURING not in status.flags and not self.levels:
            if not any(isinstance(given, Position) for given in self.inputs):
                os.write(self.far, sealed("GNGGA,120000.00,4152.6860,N,08737.7880,W,1,09,0.9,180.0,M,-33.0,M,,") + b"\r\n")
            elif self.pictures > 300:
                self.drive(POWER, False)


def test_a_recording_made_of_real_parts_is_whole_and_goes_off_by_its_power_button(
    tmp_path: Path, pulse: Pulse, gps: tuple[int, str]
) -> None:
    made, settings = wired(tmp_path, gps[1]), replace(SMALL, video=replace(SMALL.video, width=160, height=120))
    with pulse.plugged(), pulse.played(tone(3)):
        live = Live(settings, made, Builder(settings, made, drivers=OnTheBench).parts)
        officer = Officer(live, gps[0])
        ended = live.run(officer)
    assert ended.device_off and ended.hang == []
    assert [item for item in officer.inputs if isinstance(item, SourceChange)] == []
    verdict = verify_device(tmp_path / "vault", authority(tmp_path))
    assert [recording.state for recording in verdict.recordings] == [State.COMPLETE]
    (off,) = journal(tmp_path / "vault", "off")
    assert (off["why"], off["device"]) == ("the power button was held", True)
    power = next(item for item in officer.inputs if isinstance(item, PowerLevel))
    assert (power.percent, power.charging) == (81, False)
    place = next(item for item in officer.inputs if isinstance(item, Position))
    assert (place.latitude_e7, place.longitude_e7) == (418781000, -876298000)
    looked_at(tmp_path)


class Stalls(OnTheBench):
    """A camera that hangs after each five pictures."""

    plan = "stall"


def test_a_camera_that_hangs_again_and_again_is_started_anew_within_five_seconds_each_time(tmp_path: Path) -> None:
    made = replace(device(tmp_path), camera=CameraPart("rpi"))
    live = Live(SMALL, made, Builder(SMALL, made, drivers=Stalls).parts)
    faults: list[SourceChange] = []

    def officer(item: Packet | Input) -> None:
        if isinstance(item, SourceChange):
            faults.append(item)
            if len(faults) == 1:
                press_twice(live.stream)
            if len(faults) == 4:
                live.ask_to_end("the test is over")

    live.run(officer)
    verdict = verify_device(tmp_path / "vault", authority(tmp_path))
    assert [recording.state for recording in verdict.recordings] == [State.COMPLETE]
    log = verdict.recordings[0].log
    assert log is not None
    gaps = [line for line in log.lines if line["kind"] == "gap" and line["track"] == 1]
    assert len(gaps) >= 2 and all(int(str(gap["to"])) - int(str(gap["from"])) < 5 * TICKS for gap in gaps)
    lost = [line for line in log.lines if line["kind"] == "fault" and line["part"] == "camera" and line["lost"]]
    assert len(lost) >= 2 and any("it stalled" in str(line["why"]) for line in lost)


def test_a_microphone_pulled_out_and_put_back_leaves_one_recording_with_the_loss_stated(tmp_path: Path, pulse: Pulse) -> None:
    made = replace(device(tmp_path), microphone=MicrophonePart("sounddevice", "pulse"))
    live = Live(SMALL, made, Builder(SMALL, made).parts)
    plugged, heard = [pulse.plug()], [0, 0]

    def officer(item: Packet | Input) -> None:
        if isinstance(item, SourceChange) and item.lost and not plugged:
            plugged.append(pulse.plug())
        if not (isinstance(item, Packet) and item.track is Track.AUDIO):
            return
        again = live.recorder.status.recording and len(heard) == 3
        heard[1 if again else 0] += 1
        if heard[0] == 1:
            press_twice(live.stream)
        if heard[0] == 60 and plugged and not again:
            heard.append(0)
            pulse.unplug(plugged.pop())
        if heard[1] == 60:
            live.ask_to_end("the test is over")

    live.run(officer)
    pulse.unplug(plugged.pop())
    verdict = verify_device(tmp_path / "vault", authority(tmp_path))
    assert [recording.state for recording in verdict.recordings] == [State.COMPLETE]
    log = verdict.recordings[0].log
    assert log is not None
    faults = [line["lost"] for line in log.lines if line["kind"] == "fault" and line["part"] == "microphone"]
    assert faults == [True, False]
    assert any(line["kind"] == "gap" and line["track"] == 2 for line in log.lines)


def looked_at(root: Path) -> None:
    """The export has the child's greys in their order, and the tone that was played."""
    agency, out = TrialAgency(root / "keys"), root / "export"
    out.mkdir()
    recipient = RecipientPrivate.load(agency.recipient_key().read_bytes(), WORD)
    exported = export(root / "vault/recordings/000000-0001", authority(root), recipient, Order("test", "test", ZoneInfo("UTC")), out)
    with av.open(str(exported.mp4)) as container:
        greys = [int(frame.to_ndarray()[60, 80]) for frame in container.decode(video=0)]
        steps = {(after - before) % 256 for before, after in pairwise(greys)}
    assert len(greys) > 300 and sum(step <= 4 for step in steps) and max(steps) < 40
    with av.open(str(exported.mp4)) as container:
        sound = np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])
    spectrum = np.abs(np.fft.rfft(sound[: len(sound) // 48_000 * 48_000]))
    hertz = np.argmax(spectrum) * 48_000 / (len(sound) // 48_000 * 48_000)
    assert abs(hertz - 1000) <= 1
