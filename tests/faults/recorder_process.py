"""The recorder as its service runs it, on a simulated camera in real time, made to be killed.

    python -m tests.faults.recorder_process CONFIG [--die EVENT:N | --stall EVENT:SECONDS] [--segments SECONDS] [--year YEAR]

Keys come from its terminal (standard input), as on a laptop. On standard output stands what the camera gave and what the
officer was shown, a line each, in the moment in which the recorder got it or showed it: a pipe keeps that, whatever becomes
of the process.

`--die EVENT:N` kills it from within (SIGKILL) at its Nth change to the disk after EVENT, half of it written: boundaries that
no killer from outside would meet. `--stall EVENT:SECONDS` lets the disk hang so long at its next sync. `--segments SECONDS`
makes segments that much shorter. `--year YEAR` is what its clock says.
"""

import argparse
import fcntl
import os
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bwc_agent import files
from bwc_agent.fleet.resolved import load
from bwc_agent.live.anchors import Anchors
from bwc_agent.live.drivers import Drivers
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live
from bwc_agent.live.stream import Stream
from bwc_agent.media import assembler
from bwc_agent.units import seconds
from hal.clock import stepped
from hal.clock.system import SystemClock
from hal.indicator.terminal import TerminalIndicator
from hal.interfaces import AudioBlock, Cue, EncodedCamera, Frame, Indicator, Light, Microphone, RawCamera
from simulator.reading import frame_number
from tests.striking import Striking, die

YEAR_NS = 31_556_952 * 1_000_000_000
"""The mean year of the calendar, in nanoseconds."""


class Witness:
    """Says on standard output what was; `at` an event it arms what is to strike afterwards."""

    def __init__(self, disk: Striking, at: str, after: float, kills: bool) -> None:
        self._disk, self._at, self._after, self._kills = disk, at, after, kills

    def says(self, what: str, about: str, at_ns: int) -> None:
        """One line, which nothing buffers."""
        os.write(1, f"{what} {about.replace(' ', '-')} {at_ns}\n".encode())
        if about == self._at and self._kills:
            self._disk.strike(round(self._after), die)
        elif about == self._at:
            self._disk.strike(0, self._stall, "fdatasync")

    def _stall(self, _name: str, _arguments: tuple[Any, ...]) -> None:
        self.says("stall", "begins", time.monotonic_ns())
        time.sleep(self._after)
        self.says("stall", "ends", time.monotonic_ns())


class WitnessedCamera:
    """RawCamera: another one's pictures, each told with the number that is drawn into it."""

    def __init__(self, camera: RawCamera, witness: Witness) -> None:
        self.width, self.height, self.rate = camera.width, camera.height, camera.rate
        self.open, self.close = camera.open, camera.close
        self._camera, self._witness = camera, witness

    def read(self) -> Frame | None:
        """The next picture, told before it is given on."""
        frame = self._camera.read()
        if frame is not None:
            self._witness.says("picture", str(frame_number(frame.image[: self.height])), frame.capture_ns)
        return frame


class WitnessedMicrophone:
    """Microphone: another one's blocks, each told."""

    def __init__(self, microphone: Microphone, witness: Witness) -> None:
        self.rate = microphone.rate
        self.open, self.close = microphone.open, microphone.close
        self._microphone, self._witness = microphone, witness

    def read(self) -> AudioBlock | None:
        """The next block, told before it is given on."""
        block = self._microphone.read()
        if block is not None:
            self._witness.says("sound", "block", block.arrival_ns)
        return block


class WitnessedIndicator(TerminalIndicator):
    """What the officer sees and hears, told."""

    def __init__(self, witness: Witness) -> None:
        super().__init__(time.monotonic_ns)
        self._witness = witness

    def show(self, light: Light) -> None:
        """The light, told when it is on."""
        super().show(light)
        self._witness.says("light", light.value, time.monotonic_ns())

    def play(self, cue: Cue) -> None:
        """The cue, told when it has begun."""
        super().play(cue)
        self._witness.says("cue", cue.name, time.monotonic_ns())


def drivers(witness: Witness) -> type[Drivers]:
    """The drivers that the device names, each with the witness behind it."""

    class Witnessed(Drivers):
        def camera(self) -> Callable[[], RawCamera | EncodedCamera]:
            make = super().camera()
            return lambda: WitnessedCamera(raw(make()), witness)

        def microphone(self) -> Callable[[], Microphone] | None:
            make = super().microphone()
            return None if make is None else lambda: WitnessedMicrophone(make(), witness)

        def indicator(self) -> Indicator:
            return WitnessedIndicator(witness)

    return Witnessed


def raw(camera: RawCamera | EncodedCamera) -> RawCamera:
    """The simulated camera gives pictures."""
    assert not isinstance(camera, EncodedCamera)
    return camera


def main() -> int:
    """One start, to its end or to its death."""
    options = _options()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    disk = Striking()
    files.os = disk  # type: ignore[assignment, attr-defined]
    event, _, after = (options.die or options.stall or ":0").partition(":")
    witness = Witness(disk, event, float(after), bool(options.die))
    if options.segments:
        assembler.SEGMENT = seconds(options.segments)
    settings, device = load(options.config)
    builder = Dated(settings, device, drivers=drivers(witness))
    builder.year = options.year
    witness.says("process", "boot", time.monotonic_ns())
    Live(settings, device, builder.parts).run()
    return 0


class Dated(Builder):
    """The parts of a device whose own clock says another year."""

    year = 2026

    def _anchors(self, stream: Stream) -> Anchors:
        ahead = (self.year - 1970) * YEAR_NS - time.time_ns()
        return Anchors(SystemClock(stream.now_ns, wall_ns=lambda: time.time_ns() + ahead), None, stepped)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    for name in ("--die", "--stall"):
        parser.add_argument(name, metavar="EVENT:HOW")
    parser.add_argument("--segments", type=float)
    parser.add_argument("--year", type=int, default=2026)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
