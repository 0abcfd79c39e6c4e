"""The serial ports of this machine, and why one cannot be used, in words that mend it."""

import errno
import fcntl
import os
import termios
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

_ALIASES = ("serial0", "serial1", "gps0")
"""Names under /dev that a Raspberry Pi and udev rules give; pyserial leaves out some of the ports behind them."""
_DEAD = "it is no serial port that works: check that the device file is a serial port with hardware behind it"


@dataclass(frozen=True, slots=True)
class Found:
    """A serial port: its device file, what it calls itself, and why it cannot be used (None where it can)."""

    device: str
    description: str
    trouble: str | None


def ports() -> list[Found]:
    """The ports there are, by name. Looking takes none of them and sends nothing."""
    try:
        found = {str(port.device): str(port.description) for port in list_ports.comports()}
    except (OSError, TypeError, ValueError):  # pyserial stumbles over a device that is pulled out meanwhile
        found = {}
    for alias in _ALIASES:
        if Path("/dev", alias).exists():
            found[f"/dev/{alias}"] = os.path.realpath(f"/dev/{alias}")
    return [Found(device, "" if text == "n/a" else text, trouble(device)) for device, text in sorted(found.items())]


def listed() -> str:
    """The names of the ports with hardware behind them, for a message."""
    return ", ".join(port.device for port in ports() if port.trouble != _DEAD) or "none"


def trouble(device: str) -> str | None:
    """Why `device` cannot be used as it is now; None where nothing speaks against it."""
    try:
        handle = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return why(error)
    try:
        termios.tcgetattr(handle)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (OSError, termios.error) as error:
        return why(error)
    finally:
        os.close(handle)
    return "it is the kernel's console: take console= off the kernel's command line" if _console(device) else None


def why(error: Exception) -> str:
    """What a failed opening means and what mends it."""
    match getattr(error, "errno", None):
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return "it is not there: plug the receiver in, or name another port"
        case errno.EACCES | errno.EPERM:
            return "it may not be opened: add the agent's user to the group dialout"
        case errno.EBUSY | errno.EAGAIN:
            return "another program holds it: stop that one (gpsd, ModemManager or a login on the serial port)"
        case _:
            return _DEAD


def _console(device: str) -> bool:
    try:
        return os.path.basename(os.path.realpath(device)) in Path("/sys/class/tty/console/active").read_text().split()
    except OSError:
        return False
