"""What a start loads: its own drivers' libraries and nothing else, for imports are most of a small board's start."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bwc_agent.fleet.device import (
    ButtonsPart,
    CameraPart,
    Device,
    IndicatorPart,
    InputPin,
    LocationPart,
    MicrophonePart,
    OutputPin,
)
from bwc_agent.fleet.resolved import dump
from bwc_agent.fleet.settings import Settings

BARE = Device("A-1", "vault", camera=CameraPart("rpi"), microphone=MicrophonePart("none"), buttons=ButtonsPart("none"))
ADMINS = {"pydantic", "rich", "typer"}
DRIVERS = {"cv2", "gpiozero", "lgpio", "picamera2", "pynmeagps", "serial", "sounddevice"}
LOADED = """
import sys
from pathlib import Path
import bwc_agent.__main__
from bwc_agent.fleet.resolved import load
from bwc_agent.live.drivers import Drivers
from bwc_agent.live.parts import Builder
from bwc_agent.live.stream import Stream
settings, device = load(Path(sys.argv[1]))
Builder(settings, device).parts(Stream(lambda: 0))
drivers = Drivers(settings, device, lambda: 0)  # camera and microphone are made where they are opened
for make in (drivers.camera(), drivers.microphone()):
    if make is not None:
        make()
print(*{name.partition(".")[0] for name in sys.modules})
"""
GPIO = replace(BARE, buttons=ButtonsPart("gpiozero", InputPin(17)), indicator=IndicatorPart("gpiozero", OutputPin(22)))


@pytest.mark.parametrize(
    ("device", "needs"),
    [
        (BARE, set[str]()),
        (GPIO, set[str]()),  # gpiozero is loaded when the first pin is taken
        (replace(BARE, location=LocationPart("nmea")), {"serial", "pynmeagps"}),
        (replace(BARE, camera=CameraPart("opencv")), {"cv2"}),
        (replace(BARE, microphone=MicrophonePart("sounddevice")), {"sounddevice"}),
    ],
    ids=["rpi", "gpio", "nmea", "opencv", "sounddevice"],
)
def test_a_start_loads_only_what_its_drivers_need(tmp_path: Path, device: Device, needs: set[str]) -> None:
    resolved = tmp_path / "resolved.json"
    resolved.write_bytes(dump(Settings(), device))
    run = subprocess.run([sys.executable, "-c", LOADED, str(resolved)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    loaded = set(run.stdout.split())
    assert not loaded & ADMINS
    assert loaded & DRIVERS == needs
