"""device.toml as whoever builds the camera writes it: drivers, pins, ports; and how it becomes a `Device`.

Unknown keys, drivers and pins are refused with file, line and mend. The profiles in config/ show each board with its wiring.
"""

from collections.abc import Iterator
from dataclasses import fields
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bwc_agent.errors import ConfigError
from bwc_agent.evidence.names import check_serial
from bwc_agent.fleet import device
from bwc_agent.fleet.model import Table
from bwc_agent.fleet.units import parse_time, shown
from bwc_agent.units import TICKS, seconds
from hal.dock.rule import DockRule
from hal.errors import HardwareError


def _pin(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 53:
        raise ValueError(f"{shown(value)} is no pin: write its BCM number, 0 to 53 (0 to 27 are on the header)")
    return value


def _device(value: object) -> str:
    """An index is a name like any other."""
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value
    if type(value) is int and value >= 0:
        return str(value)
    raise ValueError(f'{shown(value)} names no device: write an index, a path or a name, as in 0 or "/dev/video0" (bwc devices lists them)')


PinNumber = Annotated[int, BeforeValidator(_pin)]
DeviceName = Annotated[str, BeforeValidator(_device)]
Level = Literal["low", "high"]


LATEST = seconds(0.2)
"""Sound later than that would count as missing."""


def _latency(value: object) -> int:
    found = parse_time(value)
    if found > LATEST:
        raise ValueError(f"{shown(value)} is more than is waited for sound: set 0 ms to 200 ms")
    return found


class Input(Table):
    """A button or a contact."""

    pin: PinNumber
    pull: Literal["up", "down", "none"] = "up"
    active: Level = "low"

    def frozen(self) -> device.InputPin:
        """The plain value."""
        return device.InputPin(self.pin, self.pull, self.active)


class Output(Table):
    """A light, a buzzer, a motor."""

    pin: PinNumber
    active: Level = "high"

    def frozen(self) -> device.OutputPin:
        """The plain value."""
        return device.OutputPin(self.pin, self.active)


class Camera(Table):
    """Where the picture comes from."""

    driver: Literal["opencv", "v4l2-h264", "rpi", "simulated"]
    device: DeviceName = "0"
    pixels: Literal["auto", "yuyv", "mjpeg"] = "auto"


class Microphone(Table):
    """Where the sound comes from."""

    driver: Literal["sounddevice", "simulated", "none"]
    device: DeviceName = "default"
    rate: Literal[48000, 44100, 32000, 16000] = 48_000
    offset: Annotated[int, BeforeValidator(_latency)] = 0


class Buttons(Table):
    """What the officer presses."""

    driver: Literal["gpiozero", "keyboard"]
    event: Input | None = None
    function: Input | None = None
    power: Input | None = None

    @model_validator(mode="after")
    def _pressable(self) -> "Buttons":
        if self.driver == "keyboard" and (self.event or self.function or self.power):
            raise ValueError('the keyboard has no pins: take them out, or write driver = "gpiozero"')
        if self.driver == "gpiozero" and self.event is None:
            raise ValueError("no event button: write its pin, as in event = { pin = 17 }")
        return self


class Indicator(Table):
    """What the officer sees, hears and feels."""

    driver: Literal["gpiozero", "terminal"]
    red: Output | None = None
    green: Output | None = None
    blue: Output | None = None
    buzzer: Output | None = None
    vibration: Output | None = None

    @model_validator(mode="after")
    def _visible(self) -> "Indicator":
        if self.driver == "terminal" and any((self.red, self.green, self.blue, self.buzzer, self.vibration)):
            raise ValueError('the terminal has no pins: take them out, or write driver = "gpiozero"')
        if self.driver == "gpiozero" and self.red is None:
            raise ValueError("no recording light: write its pin, as in red = { pin = 22 }")
        return self


class Location(Table):
    """The GPS receiver."""

    driver: Literal["nmea", "none"]
    port: str = "/dev/serial0"
    baud: Literal[4800, 9600, 19200, 38400, 57600, 115200] = 9600


class Power(Table):
    """Battery, charger, and how the power is cut."""

    driver: Literal["sysfs", "none"]
    battery: str = "auto"
    off: list[str] = Field(default_factory=list)


class Dock(Table):
    """What counts as docked."""

    driver: Literal["sysfs", "none"]
    mode: Literal["all", "any"] = "all"
    signs: list[str] = Field(default_factory=list)
    contact: Input | None = None

    @field_validator("signs")
    @classmethod
    def _signs(cls, signs: list[str]) -> list[str]:
        """As the driver reads them, so that a wrong word is refused here with its line."""
        try:
            if signs:
                DockRule.parse(signs)
        except HardwareError as error:
            raise ValueError(str(error).removeprefix("dock: ")) from error
        return signs

    @model_validator(mode="after")
    def _told(self) -> "Dock":
        if self.driver == "sysfs" and not self.signs:
            raise ValueError('no sign of a dock: write what tells it, as in signs = ["charger", "carrier:eth0"]')
        kinds = {sign.partition(":")[0] for sign in self.signs}
        sure = kinds & {"carrier", "gpio"}
        if self.signs and (not sure or (self.mode == "any" and kinds - sure)):
            # A power bank charges; and the kernel was seen to say "configured" of UDC long after the cable was gone.
            raise ValueError(
                "a charger or udc alone would close the camera on the street: ask for all of it and a carrier or gpio; "
                'as in mode = "all", signs = ["charger", "carrier:eth0"]'
            )
        if ("gpio" in self.signs) != (self.contact is not None):
            raise ValueError('the sign "gpio" and its pin belong together: contact = { pin = 23 }')
        return self


class Tamper(Table):
    """The enclosure's switch (IV.D)."""

    driver: Literal["gpiozero", "none"]
    contact: Input | None = None

    @model_validator(mode="after")
    def _wired(self) -> "Tamper":
        if (self.driver == "gpiozero") != (self.contact is not None):
            raise ValueError("the driver gpiozero and the switch's pin belong together: contact = { pin = 24 }")
        return self


class Gpio(Table):
    """The chip that the pins are on."""

    factory: Literal["lgpio"] = "lgpio"
    chip: str = "auto"


class DeviceTable(Table):
    """The whole of device.toml."""

    serial: str
    vault: str
    board: str = "unknown"
    root: str = "/"
    run: str = ""
    gpio: Gpio = Gpio()
    camera: Camera
    microphone: Microphone
    buttons: Buttons
    indicator: Indicator
    location: Location = Location(driver="none")
    power: Power = Power(driver="none")
    dock: Dock = Dock(driver="none")
    tamper: Tamper = Tamper(driver="none")

    @field_validator("serial")
    @classmethod
    def _serial(cls, value: str) -> str:
        try:
            check_serial(value)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("vault")
    @classmethod
    def _named(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise ValueError(f'{shown(value)} is no folder: write the path of the vault, as in "/var/lib/bwc"')
        return value

    def used_twice(self) -> tuple[tuple[str, str], str] | None:
        """The key of the second use of a pin, and what is wrong with it; None where each has its own."""
        used: dict[int, str] = {}
        for table, key, pin in self._pins():
            if pin in used:
                return (table, key), f"pin {pin} is {used[pin]} already: give each its own"
            used[pin] = f"{table}.{key}"
        return None

    def _pins(self) -> Iterator[tuple[str, str, int]]:
        for name, table in (("buttons", self.buttons), ("indicator", self.indicator), ("dock", self.dock), ("tamper", self.tamper)):
            for key in type(table).model_fields:
                value = getattr(table, key)
                if isinstance(value, Input | Output):
                    yield name, key, value.pin

    def frozen(self) -> device.Device:
        """The frozen values."""
        parts = {name: _frozen(getattr(self, name), kind) for name, kind in PARTS.items()}
        return device.Device(self.serial, self.vault, self.board, self.root, self.run, **parts)  # type: ignore[arg-type]


PARTS: dict[str, type] = {
    "gpio": device.Gpio,
    "camera": device.CameraPart,
    "microphone": device.MicrophonePart,
    "buttons": device.ButtonsPart,
    "indicator": device.IndicatorPart,
    "location": device.LocationPart,
    "power": device.PowerPart,
    "dock": device.DockPart,
    "tamper": device.TamperPart,
}


def _frozen(table: Table, kind: type) -> object:
    """A table as the frozen value of the same keys: lists become tuples, pins their plain values, an index its text."""
    values: dict[str, object] = {}
    for field in fields(kind):
        value = getattr(table, field.name)
        if isinstance(value, Input | Output):
            value = value.frozen()
        elif isinstance(value, list):
            value = tuple(value)
        elif field.name == "offset":
            value = value * 1_000_000_000 // TICKS
        values[field.name] = value
    return kind(**values)
