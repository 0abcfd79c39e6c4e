"""What an input costs: memory at once, and steps; both are the same on every machine, however busy it is."""

import sys
import tracemalloc
from types import FrameType
from typing import Any

from tests.fuzz.target import Target


def takes_in_bounds(target: Target, data: bytes) -> bool:
    """What `target.takes` says; no more memory is taken at once than `data` is worth: no length that it claims may be believed."""
    bound = target.allowance + target.a_byte * len(data)
    taken, peak = _measured(target, data)
    if peak > bound:  # another thread of the process, or something loaded for the first time, may have taken it
        _, peak = _measured(target, data)
    assert peak <= bound, f"{peak} bytes of memory for an input of {len(data)}"
    return taken


def _measured(target: Target, data: bytes) -> tuple[bool, int]:
    tracemalloc.start()
    try:
        taken = target.takes(data)
        return taken, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def steps(target: Target, data: bytes) -> int:
    """Lines of Python that run while the target reads `data`; what runs inside C is not seen."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        target.takes(data)
    finally:
        sys.settrace(before)
    return count
