"""A world that ends: the write primitives' system calls, counted, and cut or refused at a chosen one.

A cut tears the write it meets, takes what was not yet synced, and lets nothing happen after it. A refusal is one
OSError, after which the world goes on. A cut here has one outcome; `tests/faults/disk.py` knows every one that a file
system allows.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bwc_agent import files

_CHANGES = {"open", "write", "fsync", "fdatasync", "link", "unlink", "replace", "mkdir"}


class Cut(BaseException):
    """The power is gone."""


class World:
    """Stands for `os` inside `bwc_agent.files`. Call number `at` (from 0) is cut, or refused with `refuse` (an errno)."""

    def __init__(self, at: int | None = None, refuse: int | None = None) -> None:
        self.calls: list[str] = []
        self._at = at
        self._refuse = refuse
        self._dead = False
        self._unsynced: dict[int, Path] = {}

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in _CHANGES:
            return real

        def counted(*args: Any, **options: Any) -> Any:
            if self._dead:
                raise Cut
            self.calls.append(name)
            if len(self.calls) - 1 == self._at:
                self._strike(name, args)
            result = real(*args, **options)
            self._remember(name, args, result)
            return result

        return counted

    def _strike(self, name: str, args: tuple[Any, ...]) -> None:
        if self._refuse is not None:
            raise OSError(self._refuse, os.strerror(self._refuse))
        self._dead = True
        if name == "write":
            os.write(args[0], bytes(args[1])[: len(args[1]) // 2])
        else:
            for path in self._unsynced.values():
                os.truncate(path, 0)
        raise Cut

    def _remember(self, name: str, args: tuple[Any, ...], result: Any) -> None:
        if name == "open" and args[1] & os.O_CREAT:
            self._unsynced[result] = Path(args[0])
        elif name in ("fsync", "fdatasync"):
            self._unsynced.pop(args[0], None)


@contextmanager
def world(at: int | None = None, refuse: int | None = None) -> Iterator[World]:
    """Inside, the write primitives live in a `World`."""
    with pytest.MonkeyPatch.context() as patch:
        made = World(at, refuse)
        patch.setattr(files, "os", made)
        yield made


FULL = errno.ENOSPC
