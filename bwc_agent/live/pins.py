"""Pins of the settings as the GPIO drivers take them, and a dock that is told by a pin among other signs."""

from typing import TYPE_CHECKING, Literal, cast

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.device import InputPin, OutputPin
from hal.interfaces import Contact, Dock, Part

if TYPE_CHECKING:
    from hal.gpio import Output, Pin

Pull = Literal["up", "down", "none"]
Level = Literal["low", "high"]


def needed(pin: InputPin | None) -> "Pin":
    """A contact's pin that must be named. Raises ConfigError where it is not."""
    found = input_pin(pin)
    if found is None:
        raise ConfigError("a pin is missing: write it in device.toml, as in event = { pin = 17 }")
    return found


def input_pin(pin: InputPin | None) -> "Pin | None":
    """A contact's pin, if it is named."""
    from hal.gpio import Pin

    return None if pin is None else Pin(pin.pin, cast(Pull, pin.pull), cast(Level, pin.active))


def output_pin(pin: OutputPin | None) -> "Output | None":
    """A light's, buzzer's or motor's pin, if it is named."""
    from hal.gpio import Output

    return None if pin is None else Output(pin.pin, cast(Level, pin.active))


class WiredDock:
    """A Dock whose rule looks at a contact pin, too: the pin is open as long as the dock is."""

    def __init__(self, dock: Dock, pin: Part) -> None:
        self._dock = dock
        self._pin = pin

    def open(self) -> None:
        """Both. Raises HardwareError."""
        self._pin.open()
        self._dock.open()

    def close(self) -> None:
        """Both."""
        self._dock.close()
        self._pin.close()

    def read(self) -> Contact | None:
        """The dock's next change. Raises HardwareError."""
        return self._dock.read()
