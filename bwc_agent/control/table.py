"""The controller, as a table: read it beside the officer's manual. `python -m bwc_agent.control.table` prints it.

For a state and an event the first row whose guard holds is the answer; the last one for each pair has no guard. What a row
does not do is not done: a row without answers says that the event is journalled and nothing else, and why.

Seven things that the manual must tell:
- *Securing.* While the drain of a fresh recording is not on storage, presses do nothing: a nervous double press must not litter
  the recording with markers. A hold, a mute and the dock do work: each is deliberate, and a card that stalls must
  not keep an officer from stopping where a camera may not run (II.B.2).
- *Unmute and stealth off* stand in every row that ends them, and are left out where there is nothing to undo.
- *Faults never end a recording.* They are shown, and it goes on; while storage fails, the ring holds it.
- *Space runs out in steps.* An alarm, then a coarser picture, then no new recording, and last the one being made is closed in order.
- *Stealth outlasts the power-off*, for the last signals are given by the status after it; only the dock ends it.
- *Closed parts cannot fail.* Asleep or docked, a loss is not news; opening them asks anew.
- *Overdue evidence is said where the officer can do something about it*, at a boot, a waking, and on the way into and out of the dock,
  never in the middle of an encounter. What the offloader says counts in the dock alone, and moves nothing but the light.
"""

from bwc_agent.control.events import Answer, Effect, Event, Signal
from bwc_agent.control.row import Guard, Row
from bwc_agent.control.status import TOLD, Flag, State

F, S, R, A, D, OFF = State.FILLING, State.STANDBY, State.RECORDING, State.ASLEEP, State.DOCKED, State.OFF
ON = (F, S, R, A, D)
SOURCES_LOST = Flag.CAMERA_LOST | Flag.MICROPHONE_LOST
PER_RECORDING = Flag.SECURING | Flag.MUTED | Flag.CONFIRM_STOP

BEGIN = (Signal.HEARD, Effect.UNMUTE, Effect.START)
BEGIN_CLOSED = (Signal.HEARD, Effect.OPEN_SOURCES, Effect.UNMUTE, Effect.START)
END = (Effect.STOP, Effect.UNMUTE, Signal.STOPPED)
END_DOCKED = (Effect.STOP, Effect.UNMUTE, Signal.STOPPED, Effect.STEALTH_OFF, Effect.CLOSE_SOURCES)
TO_DOCK = Flag.READY | Flag.STEALTH | PER_RECORDING | SOURCES_LOST
FROM_DOCK = Flag.DOCK_CONTACT | SOURCES_LOST | TOLD
WAKE = (Effect.OPEN_SOURCES, Signal.AWAKE)
DOCK = (Effect.UNMUTE, Effect.STEALTH_OFF, Effect.CLOSE_SOURCES)


def _starts(event: Event, guard: Guard, note: str) -> tuple[Row, ...]:
    fresh = Flag.MUTED | Flag.CONFIRM_STOP
    closed = fresh | SOURCES_LOST | TOLD
    return (
        Row((F, S), event, note, guard, R, Flag.SECURING, fresh, BEGIN),
        Row((A, D), event, f"{note}; camera and microphone open", guard, R, Flag.SECURING, closed, BEGIN_CLOSED),
    )


def _no_room(event: Event, guard: Guard) -> Row:
    return Row((F, S, A, D), event, "no space to begin a recording: dock the camera", guard, answers=(Signal.STORAGE_FULL,))


STARTING = (
    _no_room(Event.DOUBLE_PRESS, Guard.STORAGE_FULL),
    _no_room(Event.HOLD, Guard.HOLD_STARTS_FULL),
    *_starts(Event.DOUBLE_PRESS, Guard.ALWAYS, "a recording starts at once, with what the ring holds"),
    *_starts(Event.HOLD, Guard.HOLD_STARTS, "where the agency trains it so, a hold starts as well"),
    Row((F, S, A, D), Event.HOLD, "nothing to stop", answers=(Signal.NOT_RECORDING,)),
    Row((F, S, A, D), Event.PRESS, "one press does not start: say so", answers=(Signal.NOT_RECORDING,)),
    Row((R,), Event.SYNCED, "what the ring held is on storage", Guard.SECURING, clears=Flag.SECURING, answers=(Signal.RECORDING,)),
    Row((R,), Event.SYNCED, "nothing: it was secured before"),
    Row((F, S, A, D), Event.SYNCED, "nothing: the recording was stopped before it was secured"),
)

