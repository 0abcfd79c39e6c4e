"""Pins by number, on a board named in the configuration: never on whatever library or chip happens to be there.

gpiozero looks for a library by itself and falls back without a word; so its pin factory is named here. Chips change their
numbers between kernels (the header of a Raspberry Pi 5 moved from gpiochip4 to gpiochip0), so the chip is found by label.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock
from typing import Any, Final, Literal

from hal.errors import HardwareError
from hal.gpio_devices import NoLgpio, chips, each_chip, load_lgpio

KNOWN_CHIPS: Final = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""Labels of the header's chip: Raspberry Pi 5, 4, and those before."""
FACTORIES: Final = ("lgpio", "mock")


@dataclass(frozen=True, slots=True)
class Pin:
    """An input by its BCM number: `active` is its level while the button is down, or the contact closed."""

    number: int
    pull: Literal["up", "down", "none"] = "up"
    active: Literal["low", "high"] = "low"

    def on(self, level: float) -> bool:
        """Whether an electrical level is the active one."""
        return bool(level) == (self.active == "high")


@dataclass(frozen=True, slots=True)
class Output:
    """An output by its BCM number: `active` is the level that switches it on."""

    number: int
    active: Literal["low", "high"] = "high"

    def level(self, on: bool) -> bool:
        """The electrical level for on or off."""
        return on == (self.active == "high")


def check(part: str, *pins: Pin | Output | None) -> None:
    """Refuse settings that cannot be. Raises HardwareError."""
    seen: set[int] = set()
    for pin in pins:
        if pin is None:
            continue
        if pin.active not in ("low", "high"):
            raise HardwareError(part, f"GPIO {pin.number} is active {pin.active!r}: choose low or high")
        if isinstance(pin, Pin) and pin.pull not in ("up", "down", "none"):
            raise HardwareError(part, f"GPIO {pin.number} has pull {pin.pull!r}: choose up, down or none")
        if pin.number in seen:
            raise HardwareError(part, f"GPIO {pin.number} is named twice: give each its own pin")
        seen.add(pin.number)


def factory(part: str, name: str, chip_label: str | None = None) -> Any:
    """gpiozero's pin factory of that name; "lgpio" on the chip with that label, None for a Raspberry Pi's. Raises HardwareError."""
    if name == "mock":
        from gpiozero.pins.mock import MockFactory, MockPWMPin

        return MockFactory(pin_class=MockPWMPin)
    if name != "lgpio":
        raise HardwareError(part, f"pin factory {name!r} is not known: choose one of {', '.join(FACTORIES)}")
    try:
        lgpio = load_lgpio()
    except NoLgpio as error:
        raise HardwareError(part, str(error)) from error
    from hal.gpio_lines import Chip

    number = _chip_number(part, chip_label)
    try:
        return Chip(number)
    except lgpio.error as error:
        raise HardwareError(part, f"/dev/gpiochip{number} does not open ({error}): check the kernel's log") from error


def _chip_number(part: str, label: str | None) -> int:
    wanted = KNOWN_CHIPS if label is None else (label,)
    for chip in each_chip():
        if chip.why_not is None and chip.label in wanted:
            return chip.number
    there = "; ".join(f"{chip.path} {chip.why_not or chip.label}" for chip in chips()) or "none"
    raise HardwareError(part, f"no GPIO chip {' or '.join(wanted)} (there: {there}): set the chip's label in the configuration")


class Board:
    """The pins of one board for all parts of a process: make one and hand it to each, since gpiozero shares lines between factories.

    The chip is opened with the first pin and then kept. A part holds its pins until it releases them.
    """

    def __init__(self, name: str = "lgpio", chip_label: str | None = None) -> None:
        """`name` and `chip_label` as in `factory`. Touches no hardware."""
        self._name = name
        self._chip_label = chip_label
        self._factory: Any = None
        self._held: dict[int, tuple[str, Any]] = {}
        self._lock = RLock()

    def factory(self, part: str) -> Any:
        """gpiozero's factory behind this board. Raises HardwareError."""
        with self._lock:
            if self._factory is None:
                self._factory = factory(part, self._name, self._chip_label)
            return self._factory

    def input(self, part: str, pin: Pin) -> Any:
        """Hold a pin as input; returns gpiozero's pin, which filters no bounce. Raises HardwareError."""
        return self._claimed(part, pin.number, lambda line: line.input_with_pull("floating" if pin.pull == "none" else pin.pull))

    def output(self, part: str, output: Output) -> Any:
        """Hold a pin as output, off; returns gpiozero's pin. Raises HardwareError."""
        return self._claimed(part, output.number, lambda line: line.output_with_state(output.level(False)))

    def release(self, part: str) -> None:
        """Give back every pin of a part. Raises nothing."""
        with self._lock:
            for number in [number for number, (holder, _) in self._held.items() if holder == part]:
                _, line = self._held.pop(number)
                self._factory.pins.pop(line.info, None)
                with suppress(Exception):  # whatever it says, there is nothing more to give back
                    line.close()

    def _claimed(self, part: str, number: int, set_up: Callable[[Any], None]) -> Any:
        with self._lock:
            if number in self._held:
                raise HardwareError(part, f"GPIO {number} is in use by {self._held[number][0]}: give each its own pin")
            pins = self.factory(part)
            try:
                line = pins.pin(number)
                self._held[number] = part, line
                set_up(line)
            except Exception as error:  # two libraries raise here, with no root in common
                raise HardwareError(part, f"GPIO {number} cannot be used: {_mend(pins, number, error)}") from error
            return line


def _mend(pins: Any, number: int, error: Exception) -> str:
    """What stands in the way of a pin, and what to do."""
    match type(error).__name__:
        case "PinUnknownPi":
            return "gpiozero knows pins by the Raspberry Pi's model, and this is none: wire the camera to a Raspberry Pi"
        case "PinInvalidPin":
            return f"this board has GPIO {_numbers(pins)}: choose one of them"
        case "PinFixedPull":
            return f"{error}: set that pull, or choose another pin"
    user = _user(pins, number)
    if user:
        return f"{user!r} holds it: end that program or remove that dtoverlay, or choose another pin"
    return f"{error}: check the wiring and the kernel's log"


def _numbers(pins: Any) -> str:
    there = {int(pin.name[4:]) for header in pins.board_info.headers.values() for pin in header.pins.values() if "gpio" in pin.interfaces}
    return ", ".join(map(str, sorted(there)))


def _user(pins: Any, number: int) -> str:
    try:
        return str(pins.user(number))
    except Exception:  # the mock has none, and a chip that fails cannot say
        return ""
