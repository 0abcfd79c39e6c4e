"""Battery and charger as Linux lists them in /sys/class/power_supply, polled.

The files and their units are those of the kernel's Documentation/ABI/testing/sysfs-class-power. A fuel gauge that resets
fails, vanishes or answers nonsense for some seconds: that is waited out for `PATIENCE` polls and is an error after them.
The percent is the gauge's own and is never made from a voltage: a guess there would put a camera off that has hours left.
"""

import errno
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event
from typing import Final

from hal.errors import HardwareError
from hal.interfaces import PowerReading
from hal.polling import Polls
from hal.power.runtime import Level, MinutesLeft

LEAP: Final = 10
"""A leap of more percent than this from what was told is disbelieved like a failed poll.

A gauge that resets says 0, at which the camera would switch itself off; a bus that floats makes the kernel say 100.
"""
REPEAT_NS: Final = 60_000_000_000
"""The same reading is given again before this time has passed."""

_SAYS_NOTHING: Final = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENODATA, errno.EINVAL}
_CHARGERS: Final = ("Mains", "USB", "Wireless")
_PLAUSIBLE: Final = re.compile(r"-?[0-9]{1,12}")
"""Below a MWh in µWh: minutes made of it stay integers that a journal can hold."""
_FED: Final = ("Charging", "Full", "Not charging")
_MEND: Final = (
    "load the fuel gauge's driver (on a Raspberry Pi its dtoverlay), correct the name, "
    'or choose the power driver "none" in device.toml for a device that runs on mains'
)


def sysfs_text(path: Path) -> str | None:
    """What a file of sysfs says; None where it or its device is not there, or has nothing to say. Raises OSError."""
    try:
        return path.read_text("ascii", errors="replace").strip()
    except OSError as error:
        if error.errno in _SAYS_NOTHING:
            return None
        raise


def chargers(root: Path) -> list[Path]:
    """The supplies that can feed the device, in order of name; what feeds a peripheral is none. Raises OSError."""
    return [s for s in _supplies(root) if (sysfs_text(s / "type") or "").startswith(_CHARGERS) and not _of_peripheral(s)]


def charger_online(root: Path) -> bool:
    """Whether any charger feeds the device now (1 is a fixed supply, 2 a programmable one). Raises OSError."""
    return any(sysfs_text(supply / "online") in ("1", "2") for supply in chargers(root))


def supplies_folder(root: Path) -> Path:
    """Where the kernel lists batteries and chargers."""
    return root / "class" / "power_supply"


