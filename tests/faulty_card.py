"""A card that fails when it is told to: it stands for `os` below the write primitives, for the whole process."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bwc_agent import files

SYNCS = ("fdatasync", "fsync")
WRITES = ("write",)
MAKES = ("open", "mkdir", "link", "unlink", "replace")
"""Of `open` only where it makes a file."""


class FaultyCard:
    """`fail(calls, error, times, after)`: of these system calls `after` go well, then `times` raise `error`; all, where `times` is None."""

    def __init__(self) -> None:
        self._calls: tuple[str, ...] = ()
        self._error, self._left, self._after = 0, 0, 0
        self.refused = 0
        """How many calls have failed."""
        self.asked = 0
        """How many calls there were."""

    def fail(self, calls: tuple[str, ...], error: int = errno.EIO, times: int | None = 1, after: int = 0) -> None:
        self._error, self._left, self._after, self._calls = error, -1 if times is None else times, after, calls

    def mend(self) -> None:
        self._calls = ()

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in (*SYNCS, *WRITES, *MAKES):
            return real

        def call(*args: Any, **options: Any) -> Any:
            if name == "open" and not args[1] & os.O_CREAT:
                return real(*args, **options)
            self.asked += 1
            if name in self._calls:
                self._after -= 1
                if self._after < 0 and self._left:
                    self._left -= 1
                    self.refused += 1
                    raise OSError(self._error, os.strerror(self._error))
            return real(*args, **options)

        return call


@contextmanager
def faulty_card() -> Iterator[FaultyCard]:
    """Inside, the write primitives live on such a card."""
    with pytest.MonkeyPatch.context() as patch:
        card = FaultyCard()
        patch.setattr(files, "os", card)
        yield card