MARKING = tuple(
    row
    for event in (Event.PRESS, Event.DOUBLE_PRESS)
    for row in (
        Row((R,), event, "nothing: wait for the red light", Guard.SECURING),
        Row((R,), event, "one marker", answers=(Effect.MARK, Signal.MARKER)),
    )
)

NOTHING_KEPT = Flag.STORAGE_LOST | Flag.SECURING


def _stops(event: Event, note: str, answers: tuple[Answer, ...] = ()) -> tuple[Row, ...]:
    return (
        Row((R,), event, f"{note}; the camera is idle in the dock", Guard.IN_DOCK, D, clears=TO_DOCK, answers=(*END_DOCKED, *answers)),
        Row((R,), event, f"{note}; ready for the next", Guard.RING_READY, S, clears=PER_RECORDING, answers=(*END, *answers)),
        Row((R,), event, f"{note}; the ring fills", to=F, clears=PER_RECORDING, answers=(*END, *answers)),
    )


STOPPING = (
    Row((R,), Event.HOLD, "too soon: hold again to stop", Guard.TOO_SOON, sets=Flag.CONFIRM_STOP, answers=(Signal.HOLD_AGAIN,)),
    *_stops(Event.HOLD, "the recording stops"),
    Row((R,), Event.TIMEOUT, "no second hold came: the recording goes on", clears=Flag.CONFIRM_STOP),
    Row((F, S, A, D), Event.TIMEOUT, "nothing: no stop is pending"),
)

FUNCTION = (
    Row(ON, Event.FUNCTION_PRESS, "nothing: the function button is held or pressed three times"),
    Row((R,), Event.FUNCTION_HOLD, "the agency does not allow mute", Guard.MUTE_FORBIDDEN, answers=(Signal.REFUSED,)),
    Row((R,), Event.FUNCTION_HOLD, "sound again", Guard.MUTED, clears=Flag.MUTED, answers=(Effect.UNMUTE, Signal.UNMUTED)),
    Row((R,), Event.FUNCTION_HOLD, "no sound until the next hold or the stop", sets=Flag.MUTED, answers=(Effect.MUTE, Signal.MUTED)),
    Row((F, S, A, D), Event.FUNCTION_HOLD, "nothing to mute", answers=(Signal.NOT_RECORDING,)),
    Row((F, S, R, A), Event.FUNCTION_TRIPLE, "the agency does not allow stealth", Guard.STEALTH_FORBIDDEN, answers=(Signal.REFUSED,)),
    Row(
        (F, S, R, A), Event.FUNCTION_TRIPLE, "light, sound and vibration work again", Guard.STEALTH,
        clears=Flag.STEALTH, answers=(Effect.STEALTH_OFF, Signal.VISIBLE),
    ),
    Row((F, S, R, A), Event.FUNCTION_TRIPLE, "dark and silent", sets=Flag.STEALTH, answers=(Effect.STEALTH_ON,)),
    Row((D,), Event.FUNCTION_TRIPLE, "no stealth in the dock", answers=(Signal.REFUSED,)),
)  # fmt: skip

SLEEPING = (
    Row(
        (F, S), Event.BOTH_HOLD, "camera and microphone close; there is no pre-roll", to=A,
        clears=Flag.READY | PER_RECORDING | SOURCES_LOST, answers=(Effect.UNMUTE, Effect.CLOSE_SOURCES, Signal.ASLEEP),
    ),
    Row(
        (A,), Event.BOTH_HOLD, "awake, and evidence waits: dock it soon", Guard.OVERDUE, F, clears=SOURCES_LOST,
        answers=(*WAKE, Signal.OVERDUE),
    ),
    Row((A,), Event.BOTH_HOLD, "awake: the ring fills", to=F, clears=SOURCES_LOST, answers=WAKE),
    Row((R,), Event.BOTH_HOLD, "no sleep while recording: stop first", answers=(Signal.REFUSED,)),
    Row((D,), Event.BOTH_HOLD, "no sleep in the dock: all is closed", answers=(Signal.REFUSED,)),
    Row((R,), Event.REMINDER, "still recording", answers=(Signal.REMINDER,)),
    Row((A,), Event.REMINDER, "still asleep", answers=(Signal.ASLEEP,)),
    Row((F, S, D), Event.REMINDER, "nothing: nobody needs reminding"),
)  # fmt: skip

