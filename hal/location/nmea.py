"""A GPS receiver that speaks NMEA 0183 on a serial port, through pyserial.

`Reports` (in `sentences.py`) does the reading; this is the port around it: opened, waited on, lost and found again. Position
is personal: the agent opens the port only while it records.
"""

import contextlib
import termios
import threading
from collections import deque
from collections.abc import Callable

import serial

from hal.errors import HardwareError
from hal.interfaces import ClockReading, Fix
from hal.location.ports import listed, why
from hal.location.sentences import Reports

BAUDS = (4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)

_LOOK_S = 0.25
_LATE_NS = 350_000_000
"""A wait that took longer than a look was not a wait: the machine stood still, and nobody saw when the bytes came."""
_MOST = 4096


class NmeaReceiver:
    """Fixes and times of the receiver on `port` (a device file), which runs at `baud`.

    Their times are when the first byte of their burst arrived. With no sentence that holds for `silence_s` seconds, `read()`
    raises; a receiver that sends sentences and has no fix may keep a reader waiting for ever.
    """

    def __init__(self, port: str, baud: int, now_ns: Callable[[], int], silence_s: float = 5.0) -> None:
        self._name = port
        self._baud = baud
        self._now_ns = now_ns
        self._silence_s = silence_s
        self._changing = threading.Lock()
        self._reading = threading.Lock()
        self._port: serial.Serial | None = None
        self._reports: Reports | None = None
        self._ready: deque[Fix | ClockReading] = deque()
        self._refused = 0

    @property
    def refused(self) -> int:
        """Sentences of all openings that were cut short, failed their checksum or said what cannot be."""
        return self._refused + (self._reports.refused if self._reports else 0)

    def open(self) -> None:
        """Take the port for this program alone; what it had received before is dropped. Raises HardwareError."""
        with self._changing:
            self._release()
            port = self._opened()
            self._refused = self.refused
            self._reports = Reports(self._now_ns())
            self._ready.clear()
            self._port = port

    def close(self) -> None:
        """Release the port; a read that waits returns None."""
        with self._changing:
            self._release()

    def read(self) -> Fix | ClockReading | None:
        """The next fix or time; None once it is closed. Raises HardwareError, also where it was never opened."""
        port, reports = self._port, self._reports
        if reports is None:
            raise self._error("is closed: open it first")
        while True:
            with self._reading:
                if port is None or port is not self._port:
                    return None
                if self._ready:
                    return self._ready.popleft()
                self._look(port, reports)

    def _opened(self) -> serial.Serial:
        if self._baud not in BAUDS:
            raise self._error(f"cannot run at {self._baud} baud: choose one of {', '.join(map(str, BAUDS))}")
        try:
            return serial.Serial(self._name, self._baud, timeout=_LOOK_S, exclusive=True)
        except (OSError, ValueError, termios.error) as error:
            raise self._error(f"cannot be opened: {why(error)} (ports here: {listed()})") from error

    def _release(self) -> None:
        port, self._port = self._port, None
        if port is None:
            return
        with contextlib.suppress(OSError):
            port.cancel_read()
        with self._reading, contextlib.suppress(OSError):
            port.close()

    def _look(self, port: serial.Serial, reports: Reports) -> None:
        """Wait a moment for bytes and read what is there."""
        begin = self._now_ns()
        try:
            waiting = min(port.in_waiting, _MOST)
            data = port.read(max(1, waiting))
        except (OSError, termios.error) as error:
            raise self._error(f"vanished: check its plug and its cable (ports here: {listed()})") from error
        now = self._now_ns()
        if data:
            self._ready += reports.feed(data, now, watched=not waiting and now - begin <= _LATE_NS)
        if not self._ready and now - reports.heard_ns >= self._silence_s * 1e9:
            raise self._error(self._mute(reports))

    def _mute(self, reports: Reports) -> str:
        if reports.last_ns - reports.heard_ns < 1_000_000_000:
            return f"is silent for {self._silence_s:g} s: check the receiver's power and cable, and its port (ports here: {listed()})"
        return (
            f"sends bytes but no NMEA sentence for {self._silence_s:g} s: check its baud rate (set to {self._baud}) and that "
            "the receiver sends NMEA"
        )

    def _error(self, message: str) -> HardwareError:
        return HardwareError("location", f"{self._name} {message}")
