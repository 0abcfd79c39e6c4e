"""When this process began, so that the journal can say how long a start took."""

import os
import time
from pathlib import Path


def began_ns(stat: Path = Path("/proc/self/stat")) -> int:
    """CLOCK_MONOTONIC, ns, of the process's beginning, to 10 ms; now where the kernel does not tell.

    The kernel counts from the boot in its own ticks (proc(5), field 22), and goes on counting while the device is suspended.
    """
    now = time.monotonic_ns()
    try:
        field = stat.read_text().rpartition(")")[2].split()[19]
        since_boot = int(field) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return now
    return now - (time.clock_gettime_ns(time.CLOCK_BOOTTIME) - since_boot)
