"""Files with the immutable flag, for tests; a vault in which it is taken off at the end, so that it can be removed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bwc_agent.evidence.plain import opened
from bwc_agent.storage.immutable import Unprotectable, clear_immutable, is_immutable, set_immutable


@contextmanager
def flags_go(root: Path) -> Iterator[None]:
    """Inside, files below `root` may get the flag; skips where none can."""
    try:
        probe = root / "probe"
        probe.touch()
        with opened(probe) as descriptor:
            set_immutable(descriptor)
    except Unprotectable as error:
        pytest.skip(str(error))
    try:
        yield
    finally:
        for path in _files(root):
            with opened(path) as descriptor:
                clear_immutable(descriptor)


def flagged(root: Path) -> set[str]:
    """What has the flag below `root`."""
    found = set()
    for path in _files(root):
        with opened(path) as descriptor:
            if is_immutable(descriptor):
                found.add(path.relative_to(root).as_posix())
    return found


def _files(root: Path) -> list[Path]:
    return [Path(folder, name) for folder, _, names in os.walk(root) for name in names if not Path(folder, name).is_symlink()]
