"""Stands for `os` below the write primitives: does what is asked, without waiting for the disk, and writes down each call.

Only what happens below one root is written down. What a cut would leave is not decided here: see `disk.py`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest

from bwc_agent import files
from bwc_agent.storage import inbox
from tests.faults.disk import FOLDER, Change, Disk, Operation, SyncFile, SyncFolder, Write

Moment = TypeVar("Moment")


@dataclass(frozen=True, slots=True)
class Call(Generic[Moment]):
    """One operation, and when it came."""

    operation: Operation
    moment: Moment


class Tape(Generic[Moment]):
    """The calls below `root`, in order; `now` is asked at each. Calls of other kinds, or elsewhere, are the real `os`'s."""

    def __init__(self, root: Path, now: Callable[[], Moment]) -> None:
        self.calls: list[Call[Moment]] = []
        self.before = Disk(root)
        """The tree as it was at the beginning."""
        self._kernel = deepcopy(self.before)
        self._now = now
        self._open: dict[int, int | Path] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def _note(self, operation: Operation) -> None:
        self._kernel.apply(operation)
        self.calls.append(Call(operation, self._now()))

    def _inside(self, path: str | Path) -> bool:
        return Path(path).is_relative_to(self._kernel.root)

    def _place(self, path: str | Path, dir_fd: int | None) -> Path:
        folder = None if dir_fd is None else self._open.get(dir_fd)
        return folder / path if isinstance(folder, Path) else Path(path)

    def _named(self, **changed: tuple[Path, int | None]) -> None:
        (folder,) = {path.parent for path, _ in changed.values()}
        self._note(Change(folder, {path.name: file for path, file in changed.values()}))

    def open(self, path: str | Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        """A folder, or a file that is new or there."""
        descriptor, place = os.open(path, flags, mode, dir_fd=dir_fd), self._place(path, dir_fd)
        if self._inside(place):
            known = self._kernel.find(place)
            if known == FOLDER or place == self._kernel.root:
                self._open[descriptor] = place
            elif known is not None:
                self._open[descriptor] = known
            else:
                self._open[descriptor] = new = self._kernel.new_file()
                self._named(made=(place, new))
        return descriptor

    def close(self, descriptor: int) -> None:
        """Promises nothing."""
        self._open.pop(descriptor, None)
        os.close(descriptor)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Appends: nothing on the device writes anywhere else than at a file's end."""
        done, file = os.write(descriptor, data), self._open.get(descriptor)
        if isinstance(file, int):
            self._note(Write(file, bytes(data[:done])))
        return done

    def fsync(self, descriptor: int) -> None:
        """Of a file or of a folder."""
        opened = self._open.get(descriptor)
        if opened is not None:
            self._note(SyncFolder(opened) if isinstance(opened, Path) else SyncFile(opened))

    fdatasync = fsync

    def link(self, source: Path, path: Path, *, follow_symlinks: bool = True) -> None:
        """A second name."""
        os.link(source, path, follow_symlinks=follow_symlinks)
        if self._inside(path):
            self._named(new=(path, self._kernel.find(source)))

    def unlink(self, path: str | Path, *, dir_fd: int | None = None) -> None:
        """One name less."""
        os.unlink(path, dir_fd=dir_fd)
        if self._inside(place := self._place(path, dir_fd)):
            self._named(gone=(place, None))

    def replace(self, source: Path, path: Path) -> None:
        """One name takes another's place."""
        os.replace(source, path)
        if self._inside(path):
            self._named(old=(source, None), new=(path, self._kernel.find(source)))

    def mkdir(self, path: Path, mode: int = 0o777) -> None:
        """A new folder."""
        os.mkdir(path, mode)
        if self._inside(path):
            self._named(new=(path, FOLDER))


@contextmanager
def taped(root: Path, now: Callable[[], Moment]) -> Iterator[Tape[Moment]]:
    """Inside, all that the device writes below `root` is on the tape."""
    with pytest.MonkeyPatch.context() as patch:
        tape = Tape(root, now)
        for module in (files, inbox):
            patch.setattr(module, "os", tape)
        yield tape
