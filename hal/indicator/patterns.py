"""Which output is on when: rhythms of light, pulses of tone and vibration. Tables, pure.

With red, green and blue each light has its own colour. With red and green the blue ones become short green flashes. Any
other choice of LEDs tells everything by the rhythm of one, red before green before blue: at least half lit says that it
records (even blinking; fast: securing; steady: something is missing), and the number of short flashes says what else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from hal.interfaces import Cue, Light

Colour = Literal["red", "green", "blue"]
COLOURS: Final[tuple[Colour, ...]] = ("red", "green", "blue")


@dataclass(frozen=True, slots=True)
class Step:
    """Which LEDs are lit for `ms` milliseconds."""

    ms: int
    lit: frozenset[Colour]


@dataclass(frozen=True, slots=True)
class Pulse:
    """Whether buzzer and motor are on for `ms` milliseconds."""

    ms: int
    tone: bool
    vibration: bool


def _steps(*lit: Colour, on: int, off: int = 0, times: int = 1, pause: int = 0) -> tuple[Step, ...]:
    """Lit for `on` and dark for `off`, so many times, then dark for `pause` more."""
    flashes = (Step(on, frozenset(lit)), Step(off, frozenset())) * times
    return tuple(step for step in (*flashes[:-1], Step(off + pause, frozenset())) if step.ms)


PATTERNS: Final[Mapping[Light, tuple[Step, ...]]] = MappingProxyType(
    {
        Light.OFF: (Step(1000, frozenset()),),
        Light.GREEN: _steps("green", on=1000),
        Light.GREEN_SLOW: _steps("green", on=1000, off=1000),
        Light.AMBER_FAST: _steps("red", "green", on=125, off=125),
        Light.RED: _steps("red", on=1000),
        Light.RED_BLINK: _steps("red", on=500, off=500),
        Light.BLUE: _steps("blue", on=1000),
        Light.BLUE_SLOW: _steps("blue", on=1000, off=1000),
        Light.BLUE_FAST: _steps("blue", on=125, off=125),
        Light.AMBER_SLOW: _steps("red", "green", on=1000, off=1000),
    }
)
"""Each light in colour; a pattern of one step is steady."""

FLASHES: Final[Mapping[Light, int]] = MappingProxyType(
    {Light.GREEN: 1, Light.GREEN_SLOW: 2, Light.BLUE: 3, Light.BLUE_SLOW: 4, Light.BLUE_FAST: 5, Light.AMBER_SLOW: 6}
)
"""Where the colour is not there: so many short flashes, each three seconds anew."""


def pattern(light: Light, there: frozenset[Colour]) -> tuple[Step, ...]:
    """The steps of a light on the LEDs that are there (at least one)."""
    if there >= {"red", "green"}:
        own = "blue" in there or all("blue" not in step.lit for step in PATTERNS[light])
        return PATTERNS[light] if own else _flashing(light, "green")
    one = next(colour for colour in COLOURS if colour in there)
    if light in FLASHES:
        return _flashing(light, one)
    return tuple(Step(step.ms, frozenset({one} if step.lit else ())) for step in PATTERNS[light])


def _flashing(light: Light, colour: Colour) -> tuple[Step, ...]:
    times = FLASHES[light]
    return _steps(colour, on=100, off=200, times=times, pause=3000 - 300 * times)


def lit_at(steps: tuple[Step, ...], elapsed_ns: int) -> tuple[frozenset[Colour], int | None]:
    """What is lit so long after the pattern began, and in how many nanoseconds that changes; None for never."""
    if len(steps) == 1:
        return steps[0].lit, None
    left = elapsed_ns % (sum(step.ms for step in steps) * 1_000_000)
    for step in steps:
        left -= step.ms * 1_000_000
        if left < 0:
            return step.lit, -left
    raise AssertionError("a pattern has steps")


def pulses(cue: Cue, buzzer: bool, motor: bool) -> tuple[Pulse, ...]:
    """A cue on what is there, tones and vibrations together; where one of the two is missing, the other gives its pulses, too, last.

    100 ms on and off each, and a pause at the end, so that the next cue is not taken for more of this one.
    """
    if not (buzzer or motor) or not (cue.tones or cue.vibrations):
        return ()
    if buzzer and motor:
        beats = [(k < cue.tones, k < cue.vibrations) for k in range(max(cue.tones, cue.vibrations))]
        return (*_train(beats), _PAUSE)
    both = [_train([(buzzer, motor)] * count) for count in (cue.tones, cue.vibrations) if count]
    return tuple(pulse for train in both for pulse in (*train, _PAUSE))


_PAUSE: Final = Pulse(300, False, False)


def _train(beats: list[tuple[bool, bool]]) -> list[Pulse]:
    return [pulse for tone, vibration in beats for pulse in (Pulse(100, tone, vibration), Pulse(100, False, False))]