DOCKING = (
    Row(
        (F, S, A), Event.DOCKED, "evidence waits: leave it in the dock until the light is blue", Guard.OVERDUE, D, Flag.DOCK_CONTACT,
        TO_DOCK, (*DOCK, Signal.OVERDUE),
    ),
    Row((F, S, A), Event.DOCKED, "idle in the dock: camera and microphone close", Guard.ALWAYS, D, Flag.DOCK_CONTACT, TO_DOCK, DOCK),
    Row(
        (R,), Event.DOCKED, "the agency stops recordings in the dock", Guard.DOCK_STOPS, D, Flag.DOCK_CONTACT, TO_DOCK, END_DOCKED
    ),
    Row((R,), Event.DOCKED, "the recording goes on; the camera is docked after the stop", sets=Flag.DOCK_CONTACT),
    Row((D,), Event.DOCKED, "nothing: it is docked"),
    Row(
        (D,), Event.UNDOCKED, "out of the dock, and evidence waits: dock it again", Guard.OVERDUE, F, clears=FROM_DOCK,
        answers=(Effect.OPEN_SOURCES, Signal.OVERDUE),
    ),
    Row((D,), Event.UNDOCKED, "out of the dock: the ring fills", to=F, clears=FROM_DOCK, answers=(Effect.OPEN_SOURCES,)),
    Row((F, S, R, A), Event.UNDOCKED, "the contact is gone", clears=Flag.DOCK_CONTACT),
)  # fmt: skip

RING = (
    Row((F, R), Event.RING_READY, "nothing: what the ring holds is old", Guard.CAMERA_LOST),
    Row((F,), Event.RING_READY, "ready", to=S, sets=Flag.READY),
    Row((S, R), Event.RING_READY, "the next press has its pre-roll", sets=Flag.READY),
    Row((A, D), Event.RING_READY, "nothing: the ring was let go"),
    Row((S,), Event.RING_SHORT, "not ready: the ring fills", to=F, clears=Flag.READY),
    Row((F, R), Event.RING_SHORT, "the next press has no full pre-roll", clears=Flag.READY),
    Row((A, D), Event.RING_SHORT, "nothing: the ring was let go"),
)

LOST = Flag.CAMERA_LOST
PARTS = (
    Row((S,), Event.CAMERA_LOST, "not ready: no picture", to=F, sets=LOST, clears=Flag.READY, answers=(Signal.FAULT,)),
    Row((F, R), Event.CAMERA_LOST, "no picture; a recording goes on", sets=LOST, clears=Flag.READY, answers=(Signal.FAULT,)),
    Row((A, D), Event.CAMERA_LOST, "nothing: it is closed"),
    Row((F, S, R), Event.CAMERA_BACK, "pictures again", clears=LOST),
    Row((A, D), Event.CAMERA_BACK, "nothing: it is closed"),
    Row((F, S, R), Event.MICROPHONE_LOST, "silence in its place", sets=Flag.MICROPHONE_LOST, answers=(Signal.FAULT,)),
    Row((A, D), Event.MICROPHONE_LOST, "nothing: it is closed"),
    Row((F, S, R), Event.MICROPHONE_BACK, "sound again", clears=Flag.MICROPHONE_LOST),
    Row((A, D), Event.MICROPHONE_BACK, "nothing: it is closed"),
    Row(ON, Event.PART_LOST, "a part failed; the rest goes on", answers=(Signal.FAULT,)),
    Row(ON, Event.PART_BACK, "nothing: it works again"),
    Row(ON, Event.TAMPER_OPEN, "the enclosure is open", sets=Flag.TAMPER, answers=(Signal.FAULT,)),
    Row(ON, Event.TAMPER_SHUT, "the enclosure is shut", clears=Flag.TAMPER),
)

