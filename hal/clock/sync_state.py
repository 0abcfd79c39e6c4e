"""What the kernel and the programs that set its clock say of it: whether somebody keeps it, who, and how far it may be off.

The kernel is asked with adjtimex, which chrony, ntpd and systemd-timesyncd all report to, and which needs no privilege to
read. chrony reports only with `rtcsync` in its configuration (Debian's has it). A unit with `ProtectClock=yes` may not even
read it: allow it with `SystemCallFilter=adjtimex clock_adjtime`.
"""

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path

NOBODY_VOUCHES_US = 100 * 365 * 86_400 * 1_000_000
"""A hundred years: nobody vouches for this time. A Raspberry Pi without network wakes at the time when it was shut down."""
TIMESYNCD_US = 250_000
"""timesyncd reports an error of 0; this stands for the way to its server, as long one way as the other only on a good network."""

_UNSYNCHRONISED = 0x0040
_NANOSECONDS = 0x2000
_FAILED = -1


@dataclass(frozen=True, slots=True)
class Kernel:
    """The kernel's own account: `error_us` is its bound of the error while `synchronised`, corrections still to come included."""

    synchronised: bool
    error_us: int


@dataclass(frozen=True, slots=True)
class State:
    """Who keeps the clock, in words for an anchor, and the bound of its error in microseconds."""

    source: str
    uncertainty_us: int


class _Timex(ctypes.Structure):
    """Linux's struct timex as far as it is read here; the rest is room for it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 64),
    )


def kernel() -> Kernel | None:
    """The kernel's account; None where it may not be asked."""
    timex = _Timex()
    try:
        answer = int(ctypes.CDLL(None).adjtimex(ctypes.byref(timex)))
    except (OSError, AttributeError):
        return None
    if answer == _FAILED:
        return None
    offset_us = abs(timex.offset) // (1000 if timex.status & _NANOSECONDS else 1)
    return Kernel(not timex.status & _UNSYNCHRONISED, timex.maxerror + offset_us)


def state(told: Kernel | None, root: Path) -> State:
    """What an anchor may say, from the kernel's account and the traces that programs leave under `root`; never raises."""
    if told is None:
        return State("system clock, synchronisation unknown", NOBODY_VOUCHES_US)
    if not told.synchronised:
        return State("system clock, not synchronised", NOBODY_VOUCHES_US)
    if os.path.isdir(root / "run/chrony"):
        return State("system clock, synchronised by chrony", told.error_us)
    if os.path.exists(root / "run/systemd/timesync/synchronized"):
        return State("system clock, synchronised by timesyncd", told.error_us + TIMESYNCD_US)
    return State("system clock, synchronised", told.error_us)
