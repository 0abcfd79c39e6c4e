"""What an input costs: memory at once, and steps; both are the same on every machine, however busy it is."""

import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.fuzz.target import Target


@contextmanager
def bounded(target: Target, data: bytes) -> Iterator[None]:
    """Inside, no more memory is taken at once than `data` is worth: no length that it claims may be believed."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= target.allowance + target.a_byte * len(data), f"{peak} bytes of memory for an input of {len(data)}"


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
