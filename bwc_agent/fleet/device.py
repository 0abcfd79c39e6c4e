"""What one device is made of, frozen: which driver stands behind each part, and what it needs. Plain values; reading them loads nothing.

Pins are BCM numbers. A part whose driver is "none" is not there, and the journal says so.
"""

from dataclasses import dataclass, field

from bwc_agent.evidence.lines import Json

NONE = "none"


@dataclass(frozen=True, slots=True)
class InputPin:
    """A contact: `pull` is "up", "down" or "none"; `active` ("low", "high") is the level of a pressed button or a closed contact."""

    pin: int
    pull: str = "up"
    active: str = "low"


@dataclass(frozen=True, slots=True)
class OutputPin:
    """A light, buzzer or motor; `active` ("low", "high") is the level that switches it on."""

    pin: int
    active: str = "high"


@dataclass(frozen=True, slots=True)
class CameraPart:
    """`device` is an index, a path or a card's name (opencv, v4l2-h264); `pixels` "auto", "yuyv" or "mjpeg" (opencv)."""

    driver: str = "opencv"
    device: str = "0"
    pixels: str = "auto"


@dataclass(frozen=True, slots=True)
class MicrophonePart:
    """`device` is PortAudio's index or part of a name, "default" for the system's; `offset` in nanoseconds is its measured latency."""

    driver: str = "sounddevice"
    device: str = "default"
    rate: int = 48_000
    offset: int = 0


@dataclass(frozen=True, slots=True)
class ButtonsPart:
    """Keys of a terminal, or pins."""

    driver: str = "keyboard"
    event: InputPin | None = None
    function: InputPin | None = None
    power: InputPin | None = None


@dataclass(frozen=True, slots=True)
class IndicatorPart:
    """The terminal's panel, or pins."""

    driver: str = "terminal"
    red: OutputPin | None = None
    green: OutputPin | None = None
    blue: OutputPin | None = None
    buzzer: OutputPin | None = None
    vibration: OutputPin | None = None


@dataclass(frozen=True, slots=True)
class LocationPart:
    """A GPS receiver on a serial port."""

    driver: str = NONE
    port: str = "/dev/serial0"
    baud: int = 9600


@dataclass(frozen=True, slots=True)
class PowerPart:
    """The battery's name below power_supply, "auto" for the only one; `off` is the command that cuts the power, empty for none."""

    driver: str = NONE
    battery: str = "auto"
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DockPart:
    """`all` or `any` of the signs: "charger", "carrier:eth0", "udc", "gpio" (then `contact` is its pin)."""

    driver: str = NONE
    mode: str = "all"
    signs: tuple[str, ...] = ()
    contact: InputPin | None = None


@dataclass(frozen=True, slots=True)
class TamperPart:
    """The enclosure's switch, closed while the enclosure is shut."""

    driver: str = NONE
    contact: InputPin | None = None


@dataclass(frozen=True, slots=True)
class Gpio:
    """The pin factory by name, and the chip by its label; "auto" takes a Raspberry Pi's."""

    factory: str = "lgpio"
    chip: str = "auto"


@dataclass(frozen=True, slots=True)
class Device:
    """The whole of device.toml. `vault` is the folder of keys and evidence; `root` is what /sys and /run are read below.

    `run` is the folder in which recorder and offloader tell each other how far they are; empty: they do not.
    """

    serial: str
    vault: str
    board: str = "unknown"
    root: str = "/"
    run: str = ""
    gpio: Gpio = field(default_factory=Gpio)
    camera: CameraPart = field(default_factory=CameraPart)
    microphone: MicrophonePart = field(default_factory=MicrophonePart)
    buttons: ButtonsPart = field(default_factory=ButtonsPart)
    indicator: IndicatorPart = field(default_factory=IndicatorPart)
    location: LocationPart = field(default_factory=LocationPart)
    power: PowerPart = field(default_factory=PowerPart)
    dock: DockPart = field(default_factory=DockPart)
    tamper: TamperPart = field(default_factory=TamperPart)

    def stated(self) -> dict[str, Json]:
        """What the journal says that the device is made of: each part with its driver and where it is."""
        where = f"{self.camera.driver} {self.camera.device}"
        heard = f"{self.microphone.driver} {self.microphone.device}"
        others = {
            "buttons": self.buttons.driver,
            "dock": self.dock.driver,
            "indicator": self.indicator.driver,
            "location": self.location.driver,
            "power": self.power.driver,
            "tamper": self.tamper.driver,
        }
        return {"board": self.board, "camera": where, "microphone": heard, **others}
