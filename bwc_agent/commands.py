"""What the core asks of the world besides storage: light, signals, and which parts are open."""

from dataclasses import dataclass

from bwc_agent.control.inputs import Source
from bwc_agent.evidence.requests import Request
from hal.interfaces import Cue, Light


@dataclass(frozen=True, slots=True)
class Show:
    """Set the light."""

    at: int
    light: Light


@dataclass(frozen=True, slots=True)
class Play:
    """Sound and vibrate."""

    at: int
    cue: Cue


@dataclass(frozen=True, slots=True)
class Capture:
    """Open or close a part; closed means released, and opening what is open changes nothing."""

    at: int
    source: Source
    open: bool


@dataclass(frozen=True, slots=True)
class Bitrate:
    """Encode pictures with so many bits a second from the next keyframe on, where the part can."""

    at: int
    bits: int


@dataclass(frozen=True, slots=True)
class Reopen:
    """Storage has failed: try to begin another start on it, whose journal goes back to `at`."""

    at: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more will come; `device_off` asks for the power to be cut (the reserve, or a long power press)."""

    at: int
    device_off: bool


Command = Request | Show | Play | Capture | Bitrate | Reopen | Finished
