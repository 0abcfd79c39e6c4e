"""A hand on the buttons: gestures as the raw edges that a real contact gives, bounce included."""

import random
from collections.abc import Iterator

from bwc_agent.control.inputs import ButtonEdge
from bwc_agent.units import seconds
from hal.interfaces import Button
from simulator.verbs import DEFAULT_HOLD, Event, Verb

TAP = seconds(0.12)
BETWEEN = seconds(0.3)
E, F = Button.EVENT, Button.FUNCTION
TAPS = {Verb.PRESS: (E, 1), Verb.DOUBLE_PRESS: (E, 2), Verb.FUNCTION_PRESS: (F, 1), Verb.FUNCTION_TRIPLE: (F, 3)}
HOLDS = {Verb.HOLD: (E,), Verb.FUNCTION_HOLD: (F,), Verb.HOLD_BOTH: (E, F), Verb.POWER_HOLD: (Button.POWER,)}


def edges(event: Event, origin: int, made: random.Random) -> list[ButtonEdge]:
    """The edges of a gesture that begins at `origin + event.at` ticks; none for what no hand does."""
    at, out = origin + event.at, list[ButtonEdge]()
    if event.verb in TAPS:
        button, count = TAPS[event.verb]
        for k in range(count):
            out += _contact(button, at + k * BETWEEN, TAP, made)
    for button in HOLDS.get(event.verb, ()):
        held = seconds(event.numbers[0] if event.numbers else DEFAULT_HOLD)
        out += _contact(button, at, held, made)
    return sorted(out, key=lambda edge: edge.at)


def _contact(button: Button, at: int, held: int, made: random.Random) -> Iterator[ButtonEdge]:
    """Down and up, each with up to three bounces within 8 ms."""
    for moment, level in ((at, True), (at + held, False)):
        yield ButtonEdge(moment, button, level)
        bounces = sorted(made.randrange(48, 384) for _ in range(2 * made.randint(0, 3)))
        for k, late in enumerate(bounces):
            yield ButtonEdge(moment + late, button, level is bool(k % 2))
