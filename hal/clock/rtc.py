"""The battery-backed clock, through sysfs: what wall time is before any network or satellite is heard."""

import datetime
import re
from collections.abc import Callable
from pathlib import Path

from hal.errors import HardwareError
from hal.interfaces import ClockReading

YEARS = range(2026, 2081)
"""Years believed: none before this software was built. A clock that lost its battery says 1970 or 2000."""
RESOLUTION_US = 1_000_000
DRIFT_US = 366 * 86_400 * 50
"""50 millionths, a common quartz between 0 and 40 °C, for a year: nobody knows when it was set last, and a spare may lie for long."""

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class RtcClock:
    """The kernel's view of a real-time clock, which is taken to keep UTC. Nothing is opened; each reading asks the chip."""

    def __init__(self, now_ns: Callable[[], int], root: Path = Path("/"), name: str = "rtc0") -> None:
        self._now_ns = now_ns
        self._folder = root / "sys/class/rtc"
        self._name = name

    def read(self) -> ClockReading:
        """The claim of this moment, in whole seconds. Raises HardwareError where it cannot be read or is not to be believed."""
        before = self._now_ns()
        seconds = self._seconds()
        width = self._now_ns() - before
        return ClockReading(before + width // 2, seconds * 1_000_000, "real-time clock", RESOLUTION_US + DRIFT_US + width // 1000 + 1)

    def _seconds(self) -> int:
        path = self._folder / self._name / "since_epoch"
        try:
            text = path.read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError as error:
            raise self._error(f"is not there: fit one and enable its overlay (clocks here: {self._listed()})") from error
        except OSError as error:
            raise self._error(f"gives no time ({error.strerror}): set it, and replace its battery if it stops again") from error
        if not re.fullmatch(r"[0-9]{1,11}", text):
            raise self._error(f"gives no time ({text[:20]!r}): check its driver")
        moment = _EPOCH + datetime.timedelta(seconds=int(text))
        if moment.year not in YEARS:
            raise self._error(f"says {moment:%Y-%m-%d}, which cannot be: set it, and replace its battery if it stops again")
        return int(text)

    def _listed(self) -> str:
        return ", ".join(sorted(path.name for path in self._folder.glob("rtc*"))) or "none"

    def _error(self, message: str) -> HardwareError:
        return HardwareError("clock", f"{self._name} {message}")
