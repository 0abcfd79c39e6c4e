"""How people write quantities in TOML: "60 s", "8 Mb/s", "1280x720". Each parser says what it would have taken."""

import re
import reprlib
from collections.abc import Callable, Mapping
from typing import Final

from bwc_agent.units import TICKS

_QUANTITY: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*([A-Za-z/]*)")
_TIMES: Final = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_DAY: Final = 86_400.0
_SPANS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": _DAY, "days": _DAY, "year": 365 * _DAY, "years": 365 * _DAY}
_RATES: Final = {"b/s": 1, "kb/s": 1_000, "Mb/s": 1_000_000}
_SPEEDS: Final = {"kB/s": 1_000, "MB/s": 1_000_000, "GB/s": 1_000_000_000}
_BYTES: Final = {"kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_SIZE: Final = re.compile(r"([0-9]{2,5})\s*x\s*([0-9]{2,5})")
_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlevel = 2


def shown(value: object) -> str:
    """`value` as a message repeats it: on one line, in print, never longer than some words."""
    return _SHORT.repr(value)


def bounded(parse: Callable[[object], int], least: str, most: str) -> Callable[[object], int]:
    """`parse`, refusing what is outside `least` to `most` (as a person writes them) by ValueError with the nearest allowed value."""
    low, high = parse(least), parse(most)

    def parser(value: object) -> int:
        found = parse(value)
        if not low <= found <= high:
            raise ValueError(f"{shown(value)} is out of bounds: set {least} to {most}; the nearest is {least if found < low else most}")
        return found

    return parser


def _quantity(value: object, units: Mapping[str, float], example: str) -> float:
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2] not in units:
        raise ValueError(f'{shown(value)} is not understood: write a number and a unit ({", ".join(units)}), as in "{example}"')
    return float(match[1]) * units[match[2]]


def parse_time(value: object) -> int:
    """Ticks of a time such as "600 ms", "30 s", "2 min"; a bare number and one below 0 are refused. Raises ValueError."""
    return round(_quantity(value, _TIMES, "30 s") * TICKS)


def _span(value: object) -> int:
    return round(_quantity(value, _SPANS, "180 days"))


parse_span = bounded(_span, "1 s", "100 years")
"""Seconds of a schedule such as "5 min", "180 days" or "7 years" (of 365 days). Raises ValueError."""


def parse_bitrate(value: object) -> int:
    """Bits a second of a rate such as "8 Mb/s". Raises ValueError."""
    return round(_quantity(value, _RATES, "8 Mb/s"))


def parse_speed(value: object) -> int:
    """Bytes a second of a speed such as "20 MB/s". Raises ValueError."""
    return round(_quantity(value, _SPEEDS, "20 MB/s"))


def parse_bytes(value: object) -> int:
    """Bytes of an amount such as "64 GB". Raises ValueError."""
    return round(_quantity(value, _BYTES, "64 GB"))


def parse_size(value: object) -> tuple[int, int]:
    """Width and height in pixels, both even, of a size such as "1280x720". Raises ValueError."""
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'{shown(value)} is not a picture size: write width x height, as in "1280x720"')
    width, height = int(match[1]), int(match[2])
    if width % 2 or height % 2 or not (320 <= width <= 3840 and 180 <= height <= 2160):
        nearest = f"{_even(width, 320, 3840)}x{_even(height, 180, 2160)}"
        raise ValueError(f"{width}x{height} cannot be encoded: use even numbers from 320x180 to 3840x2160; the nearest is {nearest}")
    return width, height


def _even(value: int, least: int, most: int) -> int:
    return min(max(value - value % 2, least), most)


def show_time(ticks: int) -> str:
    """A time as a person writes it."""
    return f"{ticks / TICKS:g} s"
