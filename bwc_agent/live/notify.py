"""What systemd is told of this start (sd_notify(3)): a datagram to the socket that it named, and nothing where it named none."""

import os
import socket
from contextlib import suppress
from typing import Final

from bwc_agent.units import TICKS

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
FED: Final = "WATCHDOG=1"


def notify(message: str) -> None:
    """Never waits, never raises: a service manager that does not listen must not keep a camera from recording."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with (
            suppress(OSError, ValueError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as to,
        ):
            # A name in the abstract namespace is written with an @.
            to.connect("\0" + address[1:] if address.startswith("@") else address)
            to.send(message.encode())


def watchdog_period() -> int:
    """Ticks between two feedings: a third of what the manager allows; 0 where it watches nobody, or another process."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0
    micros = os.environ.get("WATCHDOG_USEC", "0")
    return int(micros) * TICKS // 3_000_000 if micros.isascii() and micros.isdigit() and len(micros) < 16 else 0
