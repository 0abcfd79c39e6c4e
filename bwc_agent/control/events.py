"""Everything the controller can hear, and everything it can answer.

The agent turns each input into at most one event, asks the table, journals the event with its answer (the empty answer,
too) and carries the answer out in its order.
"""

from enum import Enum

from bwc_agent.control.gesture import GestureKind


class Event(Enum):
    """What happened; the values are the names in the journal. The first nine are the gestures, by the same names."""

    PRESS = "press"
    DOUBLE_PRESS = "double press"
    HOLD = "hold"
    FUNCTION_PRESS = "function press"
    FUNCTION_HOLD = "function hold"
    FUNCTION_TRIPLE = "function triple press"
    BOTH_HOLD = "both held"
    POWER_PRESS = "power press"
    POWER_HOLD = "power hold"
    TIMEOUT = "no second hold came"
    """`policy.confirm_within` has passed since the first hold of a short recording."""
    RING_READY = "ring ready"
    """The ring holds the pre-roll; sent whenever that is so and `Flag.READY` is not set."""
    RING_SHORT = "ring short"
    """The ring fell below the pre-roll; sent whenever that is so and `Flag.READY` is set."""
    SYNCED = "synced"
    """The drain of the recording *in hand* is on storage; a ticket of the recording before is not this event."""
    DOCKED = "docked"
    UNDOCKED = "undocked"
    CAMERA_LOST = "camera lost"
    CAMERA_BACK = "camera back"
    MICROPHONE_LOST = "microphone lost"
    MICROPHONE_BACK = "microphone back"
    PART_LOST = "part lost"
    """Any other part: location, buttons, indicator, power, dock, tamper switch, clock."""
    PART_BACK = "part back"
    STORAGE_SLOW = "storage slow"
    """Storage stalls; the queue holds what it cannot take."""
    STORAGE_WELL = "storage well"
    STORAGE_LOST = "storage lost"
    """A write or a sync failed: nothing more can be kept in this start."""
    STORAGE_BACK = "storage back"
    """A new start has its journal: what waited is written."""
    STORAGE_LOW = "storage low"
    """`policy.low_storage_minutes` of recording are left."""
    STORAGE_SCARCE = "storage scarce"
    """`policy.scarce_storage_minutes` of recording are left."""
    STORAGE_FULL = "storage full"
    """Only the reserve is left; what records goes on into it."""
    STORAGE_OVER = "storage over"
    """Of the reserve only that is left which closing a recording takes."""
    STORAGE_FREED = "storage freed"
    """There is more space again than the last alarm said."""
    TAMPER_OPEN = "enclosure opened"
    TAMPER_SHUT = "enclosure shut"
    BATTERY_LOW = "battery low"
    """The charge fell to what `policy` calls low, and again every `policy.low_battery_repeat`."""
    BATTERY_WELL = "battery well"
    DELIVERY_BEGAN = "delivery began"
    """The offloader says so, as it says the next two; nobody vouches for it."""
    DELIVERY_ENDED = "delivery ended"
    DELIVERY_FAILED = "delivery failed"
    OVERDUE = "evidence overdue"
    """The oldest sealed file on the card has no receipt after the agency's `offload.alarm`, by the recorder's own measure."""
    IN_TIME = "evidence in time"
    """No file has waited so long any more."""
    REMINDER = "reminder"
    SHUTDOWN = "shutdown"


def of_gesture(kind: GestureKind) -> Event:
    """The event of a gesture; total."""
    return Event(kind.value)


class Effect(Enum):
    """What the agent does; carried out in the order given."""

    START = "start recording"
    """From the gesture's first edge back through the ring."""
    STOP = "stop recording"
    """At the gesture's deciding time; the tracks may run on for the tail."""
    MARK = "marker"
    OPEN_SOURCES = "open camera and microphone"
    CLOSE_SOURCES = "close camera and microphone"
    """Release both, and forget the ring; where a STOP comes before it, once that recording's tail is in."""
    MUTE = "mute"
    UNMUTE = "unmute"
    STEALTH_ON = "stealth on"
    STEALTH_OFF = "stealth off"
    LOWER_BITRATE = "lower bitrate"
    """From the next keyframe on: the space left is to last longer."""
    FULL_BITRATE = "full bitrate"
    CLOSE_ALL = "close all"
    """Everything kept, closed and signed: the device goes off."""


class Signal(Enum):
    """What the officer hears and feels; the values are the names of the cues."""

    HEARD = "heard"
    RECORDING = "recording"
    STOPPED = "stopped"
    NOT_RECORDING = "not recording"
    HOLD_AGAIN = "hold again"
    MARKER = "marker"
    MUTED = "muted"
    UNMUTED = "unmuted"
    REFUSED = "refused"
    ASLEEP = "asleep"
    AWAKE = "awake"
    VISIBLE = "visible"
    """Stealth is over."""
    REMINDER = "reminder"
    LOW_BATTERY = "low battery"
    STORAGE_LOW = "storage low"
    STORAGE_FULL = "storage full"
    OVERDUE = "overdue"
    FAULT = "fault"


Answer = Effect | Signal
"""One step of an answer: a deed or a signal."""
