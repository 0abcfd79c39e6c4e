"""The recorder as its service runs it: `python -m bwc_agent FILE.json`, the settings resolved by `bwc run --resolve` before.

No typer, rich or pydantic, and no driver's library but those that the settings name: imports are most of a small board's start.
"""

import os
import queue
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ALONE = {"OPENBLAS_NUM_THREADS": "1"}
"""numpy's linear algebra, which nothing here uses, starts a thread for each core, and each spins for a while."""
os.environ.update(ALONE)

# ruff: noqa: E402
from bwc_agent.control.inputs import Input, Reopened, SourceChange
from bwc_agent.errors import BwcError, ConfigError
from bwc_agent.fleet.resolved import load
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live, cut_power
from bwc_agent.packets import Packet
from hal.errors import HardwareError


def main(arguments: list[str]) -> int:
    """Run one start; returns the exit status of the error's class, 0 at an orderly end."""
    try:
        if len(arguments) != 1:
            raise ConfigError("give one file, written by bwc run --resolve FILE")
        settings, device = load(Path(arguments[0]))
        ended = Live(settings, device, Builder(settings, device).parts).run(Log())
        for source in ended.hang:
            print(f"bwc: {source.value} hangs and could not be released", file=sys.stderr)
        if ended.device_off:
            cut_power(device)
    except (BwcError, HardwareError) as error:
        print(f"bwc: {error}", file=sys.stderr)
        return error.exit_status
    return 0


class Log:
    """Losses and returns of parts on standard error, from a thread of its own: whoever reads it may be slow, stuck or gone.

    The whole of it is in the vault's journal; what nobody takes is let go here, and what a part says again and again is said once.
    """

    def __init__(self) -> None:
        self._lines: queue.Queue[str] = queue.Queue(200)
        self._last = ""
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def __call__(self, item: Packet | Input) -> None:
        """Never waits, never raises."""
        line = None
        if isinstance(item, SourceChange):
            line = item.why if item.lost else f"{item.source.value}: {item.why}"
        elif isinstance(item, Reopened):
            line = f"storage works again: start {item.start:06d} goes on where start {item.before:06d} failed"
        if line is not None and line != self._last:
            self._last = line
            with suppress(queue.Full):
                self._lines.put_nowait(f"bwc: {line}")

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            with suppress(OSError, ValueError):
                os.write(2, line.encode(errors="replace") + b"\n")


def leave(status: int) -> NoReturn:
    """End the process now: all is closed and durable, and PortAudio's own end waits for ever for a sound server that hangs."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