SPACE = Flag.STORAGE_LOW | Flag.STORAGE_SCARCE | Flag.STORAGE_FULL
RESOURCES = (
    Row((R,), Event.STORAGE_SLOW, "the card stalls; a cut may cost more", sets=Flag.STORAGE_SLOW, answers=(Signal.FAULT,)),
    Row((F, S, A, D), Event.STORAGE_SLOW, "the card stalls; nothing waits for it", sets=Flag.STORAGE_SLOW),
    Row(ON, Event.STORAGE_WELL, "the card keeps up", clears=Flag.STORAGE_SLOW),
    Row((R,), Event.STORAGE_LOST, "nothing is kept: it goes on in the next start", sets=NOTHING_KEPT, answers=(Signal.FAULT,)),
    Row((F, S, A, D), Event.STORAGE_LOST, "storage failed: a new start is tried", sets=Flag.STORAGE_LOST, answers=(Signal.FAULT,)),
    Row(ON, Event.STORAGE_BACK, "a new start; what waited is written", clears=Flag.STORAGE_LOST),
    Row(ON, Event.STORAGE_LOW, "few hours of space are left: dock soon", sets=Flag.STORAGE_LOW, answers=(Signal.STORAGE_LOW,)),
    Row(
        ON,
        Event.STORAGE_SCARCE,
        "little space is left: a coarser picture makes it last",
        sets=Flag.STORAGE_SCARCE,
        answers=(Effect.LOWER_BITRATE, Signal.STORAGE_LOW),
    ),
    Row(ON, Event.STORAGE_FULL, "only the reserve is left: dock the camera", sets=Flag.STORAGE_FULL, answers=(Signal.STORAGE_FULL,)),
    *_stops(Event.STORAGE_OVER, "the last space closes the recording", (Signal.STORAGE_FULL,)),
    Row((F, S, A, D), Event.STORAGE_OVER, "nothing: nothing records"),
    Row(ON, Event.STORAGE_FREED, "there is space", clears=SPACE, answers=(Effect.FULL_BITRATE,)),
    Row((F, S, R, A), Event.BATTERY_LOW, "little charge left", sets=Flag.LOW_BATTERY, answers=(Signal.LOW_BATTERY,)),
    Row((D,), Event.BATTERY_LOW, "the dock feeds it", sets=Flag.LOW_BATTERY),
    Row(ON, Event.BATTERY_WELL, "charged", clears=Flag.LOW_BATTERY),
)

NOT_DOCKED = (F, S, R, A)
OFFLOADING = (
    Row((D,), Event.DELIVERY_BEGAN, "it delivers", sets=Flag.DELIVERING, clears=Flag.DELIVERY_FAILING),
    Row((D,), Event.DELIVERY_ENDED, "nothing is left to deliver", clears=TOLD),
    Row((D,), Event.DELIVERY_FAILED, "it cannot deliver: it goes on trying", sets=Flag.DELIVERY_FAILING, clears=Flag.DELIVERING),
    *(
        Row(NOT_DOCKED, event, "nothing: it is not idle in the dock")
        for event in (Event.DELIVERY_BEGAN, Event.DELIVERY_ENDED, Event.DELIVERY_FAILED)
    ),
    Row((F,), Event.OVERDUE, "evidence waits too long for its receipt: dock it soon", sets=Flag.OVERDUE, answers=(Signal.OVERDUE,)),
    Row((S, R, A, D), Event.OVERDUE, "evidence waits too long; it is said at the next dock or waking", sets=Flag.OVERDUE),
    Row(ON, Event.IN_TIME, "what was overdue has its receipt", clears=Flag.OVERDUE),
)

GOING_OFF = (
    *(
        row
        for event in (Event.SHUTDOWN, Event.POWER_HOLD)
        for row in (
            Row((R,), event, "the recording is closed in order", to=OFF, clears=~Flag.STEALTH, answers=(*END, Effect.CLOSE_ALL)),
            Row((F, S, A, D), event, "off", to=OFF, clears=~Flag.STEALTH, answers=(Effect.UNMUTE, Effect.CLOSE_ALL)),
        )
    ),
    Row(ON, Event.POWER_PRESS, "nothing: the power button is held"),
    *(Row((OFF,), event, "nothing: it is off") for event in Event),
)

TABLE: tuple[Row, ...] = (
    *STARTING, *MARKING, *STOPPING, *FUNCTION, *SLEEPING, *DOCKING, *RING, *PARTS, *RESOURCES, *OFFLOADING, *GOING_OFF,
)  # fmt: skip
"""Every state with every event; order counts within a pair."""


if __name__ == "__main__":
    from bwc_agent.control.manual import render

    print(render(TABLE))
