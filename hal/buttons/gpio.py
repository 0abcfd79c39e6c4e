"""Buttons on pins, through gpiozero: every raw edge, at the time that the kernel saw it.

gpiozero's own debouncing loses edges and its `Button` has no times, so the pin itself is listened to. The kernel joins
edges that follow each other faster than its interrupt thread runs, and reads the level only there: two edges with the same
level may follow each other, and are passed on as they came; the last one has the right level.
"""

import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock
from typing import Final

from hal.errors import HardwareError
from hal.gpio import Board, Pin, check
from hal.interfaces import Button, Edge

PART: Final = "buttons"


class GpioButtons:
    """Edges of up to three buttons, in the order in which they reach us; one that another button's edge overtook takes its time.

    An event or function button that is down at the opening gives an edge then, so that a stuck one is known. Edges while
    it is closed are not kept. After `close` what was still waiting is read, and then None.
    """

    def __init__(
        self, event: Pin, function: Pin | None, power: Pin | None, board: Board, now_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        """Raises HardwareError for pins that cannot be. Touches no hardware."""
        check(PART, event, function, power)
        named = {Button.EVENT: event, Button.FUNCTION: function, Button.POWER: power}
        self._pins = {button: pin for button, pin in named.items() if pin is not None}
        self._board = board
        self._now_ns = now_ns
        self._edges: SimpleQueue[Edge | None] | None = None
        self._listeners: list[_Listener] = []

    def open(self) -> None:
        """Take the pins. Raises HardwareError."""
        self.close()
        sink = _Sink(self._now_ns())
        self._edges = sink.edges
        try:
            # No edge gets past the first levels: it waits for the lock, and was later.
            with sink.lock:
                for button, pin in self._pins.items():
                    self._listen(button, pin, sink)
        except HardwareError:
            self.close()
            raise

    def _listen(self, button: Button, pin: Pin, sink: "_Sink") -> None:
        line = self._board.input(PART, pin)
        listener = _Listener(button, pin, sink)
        self._listeners.append(listener)
        try:
            line.when_changed = listener.changed
            down = pin.on(line.state)
        except Exception as error:  # two libraries raise here, with no root in common
            raise HardwareError(PART, f"GPIO {pin.number} gives no edges ({error}): choose another pin") from error
        # A power button that is shorted, or wired the other way round, must not switch the device off at each start.
        if down and button is not Button.POWER:
            sink.edges.put(Edge(button, True, sink.last_ns))

    def close(self) -> None:
        """Give the pins back and end a read that waits."""
        self._board.release(PART)
        self._listeners = []
        if self._edges is not None:
            self._edges.put(None)

    def read(self) -> Edge | None:
        """The next edge; None once it is closed. Raises HardwareError before the first opening."""
        edges = self._edges
        if edges is None:
            raise HardwareError(PART, "they are closed: open them first")
        edge = edges.get()
        if edge is None:
            edges.put(None)
        return edge


class _Sink:
    """Where the edges of one opening go. lgpio's thread and the opening one meet here."""

    def __init__(self, opened_ns: int) -> None:
        self.edges: SimpleQueue[Edge | None] = SimpleQueue()
        self.lock = Lock()
        self.last_ns = opened_ns


class _Listener:
    """Kept by the driver: gpiozero holds callbacks weakly, and one that nobody keeps hears nothing."""

    def __init__(self, button: Button, pin: Pin, sink: _Sink) -> None:
        self._button = button
        self._pin = pin
        self._sink = sink

    def changed(self, seconds: float, level: float) -> None:
        """Must not raise: it runs in lgpio's only thread."""
        with self._sink.lock:
            self._sink.last_ns = max(self._sink.last_ns, round(seconds * 1e9))
            self._sink.edges.put(Edge(self._button, self._pin.on(level), self._sink.last_ns))
