"""Lines of a real GPIO chip: gpiozero on lgpio, with two of its habits mended.

An exception in a callback ends lgpio's only thread, and every button of the process is deaf from then on: gpiozero
raises one when an edge comes while a pin is being closed. And a closed pin keeps its line; here it is given back.

The time of an edge is the kernel's own, CLOCK_MONOTONIC in nanoseconds, which gpiozero hands on as seconds.
"""

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin


class Line(LGPIOPin):  # type: ignore[misc]
    """One line, held from its making to its `close`."""

    def _call_when_changed(self, chip: int, gpio: int, level: int, ticks: int) -> None:
        listener = self._when_changed
        heard = None if listener is None else listener()
        if heard is not None:
            heard(ticks / 1_000_000_000, level)

    def close(self) -> None:
        """Stop listening and give the line back."""
        self.when_changed = None
        if self.factory._handle is not None:
            lgpio.gpio_free(self.factory._handle, self._number)


class Chip(LGPIOFactory):  # type: ignore[misc]
    """The lines of /dev/gpiochip`number`. Raises lgpio.error."""

    def __init__(self, number: int) -> None:
        super().__init__(chip=number)
        self.pin_class = Line

    def user(self, number: int) -> str:
        """Who holds a line, by the name it gave the kernel; empty where nobody does."""
        return str(lgpio.gpio_get_line_info(self._handle, number)[4])
