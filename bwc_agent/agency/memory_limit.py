"""A bound of memory around a foreign library: it believes the numbers in a stranger's file before it has seen what they count.

Measured: an MP4 of 16 kB whose table claims 50 million samples made libav take 1.7 GB. Its allocations fail where the kernel says no,
and it tells of that as of any other error. The limit is the process's, so nothing else should run meanwhile.
"""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_STATM: Final = Path("/proc/self/statm")


@contextmanager
def at_most(extra: int) -> Iterator[None]:
    """Inside, the process may take `extra` bytes of address space more than it has now; what asks for more gets a MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = int(_STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") + extra
    limit = wanted if soft == resource.RLIM_INFINITY else min(wanted, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
