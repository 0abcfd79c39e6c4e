"""What can happen in a scenario, in the words of its TOML: "double press", "hold 3 s", "fix 41.8781 -87.6298"."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bwc_agent.fleet.complaints import did_you_mean
from bwc_agent.fleet.units import shown


class Verb(Enum):
    """What can be done; the values are the words of the TOML. `TAKES` says what numbers follow."""

    PRESS = "press"
    DOUBLE_PRESS = "double press"
    HOLD = "hold"
    FUNCTION_PRESS = "function press"
    FUNCTION_HOLD = "function hold"
    FUNCTION_TRIPLE = "function triple"
    HOLD_BOTH = "hold both"
    POWER_HOLD = "power hold"
    DOCK = "dock"
    UNDOCK = "undock"
    UNPLUG_CAMERA = "unplug camera"
    PLUG_CAMERA = "plug camera"
    UNPLUG_MICROPHONE = "unplug microphone"
    PLUG_MICROPHONE = "plug microphone"
    DIM = "dim"
    BRIGHT = "bright"
    OPEN_ENCLOSURE = "open enclosure"
    SHUT_ENCLOSURE = "shut enclosure"
    FIX = "fix"
    BATTERY = "battery"
    STALL_STORAGE = "stall storage"
    SET_CLOCK = "set clock"
    UNPLUG_DESTINATION = "unplug destination"
    PLUG_DESTINATION = "plug destination"
    CUT_POWER = "cut power"
    BOOT = "boot"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that follows a verb: its unit, which may be left out, and what it may be."""

    unit: str
    least: float
    most: float


DEFAULT_HOLD: Final = 3.2
"""Seconds of a hold that does not say how long."""
OPTIONAL: Final = frozenset({Verb.HOLD, Verb.FUNCTION_HOLD, Verb.HOLD_BOTH, Verb.POWER_HOLD})
"""Verbs whose numbers may be left out."""
TAKES: Final[dict[Verb, tuple[Amount, ...]]] = {
    **{verb: (Amount("s", 0.05, 60.0),) for verb in OPTIONAL},
    Verb.FIX: (Amount("", -90.0, 90.0), Amount("", -180.0, 180.0)),
    Verb.BATTERY: (Amount("%", 0.0, 100.0),),
    Verb.SET_CLOCK: (Amount("", 1970, 2199),),
    Verb.STALL_STORAGE: (Amount("s", 0.01, 3600.0),),
}
_WORDS: Final = {verb.value: verb for verb in Verb}
# Spaces between words have one way to be read: with two, the time to refuse a long row of them grows with its square.
_DO: Final = re.compile(r"([^0-9%+.\s-]+(?:\s+[^0-9%+.\s-]+)*)\s*(.*)", re.DOTALL)
_NUMBER: Final = re.compile(r"\s*(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([a-z%]*)(?![0-9.])")


@dataclass(frozen=True, slots=True)
class Event:
    """At `at` ticks after the world began, `verb` with `numbers` (seconds, percent, degrees or a year)."""

    at: int
    verb: Verb
    numbers: tuple[float, ...] = ()


def parse_do(text: str) -> tuple[Verb, tuple[float, ...]]:
    """The verb and numbers of a `do`. Raises ValueError with a suggestion."""
    match = _DO.fullmatch(text.strip())
    verb = _WORDS.get(" ".join(match[1].split())) if match else None
    if match is None or verb is None:
        said = match[1] if match else text
        raise ValueError(f"{shown(text)} is nothing that can be done; {did_you_mean(said[:60], _WORDS, 'known')}")
    amounts, rest = TAKES.get(verb, ()), match[2].strip()
    if not rest and (verb in OPTIONAL or not amounts):
        return verb, ()
    numbers: list[float] = []
    for amount in amounts:
        found = _NUMBER.match(rest)
        if found is None or found[2] not in ("", amount.unit):
            raise ValueError(_usage(text, verb))
        numbers.append(_within(float(found[1]), amount, verb))
        rest = rest[found.end() :]
    if rest:
        raise ValueError(_usage(text, verb))
    return verb, tuple(numbers)


def _within(number: float, amount: Amount, verb: Verb) -> float:
    if not amount.least <= number <= amount.most:
        unit = f" {amount.unit}" if amount.unit else ""
        nearest = amount.least if number < amount.least else amount.most
        allowed = f"{amount.least:g} to {amount.most:g}{unit}"
        raise ValueError(f"{verb.value!r} takes {allowed}, not {number:g}{unit}: the nearest allowed is {nearest:g}{unit}")
    return number


def _usage(text: str, verb: Verb) -> str:
    amounts = TAKES.get(verb, ())
    if not amounts:
        return f"{shown(text)}: {verb.value!r} takes 0 numbers; leave them out"
    form = " ".join(f"N {amount.unit}".strip() for amount in amounts)
    count = f"{len(amounts)} number{'s' * (len(amounts) != 1)}"
    return f'{shown(text)}: {verb.value!r} takes {count}: write "{verb.value} {form}"'
