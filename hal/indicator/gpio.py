"""LEDs, buzzer and vibration motor on pins, through gpiozero.

A command sets the pins itself, so that its failure is told at once; one thread only turns them on and off as time goes on.
"""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from typing import Any, Final

from hal.errors import HardwareError
from hal.gpio import Board, Output, check
from hal.indicator.patterns import COLOURS, Colour, Pulse, lit_at, pattern, pulses
from hal.interfaces import Cue, Light

PART: Final = "indicator"


class GpioIndicator:
    """Light, buzzer and haptics; dark and still after `open` and after `close`.

    Cues wait their turn. One that waits gives way to a later one of the same name, which says the same of a later moment:
    so no more wait than there are names, and none is lost. No pulse is left out because the thread came late. Without
    buzzer and motor a cue says nothing, because the device was made so.
    """

    def __init__(
        self,
        red: Output | None,
        green: Output | None,
        blue: Output | None,
        buzzer: Output | None,
        vibration: Output | None,
        board: Board,
        tone_hz: int | None = None,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`tone_hz` is for a passive buzzer, which needs a square wave; None for one that sounds by itself.

        Raises HardwareError for pins that cannot be, and where there is no LED. Touches no hardware.
        """
        check(PART, red, green, blue, buzzer, vibration)
        named = {"red": red, "green": green, "blue": blue, "buzzer": buzzer, "vibration": vibration}
        self._outputs = {name: output for name, output in named.items() if output is not None}
        self._there: frozenset[Colour] = frozenset(colour for colour in COLOURS if colour in self._outputs)
        if not self._there:
            raise HardwareError(PART, "it has no light: name the pin of an LED, best red, green and blue")
        if tone_hz is not None and not 20 <= tone_hz <= 10_000:
            raise HardwareError(PART, f"a tone of {tone_hz} Hz cannot be made: choose 20 to 10000")
        self._board = board
        self._tone_hz = tone_hz
        self._now_ns = now_ns
        self._changed = Condition()
        self._thread: Thread | None = None
        self._clear()

    def _clear(self) -> None:
        self._lines: dict[str, Any] = {}
        self._on: frozenset[str] = frozenset()
        self._light = Light.OFF
        self._light_ns = self._pulse_ns = 0
        self._waiting: deque[Cue] = deque()
        self._playing: deque[Pulse] = deque()
        self._failure: HardwareError | None = None

    def open(self) -> None:
        """Take the pins, off. Raises HardwareError."""
        self.close()
        with self._changed:
            try:
                for name, output in self._outputs.items():
                    self._lines[name] = self._board.output(PART, output)
                    self._write(name, False)
            except HardwareError:
                self._release()
                raise
            self._thread = Thread(target=self._run, name="indicator", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """All off; give the pins back."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._release()
            self._changed.notify_all()
        if thread is not None:
            thread.join()

    def show(self, light: Light) -> None:
        """Set the light; the one that shows already keeps its beat. Raises HardwareError."""
        with self._changed:
            self._check()
            if light is not self._light:
                self._light, self._light_ns = light, self._now_ns()
            self._turn()
            self._changed.notify_all()

    def play(self, cue: Cue) -> None:
        """Play it, after those that play or wait. Raises HardwareError."""
        with self._changed:
            self._check()
            self._waiting = deque(waiting for waiting in self._waiting if waiting.name != cue.name)
            self._waiting.append(cue)
            self._turn()
            self._changed.notify_all()

    def shown(self) -> Light | None:
        """The light, where every LED's pin reads back as its pattern has it now; else None.

        A pin says what reaches its LED, not whether the LED works.
        """
        with self._changed:
            if self._thread is None or self._failure is not None:
                return None
            try:
                self._turn()
                read = {name for name in self._there if self._reads_on(name)}
            except Exception:  # two libraries raise here; unreadable is an answer
                return None
            return self._light if read == self._on & self._there else None

    def _check(self) -> None:
        """Raises HardwareError while it is closed, and for what failed between two commands."""
        if self._thread is None:
            raise HardwareError(PART, "it is closed: open it first")
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _run(self) -> None:
        with self._changed:
            while self._thread is not None:
                try:
                    due_ns = self._turn()
                except HardwareError as error:
                    self._failure, due_ns = error, None
                self._changed.wait(None if due_ns is None else due_ns / 1e9)

    def _turn(self) -> int | None:
        """Set the pins as this moment has them; returns nanoseconds until that changes. Raises HardwareError."""
        now = self._now_ns()
        lit, light_due = lit_at(pattern(self._light, self._there), now - self._light_ns)
        pulse, pulse_due = self._pulse(now)
        on = {*lit, *(["buzzer"] if pulse.tone else []), *(["vibration"] if pulse.vibration else [])}
        for name in sorted(on ^ self._on):
            self._write(name, name in on)
        self._on = frozenset(on)
        return min((due for due in (light_due, pulse_due) if due is not None), default=None)

    def _pulse(self, now: int) -> tuple[Pulse, int | None]:
        """The pulse of this moment, and for how long. Each lasts from when it was set, so that a late thread only stretches it."""
        if self._playing and now - self._pulse_ns >= self._playing[0].ms * 1_000_000:
            self._playing.popleft()
            self._pulse_ns = now
        while not self._playing and self._waiting:
            self._playing.extend(pulses(self._waiting.popleft(), "buzzer" in self._outputs, "vibration" in self._outputs))
            self._pulse_ns = now
        if not self._playing:
            return _STILL, None
        pulse = self._playing[0]
        return pulse, self._pulse_ns + pulse.ms * 1_000_000 - now

    def _write(self, name: str, on: bool) -> None:
        output, line = self._outputs[name], self._lines[name]
        try:
            if name == "buzzer" and self._tone_hz is not None:
                line.frequency = self._tone_hz if on else None
            line.state = 0.5 if on and line.frequency else output.level(on)
        except Exception as error:  # two libraries raise here, with no root in common
            raise HardwareError(PART, f"GPIO {output.number} ({name}) cannot be set ({error}): check the kernel's log") from error

    def _reads_on(self, name: str) -> bool:
        return bool(self._lines[name].state) == self._outputs[name].level(True)

    def _release(self) -> None:
        for name in self._lines:
            with suppress(HardwareError):
                self._write(name, False)
        self._board.release(PART)
        self._clear()


_STILL: Final = Pulse(0, False, False)