class SysfsPower:
    """One battery and every charger, looked at each `every_s` seconds (less than 60) by the thread that reads.

    A reading is given at the opening, when percent or `charging` changes, and at least once a minute. `charging` is that
    a charger is online or that the battery says so; where neither says anything it is False.
    """

    def __init__(
        self,
        root: Path = Path("/sys"),
        battery: str | None = None,
        every_s: float = 1.0,
        now_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[Event, float], bool] = Event.wait,
    ) -> None:
        """`battery` is its folder's name, None for the only one. `wait` waits seconds for an event and says whether it came."""
        self._root = root
        self._name = battery
        self._every_s = every_s
        self._now_ns = now_ns
        self._polls = Polls("power", every_s, wait, (OSError, ValueError))

    def open(self) -> None:
        """Find the battery. Raises HardwareError where there is none, not that one, or one that gives no percent."""
        self.close()
        self._battery = _with_percent(self._found())
        self._minutes = MinutesLeft()
        self._told: PowerReading | None = None
        self._polls.begin()

    def close(self) -> None:
        """End a read that waits."""
        self._polls.end()

    def read(self) -> PowerReading | None:
        """The next reading; None once it is closed. Raises HardwareError where it was never opened, or `PATIENCE` polls failed."""
        for _ in self._polls.each():
            reading = self._polled()
            if reading is not None and self._is_news(reading):
                self._told = reading
                return reading
        return None

    def _is_news(self, reading: PowerReading) -> bool:
        told = self._told
        if told is None or (reading.percent, reading.charging) != (told.percent, told.charging):
            return True
        return reading.capture_ns - told.capture_ns >= REPEAT_NS - round(self._every_s * 1e9)

    def _polled(self) -> PowerReading | None:
        at_ns = self._now_ns()
        level = self._polls.tried(self._level, str(self._battery), "check the fuel gauge's wiring and driver")
        return None if level is None else PowerReading(at_ns, level.percent, level.charging, self._minutes.add(at_ns, level))

    def _level(self) -> Level:
        percent = _percent(self._battery, self._told)
        charging = charger_online(self._root) or sysfs_text(self._battery / "status") in _FED
        return Level(percent, charging, _time_to_empty(self._battery), *_stored_and_drawn(self._battery))

    def _found(self) -> Path:
        folder = supplies_folder(self._root)
        try:
            batteries = [s for s in _supplies(self._root) if sysfs_text(s / "type") == "Battery"]
            meant = [s for s in batteries if (s.name == self._name if self._name is not None else not _of_peripheral(s))]
        except OSError as error:
            raise HardwareError("power", f"{folder} cannot be read: {error}: check its drivers in the kernel's log") from error
        if len(meant) == 1:
            return meant[0]
        if meant:
            raise HardwareError("power", f"several batteries in {folder}: {_listed(meant)}: name the camera's own in device.toml")
        wanted = "no battery of the device" if self._name is None else f"no battery {self._name!r}"
        raise HardwareError("power", f"{wanted} in {folder} (batteries there: {_listed(batteries)}): {_MEND}")


def _supplies(root: Path) -> list[Path]:
    return sorted(supplies_folder(root).glob("*"))


def _of_peripheral(supply: Path) -> bool:
    return sysfs_text(supply / "scope") == "Device"


def _listed(paths: Iterable[Path]) -> str:
    return ", ".join(sorted(path.name for path in paths)) or "none"


def _with_percent(battery: Path) -> Path:
    if not (battery / "capacity").exists():
        files = _listed(file for file in battery.glob("*") if file.is_file())
        raise HardwareError("power", f"{battery} has no capacity (files there: {files}): use a fuel gauge that gives percent")
    return battery


def _percent(battery: Path, told: PowerReading | None) -> int:
    """Raises ValueError for what cannot be the charge of this battery now."""
    text = sysfs_text(battery / "capacity")
    if text is None or sysfs_text(battery / "present") == "0":
        raise ValueError("it is not there, or says so")
    if not _PLAUSIBLE.fullmatch(text) or not 0 <= int(text) <= 100:
        raise ValueError(f"its capacity is {text[:40]!r}, not 0-100")
    if told is not None and abs(int(text) - told.percent) > LEAP:
        raise ValueError(f"its capacity leapt from {told.percent} to {text} at once")
    return int(text)


def _number(path: Path) -> int | None:
    """An integer that is nice to have: None for whatever stands in its way, also a number that no battery of a camera can have."""
    try:
        text = sysfs_text(path) or ""
    except OSError:
        return None
    return int(text) if _PLAUSIBLE.fullmatch(text) else None


def _time_to_empty(battery: Path) -> int | None:
    """Seconds by the gauge, the averaged ones first."""
    average = _number(battery / "time_to_empty_avg")
    return _number(battery / "time_to_empty_now") if average is None else average


def _stored_and_drawn(battery: Path) -> tuple[int | None, int | None]:
    """µWh and µW, else µAh and µA; what is drawn has no sign, since drivers do not agree on one."""
    for stored, drawn in (("energy_now", "power_now"), ("charge_now", "current_now")):
        left, flow = _number(battery / stored), _number(battery / drawn)
        if left is not None and flow is not None:
            return left, abs(flow)
    return None, None
