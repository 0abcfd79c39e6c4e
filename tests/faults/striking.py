"""What stands for `os` inside `bwc_agent.files` and lets something happen at a chosen change to the disk."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

from bwc_agent import files

CHANGES: Final = frozenset({"open", "write", "fsync", "fdatasync", "link", "unlink", "replace", "mkdir"})
"""Every system call of the write primitives that changes the disk, or vouches for it."""

Strike = Callable[[str, tuple[Any, ...]], None]
"""Gets the name and the arguments of the call that it comes before; what it raises, the call raises."""


class Striking:
    """`os`, but that the `after`th change from now on (from 0; of those in `names`) is struck: once, or from then on each."""

    def __init__(self) -> None:
        self.changes: Counter[str] = Counter()
        """How many there were, by name."""
        self._left = 0
        self._strike: Strike | None = None
        self._for_ever = False
        self._names: frozenset[str] = CHANGES

    def strike(self, after: int, strike: Strike, *names: str, for_ever: bool = False) -> None:
        """Arm."""
        self._left, self._names, self._for_ever = after, frozenset(names) or CHANGES, for_ever
        self._strike = strike

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CHANGES:
            return real

        def counted(*arguments: Any, **options: Any) -> Any:
            self.changes[name] += 1
            self._meet(name, arguments)
            return real(*arguments, **options)

        return counted

    def _meet(self, name: str, arguments: tuple[Any, ...]) -> None:
        strike = self._strike
        if strike is None or name not in self._names:
            return
        self._left -= 1
        if self._left < 0:
            self._strike = strike if self._for_ever else None
            strike(name, arguments)


def die(name: str, arguments: tuple[Any, ...]) -> NoReturn:
    """A strike: this process is gone (SIGKILL), in the middle of the write where it is one."""
    if name == "write":
        os.write(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("no process outlives SIGKILL")


@contextmanager
def struck_disk() -> Iterator[Striking]:
    """Inside, the write primitives live on a disk that can be struck."""
    before, disk = files.os, Striking()  # type: ignore[attr-defined]
    files.os = disk  # type: ignore[assignment, attr-defined]
    try:
        yield disk
    finally:
        files.os = before  # type: ignore[attr-defined]
