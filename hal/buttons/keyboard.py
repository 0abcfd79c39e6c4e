"""A terminal's keyboard as the camera's buttons, for a laptop.

A terminal tells that a key went down and never that it came up. So a key stands for a gesture, and the driver plays the
edges that fingers would give for it, each at its real time:

    bytes --Keystrokes--> keys --Script--> edges planned --time--> edges given

`Keystrokes` and `Script` are pure; `KeyboardButtons` is the terminal, a select() and a time-out around them.
"""

import atexit
import errno
import os
import re
import select
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hal.errors import HardwareError
from hal.interfaces import Button, Edge

MS = 1_000_000
EVENT, FUNCTION, POWER = Button.EVENT, Button.FUNCTION, Button.POWER


@dataclass(frozen=True, slots=True)
class Key:
    """A key for people: what it is called, what it says, the characters that it sends, and the gesture; `taps` 0 is a hold."""

    name: str
    says: str
    sends: str
    buttons: tuple[Button, ...]
    taps: int = 0


KEYS = (
    Key("r", "start", "r\r\n", (EVENT,), 2),
    Key("s", "stop", "s", (EVENT,)),
    Key("space", "press", " ", (EVENT,), 1),
    Key("m", "mute", "m", (FUNCTION,)),
    Key("t", "stealth", "t", (FUNCTION,), 3),
    Key("z", "sleep", "z", (EVENT, FUNCTION)),
    Key("q", "off", "qp\x03", (POWER,)),
)
"""All keys; Enter is `r`, and `p` and Ctrl-C are `q`. Their gestures mean what the controller's table says."""
BY_CHARACTER = {character: key for key in KEYS for character in key.sends}


@dataclass(frozen=True, slots=True)
class Fingers:
    """How long fingers take, in nanoseconds; each hold is what the gesture needs, and `over_ns` is added to it."""

    hold_ns: int = 3_000 * MS
    """The event button, to stop."""
    mute_hold_ns: int = 3_000 * MS
    sleep_hold_ns: int = 3_000 * MS
    power_hold_ns: int = 3_000 * MS
    over_ns: int = 200 * MS
    tap_ns: int = 120 * MS
    between_ns: int = 300 * MS
    """From one press-down to the next; less than a third of the shortest window that counts presses."""

    def held(self, key: Key) -> int:
        """Nanoseconds that the buttons of a key stay down."""
        if key.taps:
            return self.tap_ns
        if len(key.buttons) > 1:
            return self.sleep_hold_ns + self.over_ns
        return {EVENT: self.hold_ns, FUNCTION: self.mute_hold_ns, POWER: self.power_hold_ns}[key.buttons[0]] + self.over_ns


class Script:
    """The edges planned and not given yet: keys and time in, edges out in the order of their times."""

    def __init__(self, fingers: Fingers) -> None:
        self.ignored = 0
        """Keys that came while their button was busy."""
        self._fingers = fingers
        self._planned: list[Edge] = []
        self._free: dict[Button, int] = {}

    def press(self, key: Key, now_ns: int) -> None:
        """Plan a key's gesture: now, or after a tap of the same button that is under way; ignored and counted while that is held."""
        between = self._fingers.between_ns
        at = max([now_ns, *(self._free.get(button, now_ns) for button in key.buttons)])
        if at - now_ns > between:
            self.ignored += 1
            return
        held = self._fingers.held(key)
        downs = [at + k * between for k in range(key.taps or 1)]
        for button in key.buttons:
            for down in downs:
                self._planned += [Edge(button, True, down), Edge(button, False, down + held)]
            # After a hold the button rests as long as a key may wait for its turn: no key waits through a hold.
            self._free[button] = downs[-1] + between + (0 if key.taps else held)
        self._planned.sort(key=lambda edge: edge.capture_ns)

    @property
    def next_ns(self) -> int | None:
        """When the next edge is due."""
        return self._planned[0].capture_ns if self._planned else None

    def due(self, now_ns: int) -> Edge | None:
        """The next edge whose time has come."""
        return self._planned.pop(0) if self._planned and self._planned[0].capture_ns <= now_ns else None


class Keystrokes:
    """What a terminal sends, as keys: an arrow, a function key or a report ends in a letter that nobody typed, and is left out."""

    SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|[^\[O\x1b])")
    """CSI, SS3, and Alt with a key (ECMA-48)."""
    TORN_NS = 50 * MS
    """The rest of a sequence that was torn comes sooner; a finger comes later."""

    def __init__(self) -> None:
        self._rest = b""
        self._at = 0

    def keys(self, data: bytes, now_ns: int) -> list[Key]:
        """The keys in `data`, whatever the case; all else is let go."""
        rest = self._rest if now_ns - self._at < self.TORN_NS else b""
        typed, escape, torn = self.SEQUENCE.sub(b"", rest + data).partition(b"\x1b")
        self._rest, self._at = escape + torn, now_ns
        return [BY_CHARACTER[c] for c in typed.decode("latin-1").lower() if c in BY_CHARACTER]


