"""One unit of time for the whole agent: ticks of 1/48000 s of CLOCK_MONOTONIC.

It is the sample clock of the sound and the timescale of both tracks, so a comparison never needs a conversion,
and an integer number of ticks stays below 2^53 for six thousand years. Drivers speak nanoseconds; they are
converted once, where the stream of inputs begins.
"""

from typing import Final

TICKS: Final = 48_000
"""Ticks in one second."""
AAC_FRAME: Final = 1_024
"""Samples, and so ticks, in one AAC access unit (ISO/IEC 14496-3)."""


def seconds(value: float) -> int:
    """Ticks nearest to `value` seconds."""
    return round(value * TICKS)


def ticks_from_ns(nanoseconds: int) -> int:
    """Ticks of a CLOCK_MONOTONIC time in nanoseconds, rounded down."""
    return nanoseconds * 3 // 62_500


def ns_from_ticks(ticks: int) -> int:
    """Nanoseconds of a time in ticks, rounded up, so that `ticks_from_ns(ns_from_ticks(t)) == t`."""
    return -(-ticks * 62_500 // 3)
