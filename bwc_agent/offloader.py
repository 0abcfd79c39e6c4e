"""The offloader as its service runs it: `python -m bwc_agent.offloader FILE.json`, the file that the recorder's service runs on.

The one process with a network, and taken to be an enemy's: it has no right to the keys of evidence, opens no camera and no pin,
and writes two things, the inbox and its own word in RUN/offload. Loads no typer, rich or pydantic.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

from bwc_agent.errors import BwcError, ConfigError
from bwc_agent.evidence.layout import Vault
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.resolved import load
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.notify import FED, READY, STOPPING, notify, watchdog_period
from bwc_agent.offload.destinations import destination
from bwc_agent.offload.docking import Work
from bwc_agent.offload.service import Around, Service
from bwc_agent.stated import software_version
from bwc_agent.units import TICKS


def main(arguments: list[str]) -> int:
    """Run until SIGTERM; returns the exit status of the error's class, 0 at an orderly end."""
    try:
        if len(arguments) != 1:
            raise ConfigError("give one file, written by bwc run --resolve FILE")
        settings, device = load(Path(arguments[0]))
        offloader = service(settings, device, replace(around(_say), asked=asked_by_signals(), beat=Beat(time.monotonic)))
        notify(READY)
        offloader.serve()
        notify(STOPPING)
    except BwcError as error:
        print(f"bwc: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def service(settings: Settings, device: Device, around: Around, recorder: bool = True) -> Service:
    """What the settings name; without `recorder` none works on the vault. Raises ConfigError where nothing is to be delivered."""
    destination(settings.offload)
    vault, run = Vault(Path(device.vault)), Path(device.run) if device.run else None
    work = Work(vault, device.serial, recorder, settings.offload.order, settings.offload.parallel, software_version())
    return Service(work, lambda: destination(settings.offload), run, around)


def around(say: Callable[[str], None]) -> Around:
    """The machine's own clocks and dice."""
    return Around(lambda: time.time_ns() // 1000, time.monotonic, time.sleep, random.SystemRandom().random, say=say)


def asked_by_signals() -> Callable[[], bool]:
    """True once SIGTERM, SIGINT or SIGHUP came; a second one does not disturb the end, which comes at the next piece."""
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ask)
    return lambda: bool(asked)


class Beat:
    """Feeds the service manager's watchdog as long as the loop goes round. A store may keep a step waiting for a minute."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic, self._every = monotonic, watchdog_period() / TICKS
        self._fed: float | None = None

    def __call__(self) -> None:
        now = self._monotonic()
        if self._every and (self._fed is None or now - self._fed >= self._every):
            self._fed = now
            notify(FED)


def _say(line: str) -> None:
    with suppress(OSError):
        os.write(2, f"bwc: {line}\n".encode(errors="replace"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
