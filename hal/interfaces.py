"""The contract of every part the agent touches. Drivers and the simulator stand behind these; nothing else does.

Common rules:
- Times are nanoseconds of CLOCK_MONOTONIC (`*_ns`), monotone within one source. A time of 0 is a time.
- `open()` and `close()` may be called again and again; closed means that the part is released, not ignored.
- A blocking `read()` returns None once the source has ended for good, and raises `HardwareError` when the part
  failed; after that, `close()` and `open()` may bring it back.
- `close()` may come from another thread while `read()` waits; that `read()` then returns None soon.
- Cameras and microphones never keep a reader waiting: with no picture or block for max(1 s, 10 periods), `read()`
  raises `HardwareError`. All other parts may wait for ever.
- A driver counts and reports what the part lost; it never invents what the part did not give.
- No driver falls back silently to another.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt


class Pixels(Enum):
    """How a picture lies in memory; the values are FFmpeg's names."""

    I420 = "yuv420p"
    """Shape (height * 3 // 2, width)."""
    NV12 = "nv12"
    """Shape (height * 3 // 2, width)."""
    YUYV = "yuyv422"
    """Shape (height, width, 2)."""
    JPEG = "mjpeg"
    """Shape (bytes,): one whole JPEG file."""


class Colour(Enum):
    """Matrix and range of a picture's YCbCr, as its camera makes it; it is tagged, never converted."""

    BT709 = "BT.709, limited range"
    BT601 = "BT.601, limited range"
    BT601_FULL = "BT.601, full range"


@dataclass(frozen=True, slots=True)
class Frame:
    """One raw picture as the camera gave it; `image` is uint8, in the shape that its `pixels` names."""

    capture_ns: int
    image: npt.NDArray[np.uint8]
    pixels: Pixels = Pixels.I420
    colour: Colour = Colour.BT709


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One H.264 access unit from a camera that encodes: NAL units with 4-byte lengths, SPS and PPS in band at each IDR."""

    capture_ns: int
    keyframe: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """Sound as it arrived. `samples` is int16, shape (n,), mono; `arrival_ns` is taken when the last sample was there."""

    arrival_ns: int
    samples: npt.NDArray[np.int16]


class Part(Protocol):
    """What can be opened and closed."""

    def open(self) -> None:
        """Take the part. Raises HardwareError."""
        ...

    def close(self) -> None:
        """Release the part; never raises."""
        ...


class RawCamera(Part, Protocol):
    """A camera that gives pictures; width and height in pixels, both even; rate in frames per second (nominal)."""

    width: int
    height: int
    rate: float

    def read(self) -> Frame | None:
        """The next picture; None at the end. Raises HardwareError."""
        ...


@runtime_checkable
class EncodedCamera(Part, Protocol):
    """A camera that gives H.264 without B-frames."""

    width: int
    height: int
    rate: float

    def read_unit(self) -> AccessUnit | None:
        """The next access unit; None at the end. Raises HardwareError."""
        ...


class Microphone(Part, Protocol):
    """A mono source of nominally `rate` samples a second; its clock may be off and its arrival jitter."""

    rate: int

    def read(self) -> AudioBlock | None:
        """The next block; None at the end. Raises HardwareError."""
        ...


class Button(Enum):
    """The buttons an officer can feel: the large event button, the function button, and the power button."""

    EVENT = "event"
    FUNCTION = "function"
    POWER = "power"


@dataclass(frozen=True, slots=True)
class Edge:
    """A raw electrical edge, bounce included; `pressed` is the level after it."""

    button: Button
    pressed: bool
    capture_ns: int


class Buttons(Part, Protocol):
    """Raw edges with their own time; nothing is debounced below the gesture machine."""

    def read(self) -> Edge | None:
        """The next edge; None at the end. Raises HardwareError."""
        ...


class Light(Enum):
    """What the recording indicator shows."""

    OFF = "off"
    GREEN = "green"
    GREEN_SLOW = "green, slow blink"
    AMBER_FAST = "amber, fast blink"
    RED = "red"
    RED_BLINK = "red, 500 ms blink"
    BLUE = "blue"
    BLUE_SLOW = "blue, slow blink"
    BLUE_FAST = "blue, fast blink"
    AMBER_SLOW = "amber, slow blink"


@dataclass(frozen=True, slots=True)
class Cue:
    """A signal to the officer: `tones` and `vibrations` count short pulses; `name` says what it means."""

    name: str
    tones: int
    vibrations: int


class Indicator(Part, Protocol):
    """Light, buzzer and haptics. Commands return at once; a part that cannot read itself back says None."""

    def show(self, light: Light) -> None:
        """Set the light. Raises HardwareError."""
        ...

    def play(self, cue: Cue) -> None:
        """Sound and vibrate. Raises HardwareError."""
        ...

    def shown(self) -> Light | None:
        """The light as read back from the part, or None where it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Fix:
    """A position: degrees * 1e7 (WGS 84), accuracy in millimetres."""

    capture_ns: int
    latitude_e7: int
    longitude_e7: int
    accuracy_mm: int


@dataclass(frozen=True, slots=True)
class ClockReading:
    """An anchor: at `monotonic_ns` the source claimed `utc_us` (microseconds since 1970), give or take `uncertainty_us`."""

    monotonic_ns: int
    utc_us: int
    source: str
    uncertainty_us: int


class Location(Part, Protocol):
    """Position fixes, and the receiver's time where it gives one; open only while recording (II.B.1: no tracking)."""

    def read(self) -> Fix | ClockReading | None:
        """The next fix or time; None at the end. Raises HardwareError."""
        ...


@dataclass(frozen=True, slots=True)
class PowerReading:
    """Battery charge in percent (0-100), whether a charger feeds the device, and the minutes left, None where nobody knows."""

    capture_ns: int
    percent: int
    charging: bool
    minutes_left: int | None = None


class Power(Part, Protocol):
    """Battery and charger."""

    def read(self) -> PowerReading | None:
        """The next reading; None at the end. Raises HardwareError."""
        ...


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that changed: the dock's, or the enclosure's tamper switch (`closed` = docked, or enclosure shut)."""

    capture_ns: int
    closed: bool


class Dock(Part, Protocol):
    """The dock's contact."""

    def read(self) -> Contact | None:
        """The next change; None at the end. Raises HardwareError."""
        ...


class TamperSwitch(Part, Protocol):
    """The enclosure's switch (IV.D)."""

    def read(self) -> Contact | None:
        """The next change; None at the end. Raises HardwareError."""
        ...


class Clock(Protocol):
    """Wall time as a claim; never asked by the core, only turned into anchors."""

    def read(self) -> ClockReading:
        """The claim of this moment."""
        ...


class SigningKey(Protocol):
    """A P-256 key that signs, in RAM or in a token; it cannot be read back through this."""

    def sign_digest(self, digest: bytes) -> bytes:
        """DER of the ECDSA signature over a SHA-256 `digest` (32 bytes), deterministic (RFC 6979). Raises HardwareError."""
        ...

    def public_der(self) -> bytes:
        """SubjectPublicKeyInfo in DER."""
        ...
