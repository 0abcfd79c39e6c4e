"""A contact on a pin: the dock's, or the enclosure's tamper switch. What wobbles is told once it has stayed.

Edges carry the kernel's time. When a change is due the pin is read once more, so that where an edge got lost in a burst
of bounces, a wrong level does not stand: the right one is told after it.
"""

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Final, Literal

from hal.errors import HardwareError
from hal.gpio import Board, Pin, check
from hal.interfaces import Contact
from hal.settled import Settled

LATE_NS: Final = 100_000_000
"""An edge may reach us so long after its time; a change is not told before that has passed, too."""


class ContactPin:
    """Changes that stayed for `debounce_ns`, with the time at which they began; the level at the opening is told at once.

    `closed` is that the pin is at its active level. After `close` `read` gives None.
    """

    def __init__(
        self,
        part: Literal["dock", "tamper"],
        pin: Pin,
        board: Board,
        debounce_ns: int = 2_000_000_000,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Raises HardwareError for a pin that cannot be. Touches no hardware."""
        check(part, pin)
        self._part = part
        self._pin = pin
        self._board = board
        self._now_ns = now_ns
        self._settled = Settled(debounce_ns)
        self._debounce_ns = debounce_ns
        self._edges: SimpleQueue[Contact | None] | None = None
        self._line: Any = None

    def open(self) -> None:
        """Take the pin. Raises HardwareError."""
        self.close()
        self._settled = Settled(self._debounce_ns)
        self._edges = SimpleQueue()
        opened_ns = self._now_ns()
        try:
            self._line = self._board.input(self._part, self._pin)
            self._listen()
            self._edges.put(Contact(opened_ns, self.level()))
        except HardwareError:
            self.close()
            raise

    def level(self) -> bool:
        """Whether the contact is closed at this moment, bounce included. Raises HardwareError."""
        line = self._line
        if line is None:
            raise HardwareError(self._part, "it is closed: open it first")
        try:
            return self._pin.on(line.state)
        except Exception as error:  # two libraries raise here, with no root in common
            raise HardwareError(self._part, f"GPIO {self._pin.number} cannot be read ({error}): check the kernel's log") from error

    def close(self) -> None:
        """Give the pin back and end a read that waits."""
        self._line = None
        self._board.release(self._part)
        if self._edges is not None:
            self._edges.put(None)

    def read(self) -> Contact | None:
        """The next change that stayed; None once it is closed. Raises HardwareError."""
        edges = self._edges
        if edges is None:
            raise HardwareError(self._part, "it is closed: open it first")
        while True:
            try:
                edge = edges.get(timeout=self._patience())
            except Empty:
                edge = self._looked()
            if edge is None:
                edges.put(None)
                return None
            told = self._settled.level(edge.capture_ns, edge.closed)
            if told is not None:
                return Contact(self._settled.since_ns, told)

    def _patience(self) -> float | None:
        """Seconds until the contact must be looked at; None while nothing is due."""
        due_ns = self._settled.due_ns
        return None if due_ns is None else max(0.0, (due_ns + LATE_NS - self._now_ns()) / 1e9)

    def _looked(self) -> Contact | None:
        return None if self._line is None else Contact(self._now_ns(), self.level())

    def _listen(self) -> None:
        try:
            self._line.when_changed = self._changed
        except Exception as error:  # two libraries raise here, with no root in common
            raise HardwareError(self._part, f"GPIO {self._pin.number} gives no edges ({error}): choose another pin") from error

    def _changed(self, seconds: float, level: float) -> None:
        """Must not raise: it runs in lgpio's only thread."""
        if self._edges is not None:
            self._edges.put(Contact(round(seconds * 1e9), self._pin.on(level)))
