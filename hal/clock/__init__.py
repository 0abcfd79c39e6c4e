"""Clocks, one driver a file, chosen by name. Wall time is a claim; two claims tell whether it was set in between."""

from hal.interfaces import ClockReading


def stepped(previous: ClockReading, now: ClockReading) -> int:
    """Microseconds by which wall time left monotonic time between two readings of one clock; negative where it was set back.

    Slewing shows as well (up to 0.5 ms a second by the kernel, up to 83 ms by chrony), and so does a machine's sleep, which
    CLOCK_MONOTONIC does not count.
    """
    return now.utc_us - previous.utc_us - (now.monotonic_ns - previous.monotonic_ns + 500) // 1000
