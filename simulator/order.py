"""Whether the events of a scenario can follow each other: a hand has one thumb a button, a cable is pulled before it is plugged."""

import random
from collections.abc import Sequence
from typing import Final

from bwc_agent.fleet.units import show_time
from hal.interfaces import Button
from simulator.hands import edges
from simulator.verbs import Event, Verb

PAIRS: Final = (
    (Verb.UNPLUG_CAMERA, Verb.PLUG_CAMERA),
    (Verb.UNPLUG_MICROPHONE, Verb.PLUG_MICROPHONE),
    (Verb.UNPLUG_DESTINATION, Verb.PLUG_DESTINATION),
    (Verb.DIM, Verb.BRIGHT),
    (Verb.DOCK, Verb.UNDOCK),
    (Verb.OPEN_ENCLOSURE, Verb.SHUT_ENCLOSURE),
    (Verb.CUT_POWER, Verb.BOOT),
)
"""What begins something, and what ends it."""
CONTACTS: Final = frozenset({Verb.DOCK, Verb.OPEN_ENCLOSURE})
"""Begun anew after a boot: a start of the device knows of a contact what it is told since."""

AGAIN: Final = {Verb.BOOT: "the device is on", Verb.CUT_POWER: "the device is off"}
"""Why a verb is out of turn, where more can be said than that it is."""


def misplaced(events: Sequence[Event]) -> tuple[int, str] | None:
    """The index of the first of `events` (in order of time) that cannot happen there, and why; None where all can."""
    begun: set[Verb] = set()
    busy: dict[Button, int] = {}
    for index, event in enumerate(events):
        why = _out_of_turn(event, begun) or _hand_is_busy(event, busy)
        if why:
            return index, why
    return None


def _out_of_turn(event: Event, begun: set[Verb]) -> str | None:
    for begin, end in PAIRS:
        if event.verb is begin:
            if begin in begun:
                return _refused(event, AGAIN.get(begin, "that was done already"), end)
            begun.add(begin)
        if event.verb is end:
            if begin not in begun:
                return _refused(event, AGAIN.get(end, "there is nothing to undo"), begin)
            begun.discard(begin)
    if event.verb is Verb.BOOT:
        begun -= CONTACTS
    return None


def _refused(event: Event, why: str, mend: Verb) -> str:
    return f"{event.verb.value} at {show_time(event.at)}, but {why}: put {mend.value!r} before it"


def _hand_is_busy(event: Event, busy: dict[Button, int]) -> str | None:
    made = edges(event, 0, random.Random(0))
    for edge in made:
        until = busy.get(edge.button, -1)
        if event.at <= until:
            in_use = f"a hand is on the {edge.button.value} button until {show_time(until)}"
            return f"{event.verb.value} at {show_time(event.at)}, but {in_use}: put it later"
    busy |= {edge.button: edge.at for edge in made}
    return None
