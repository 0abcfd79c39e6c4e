"""Where the camera is: one state of six, and flags beside it. A value; nothing here changes in place."""

import enum
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class State(Enum):
    """The six states; the values are the names in journal and ledger."""

    FILLING = "filling"
    """Camera and microphone run, the ring does not hold its pre-roll yet."""
    STANDBY = "standby"
    """The ring holds the pre-roll (V.A.7)."""
    RECORDING = "recording"
    ASLEEP = "asleep"
    """Camera and microphone are closed at the officer's wish (II.B.2)."""
    DOCKED = "docked"
    """Idle in the dock; camera and microphone are closed."""
    OFF = "off"


class Flag(enum.Flag):
    """What is true beside the state."""

    NONE = 0
    READY = auto()
    """The ring holds the pre-roll."""
    SECURING = auto()
    """The drain of the recording in hand is not on storage yet."""
    MUTED = auto()
    STEALTH = auto()
    CONFIRM_STOP = auto()
    """A first hold came too soon; a second one stops."""
    DOCK_CONTACT = auto()
    CAMERA_LOST = auto()
    MICROPHONE_LOST = auto()
    STORAGE_SLOW = auto()
    STORAGE_LOST = auto()
    """Storage failed; what is seen waits in the ring for the next start."""
    STORAGE_LOW = auto()
    STORAGE_SCARCE = auto()
    STORAGE_FULL = auto()
    """Only the reserve is left: no recording begins."""
    LOW_BATTERY = auto()
    TAMPER = auto()
    """The enclosure is open (IV.D)."""
    DELIVERING = auto()
    """In the dock: the offloader says that it delivers."""
    DELIVERY_FAILING = auto()
    """In the dock: the offloader says what keeps it from that, or says nothing."""
    OVERDUE = auto()
    """Evidence on the card has waited longer for its receipt than the agency allows (IV.E)."""


TOLD: Final = Flag.DELIVERING | Flag.DELIVERY_FAILING
"""What the offloader says; nobody vouches for it."""


@dataclass(frozen=True, slots=True)
class Status:
    """State and flags together; `Flag.MUTED in status.flags` asks one of them."""

    state: State
    flags: Flag = Flag.NONE

    @property
    def recording(self) -> bool:
        """A recording is being made."""
        return self.state is State.RECORDING

    @property
    def sources_open(self) -> bool:
        """Camera and microphone are meant to be open."""
        return self.state in (State.FILLING, State.STANDBY, State.RECORDING)


BOOT = Status(State.FILLING)
"""The status at the start of the agent, which opens camera and microphone at once."""
