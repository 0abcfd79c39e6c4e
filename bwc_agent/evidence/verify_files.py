"""Sealed files against what the log binds of them: each file read once, its SHA-256 looked at on the way at every mark.

Nothing is opened by a name that a line carries: names come from the folder's listing, and a link, a pipe or a folder is
a finding, not a file.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bwc_agent.errors import StorageError
from bwc_agent.evidence.plain import PIECE, open_plain
from bwc_agent.evidence.recording_reader import SealedFile, State
from bwc_agent.evidence.verdict import Reason
from bwc_agent.evidence.verdict import State as Word
from bwc_agent.files import is_leftover

RECEIPTS: Final = "receipts"
"""The one folder within a recording."""

Progress = Callable[[int], None]
"""Told the number of bytes of sealed files read since it was told last."""


@dataclass(frozen=True, slots=True)
class Read:
    """How far a file is right: `right` bytes up to the last boundary that fits; `bad` the boundary that does not, or None.

    `length` is its length where it was read to the end.
    """

    right: int
    bad: int | None
    length: int


def listing(folder: Path) -> tuple[dict[str, Path], list[Reason]]:
    """The plain files of `folder` by name, what a power cut left half-written aside, and a finding for all that is neither.

    Raises StorageError if it cannot be read.
    """
    files: dict[str, Path] = {}
    reasons: list[Reason] = []
    for path, mode in _entries(folder):
        if stat.S_ISREG(mode):
            if not is_leftover(path):
                files[path.name] = path
        elif not (stat.S_ISDIR(mode) and path.name == RECEIPTS):
            reasons.append(Reason(Word.ALTERED, "is a link or a folder, which no recorder makes here; it was put there", path.name))
    return files, reasons


def is_bare(folder: Path) -> bool:
    """True for a real folder in which stands nothing, or only what a cut left half-written. Raises StorageError."""
    return folder.is_dir() and not folder.is_symlink() and all(stat.S_ISREG(m) and is_leftover(p) for p, m in _entries(folder))


def _entries(folder: Path) -> list[tuple[Path, int]]:
    try:
        return [(path, path.lstat().st_mode) for path in sorted(folder.iterdir())]
    except OSError as error:
        raise StorageError(f"cannot read {folder}: {error.strerror or error}; check permissions and the disk") from error


def silent(_: int) -> None:
    """The progress of somebody who does not want to know."""


def read_against(path: Path, bindings: Sequence[State], whole: State | None, progress: Progress = silent) -> Read:
    """Read `path` once and compare its beginnings with `bindings` (rising), and all of it with `whole`, if that is given.

    Stops at the first that does not fit, or behind the last binding where nothing binds the rest. Raises StorageError.
    """
    try:
        with open(open_plain(path), "rb", buffering=0) as file:
            length = os.fstat(file.fileno()).st_size
            return _compare(_Running(file.fileno(), progress), bindings, whole, length)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; check the disk") from error


class _Running:
    """SHA-256 of a growing beginning of one file, through one buffer."""

    def __init__(self, descriptor: int, progress: Progress) -> None:
        self._descriptor = descriptor
        self._progress = progress
        self._hash = hashlib.sha256()
        self._buffer = memoryview(bytearray(PIECE))
        self.at = 0

    def reach(self, offset: int) -> State:
        """Length and digest of the first `offset` bytes, or of all where the file ends before."""
        while self.at < offset:
            got = os.readv(self._descriptor, [self._buffer[: min(PIECE, offset - self.at)]])
            if not got:
                break
            self._hash.update(self._buffer[:got])
            self.at += got
            self._progress(got)
        return self.at, self._hash.hexdigest()


def _compare(running: _Running, bindings: Sequence[State], whole: State | None, length: int) -> Read:
    right = 0
    for bound in bindings:
        if running.reach(bound[0]) != bound:
            return Read(right, bound[0], length)
        right = bound[0]
    if whole is None:
        return Read(right, None, length)
    # One byte further than it should have: a longer file is as wrong as another one.
    return Read(whole[0], None, length) if running.reach(whole[0] + 1) == whole else Read(right, whole[0], length)


def findings(file: SealedFile, read: Read) -> Iterator[Reason]:
    """What the reading of one file means."""
    if read.bad is not None:
        short = f"it has {read.length} bytes instead of " if read.length < read.bad else ""
        what = f"{short}{read.bad} bytes" if short else f"its first {read.bad} bytes"
        yield Reason(Word.ALTERED, f"{what} are not those that the device signed; up to byte {read.right} they are", file.name)
    elif file.end is None and read.length > read.right:
        yield Reason(Word.UNSIGNED_TAIL, f"{read.length - read.right} bytes behind byte {read.right} are signed by nobody", file.name)