class KeyboardButtons:
    """Edges from the keys of a terminal, which is given back as it was at `close()`, at a failure and at the interpreter's exit.

    While it is open the terminal neither echoes nor collects lines, and no key sends a signal: Ctrl-C is a key, Ctrl-Z, Ctrl-\\ and
    Ctrl-S do nothing, because a slip must neither stop the process, nor hold its output, nor spill its memory into a core file.
    """

    def __init__(self, now_ns: Callable[[], int], fingers: Fingers | None = None, terminal: str = "/dev/tty") -> None:
        self._now_ns = now_ns
        self._fingers = fingers or Fingers()
        self._path = terminal
        self._line: _Line | None = None
        self._was_open = False
        self._reading = threading.Lock()
        self._strokes = Keystrokes()
        self._script = Script(self._fingers)

    @property
    def ignored(self) -> int:
        """Keys of this opening that came while their button was busy."""
        return self._script.ignored

    def open(self) -> None:
        """Take the terminal. Raises HardwareError if there is none, or if another job has it."""
        self.close()
        try:
            self._line = _Line(self._path)
        except OSError as error:
            mend = "run this in the foreground of a terminal, or choose another driver for the buttons"
            raise HardwareError("buttons", f"{self._path}: {error.strerror}: {mend}") from error
        self._was_open = True
        self._strokes, self._script = Keystrokes(), Script(self._fingers)
        atexit.register(self.close)

    def close(self) -> None:
        """Give the terminal back; a `read()` that waits returns None."""
        line = self._line
        if line is not None:
            line.wake()
            with self._reading:
                self._release(line)

    def read(self) -> Edge | None:
        """The next edge, at its time; None once closed. Raises HardwareError before the first `open()`, or if the terminal is gone."""
        with self._reading:
            if not self._was_open:
                raise HardwareError("buttons", "the keyboard is closed: open it first")
            while self._line is not None:
                edge = self._script.due(self._now_ns())
                if edge is not None:
                    return edge
                typed = self._typed(self._line)
                if typed is None:
                    return None
                now = self._now_ns()
                for key in self._strokes.keys(typed, now):
                    self._script.press(key, now)
            return None

    def _typed(self, line: "_Line") -> bytes | None:
        """What is typed until the next edge is due, which may be nothing; None while it is being closed."""
        due = self._script.next_ns
        try:
            return line.read(None if due is None else max(0, due - self._now_ns()) / 1e9)
        except OSError as error:
            self._release(line)
            mend = "open it at another terminal, or choose another driver for the buttons"
            raise HardwareError("buttons", f"{self._path} hung up ({error.strerror}): {mend}") from error

    def _release(self, line: "_Line") -> None:
        line.release()
        self._line = None
        atexit.unregister(self.close)


class _Line:
    """An open terminal that gives each key as it comes, and a pipe that ends a wait. Raises OSError where it cannot."""

    def __init__(self, path: str) -> None:
        # An opening of its own: its O_NONBLOCK is not that of standard input, and a key that another reader took blocks nobody.
        self._terminal = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            self._before = self._take()
        except BaseException:
            os.close(self._terminal)
            raise
        self._waker, self._wake = os.pipe()
        self._lock = threading.Lock()
        self._released = False

    def _take(self) -> list[Any]:
        if not self._foreground():
            raise OSError(errno.EIO, "another job has this terminal")
        try:
            before = termios.tcgetattr(self._terminal)
            raw = [*before[:6], [*before[6]]]
            raw[0] &= ~termios.IXON
            raw[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
            raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
            self._set(raw)
        except termios.error as error:
            raise OSError(*error.args) from error
        return before

    def _foreground(self) -> bool:
        """True too where the terminal controls no job of ours: then nobody is stopped for touching it."""
        try:
            return os.tcgetpgrp(self._terminal) == os.getpgrp()
        except OSError:
            return True

    def _set(self, attributes: list[Any]) -> None:
        """At once, for to wait until the output is out may be for ever; what was typed before was not meant for what comes."""
        termios.tcsetattr(self._terminal, termios.TCSANOW, attributes)
        termios.tcflush(self._terminal, termios.TCIFLUSH)

    def read(self, seconds: float | None) -> bytes | None:
        """What is typed within `seconds` (None: for ever), b"" if nothing is; None after `wake()`."""
        ready, _, _ = select.select([self._terminal, self._waker], [], [], seconds)
        if self._waker in ready:
            return None
        if not ready:
            return b""
        with suppress(BlockingIOError):
            typed = os.read(self._terminal, 1024)
            if not typed:
                raise OSError(errno.EIO, "end of file")
            return typed
        return b""

    def wake(self) -> None:
        """End the wait of `read()` in another thread, now and from now on."""
        with self._lock:
            if not self._released:
                os.write(self._wake, b"\0")

    def release(self) -> None:
        """Set the terminal as it was; once."""
        with self._lock:
            if self._released:
                return
            self._released = True
            with suppress(termios.error):
                if self._foreground():
                    self._set(self._before)
            for descriptor in (self._terminal, self._waker, self._wake):
                os.close(descriptor)
