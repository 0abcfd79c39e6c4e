"""Everything the core can hear besides packets. One stream carries all of it in order of availability.

Each input has `at`: its capture time in ticks, monotone within its source. Media rules compare capture times only.
"""

from dataclasses import dataclass
from enum import Enum

from hal.interfaces import Button, Light


class Source(Enum):
    """A part whose failure is journalled and survived."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    LOCATION = "location"
    BUTTONS = "buttons"
    INDICATOR = "indicator"
    STORAGE = "storage"
    POWER = "power"
    DOCK = "dock"
    TAMPER = "tamper"
    CLOCK = "clock"
    OFFLOAD = "offload"
    """No part that can be lost: it names why the offloader cannot be told or heard, or what waits on the card not be counted."""


@dataclass(frozen=True, slots=True)
class ButtonEdge:
    """A raw edge, bounce included."""

    at: int
    button: Button
    pressed: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went on to `at`; nothing else happened."""

    at: int


@dataclass(frozen=True, slots=True)
class DockChange:
    """Dock contact made (`docked`) or lost, already debounced by the driver."""

    at: int
    docked: bool


@dataclass(frozen=True, slots=True)
class TamperChange:
    """The enclosure was opened or shut (IV.D)."""

    at: int
    open: bool


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A part failed (`lost`) with a reason, or works again."""

    at: int
    source: Source
    lost: bool
    why: str


@dataclass(frozen=True, slots=True)
class PowerLevel:
    """Battery charge in percent, whether a charger feeds the device, and the minutes left, None where no one knows."""

    at: int
    percent: int
    charging: bool
    minutes_left: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """A fix: degrees * 1e7 (WGS 84), accuracy in millimetres. Comes only while recording (II.B.1)."""

    at: int
    latitude_e7: int
    longitude_e7: int
    accuracy_mm: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """A claim of wall time: at `at` the source said `utc_us` (microseconds since 1970), give or take `uncertainty_us`."""

    at: int
    utc_us: int
    source: str
    uncertainty_us: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What drivers have counted since the start: pictures lost, losses of sound, sentences refused."""

    at: int
    camera: int
    microphone: int
    location: int


@dataclass(frozen=True, slots=True)
class Noted:
    """What a part says of itself at an opening, such as whose clock its times are."""

    at: int
    source: Source
    says: str


@dataclass(frozen=True, slots=True)
class Synced:
    """Storage has durably kept everything up to the request `ticket`."""

    at: int
    ticket: int


@dataclass(frozen=True, slots=True)
class Reopened:
    """After storage had failed, start `start` has its journal; `before` is the start that it goes on from."""

    at: int
    start: int
    before: int


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes that the recorder may still write."""

    at: int
    free: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the offloader says of this docking, bounded and made plain text, and believed by nobody: whether it delivers, `done` of
    `files` files, `percent` of their bytes, and what is in its way (empty: nothing). Comes each second while docked."""

    at: int
    running: bool
    files: int
    done: int
    percent: int
    failing: str


@dataclass(frozen=True, slots=True)
class Held:
    """What on the card has no receipt yet, by the recorder's own count: sealed files of so many recordings, `bytes` together.

    The oldest was begun at the tick `began`, None if another process did; `utc_us` (microseconds since 1970) is when that was as
    its own start's clocks claimed it, None where none did.
    """

    at: int
    recordings: int
    bytes: int
    began: int | None
    utc_us: int | None


@dataclass(frozen=True, slots=True)
class LightShown:
    """The light was commanded; `shown` is what the part reads back, None where it cannot."""

    at: int
    light: Light
    shown: Light | None


@dataclass(frozen=True, slots=True)
class CuePlayed:
    """Buzzer and haptics were commanded at `at`."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class PowerOff:
    """The agent is asked to end in order (the service manager, the end of a scenario); `why` says by whom."""

    at: int
    why: str


Input = (
    ButtonEdge
    | Tick
    | DockChange
    | TamperChange
    | SourceChange
    | PowerLevel
    | Position
    | Anchor
    | Counts
    | Noted
    | Synced
    | Reopened
    | Space
    | Delivery
    | Held
    | LightShown
    | CuePlayed
    | PowerOff
)
