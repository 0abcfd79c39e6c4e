"""What stands for `os` inside `bwc_agent.files` and lets something happen at a chosen change to the disk: a refusal, a cut, a kill.

A cut here has one outcome; `tests/faults/disk.py` knows every one that a file system allows.
"""

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from bwc_agent import files

SYNCS: Final = ("fdatasync", "fsync")
WRITES: Final = ("write",)
MAKES: Final = ("open", "mkdir", "link", "unlink", "replace")
CHANGES: Final = frozenset({*SYNCS, *WRITES, *MAKES})
"""Every system call of the write primitives that changes the disk, or vouches for it."""

Strike = Callable[[str, tuple[Any, ...]], None]
"""Gets the name and the arguments of the call that it comes before; what it raises, the call raises."""


class Striking:
    """`os`, but that of the changes from now on (of those in `names`) `after` are made, and then `times` are struck; None: all."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        """The changes that were asked for, by name, in order."""
        self.struck = 0
        """How many of them were struck."""
        self.unsynced: dict[int, Path] = {}
        """Files that were made and never synced since, by descriptor."""
        self._strike: Strike | None = None
        self._names: frozenset[str] = CHANGES
        self._after, self._times = 0, 0

    def strike(self, after: int, strike: Strike, *names: str, times: int | None = 1) -> None:
        """Arm; what was armed before is forgotten."""
        self._after, self._strike, self._names = after, strike, frozenset(names) or CHANGES
        self._times = -1 if times is None else times

    def mend(self) -> None:
        """Strike no more."""
        self._strike = None

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CHANGES:
            return real

        def counted(*arguments: Any, **options: Any) -> Any:
            self.calls.append(name)
            self._meet(name, arguments)
            result = real(*arguments, **options)
            if name == "open" and arguments[1] & os.O_CREAT:
                self.unsynced[result] = Path(arguments[0])
            elif name in SYNCS:
                self.unsynced.pop(arguments[0], None)
            return result

        return counted

    def _meet(self, name: str, arguments: tuple[Any, ...]) -> None:
        if self._strike is None or name not in self._names:
            return
        self._after -= 1
        if self._after < 0 and self._times:
            self._times -= 1
            self.struck += 1
            self._strike(name, arguments)


def tear(name: str, arguments: tuple[Any, ...]) -> None:
    """The part of a strike that does half of a write."""
    if name == "write":
        os.write(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])


def die(name: str, arguments: tuple[Any, ...]) -> NoReturn:
    """A strike: this process is gone (SIGKILL), in the middle of the write where it is one."""
    tear(name, arguments)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("no process outlives SIGKILL")


def refusing(error: int = errno.EIO) -> Strike:
    """A strike: the card refuses with that errno, and does nothing of what it was asked."""

    def refuse(_name: str, _arguments: tuple[Any, ...]) -> NoReturn:
        raise OSError(error, os.strerror(error))

    return refuse


class Cut(BaseException):
    """The power is gone."""


@contextmanager
def struck_disk() -> Iterator[Striking]:
    """Inside, the write primitives live on a disk that can be struck."""
    with pytest.MonkeyPatch.context() as patch:
        disk = Striking()
        patch.setattr(files, "os", disk)
        yield disk


@contextmanager
def refusing_disk(at: int, error: int) -> Iterator[Striking]:
    """Inside, change number `at` (from 0) is refused, and only that."""
    with struck_disk() as disk:
        disk.strike(at, refusing(error))
        yield disk


@contextmanager
def cut_disk(at: int) -> Iterator[Striking]:
    """Inside, the power goes at change number `at` (from 0): a write is torn, any other loses what was not synced; nothing follows."""
    with struck_disk() as disk:

        def cut(name: str, arguments: tuple[Any, ...]) -> NoReturn:
            if disk.struck == 1:
                tear(name, arguments)
                for path in disk.unsynced.values() if name != "write" else ():
                    os.truncate(path, 0)
            raise Cut

        disk.strike(at, cut, times=None)
        yield disk
