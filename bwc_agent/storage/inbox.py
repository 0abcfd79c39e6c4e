"""Reading what came from outside, as if an enemy had put it there: a pipe must not hang us, a link not lead us elsewhere.

Each file is opened once, relative to the open folder, and everything that is asked is asked of that descriptor; its path
is never used again (a name can be another file a moment later).
"""

import heapq
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.receipts import MAX_RECEIPT
from bwc_agent.files import is_leftover

Look = tuple[int, int, int]
"""Inode, length and time of change of a file."""

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class Inbox:
    """An open folder of messages."""

    path: Path
    descriptor: int

    def names(self, after: str = "", most: int = sys.maxsize) -> list[str]:
        """The first `most` names in it behind `after`, sorted, leftovers of a cut left out. Raises StorageError."""
        try:
            with os.scandir(self.descriptor) as entries:
                return heapq.nsmallest(most, (e.name for e in entries if e.name > after and not _is_leftover(e.name)))
        except OSError as error:
            raise StorageError(f"cannot list {self.path}: {error.strerror or error}; check owner and mode") from error

    def look(self, name: str) -> Look | None:
        """How `name` looks without opening it, None if it is gone. Whoever changes the file in any way changes that."""
        try:
            found = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_ctime_ns

    def read(self, name: str) -> bytes:
        """The whole message `name`. Raises IntegrityError for anything but one plain file with one link, of at most 64 KiB.

        A device or a pipe is not even opened, where it stood there in time: an opening alone does things to some.
        """
        try:
            _check(os.stat(name, dir_fd=self.descriptor, follow_symlinks=False))
            descriptor = os.open(name, _FILE, dir_fd=self.descriptor)
        except OSError as error:
            raise IntegrityError(f"cannot be opened as a message: {error.strerror or error}") from error
        try:
            _check(os.fstat(descriptor))
            data = _read(descriptor, MAX_RECEIPT + 1)
        except OSError as error:
            raise IntegrityError(f"cannot be read: {error.strerror or error}") from error
        finally:
            os.close(descriptor)
        if len(data) > MAX_RECEIPT:
            raise IntegrityError(f"grew past {MAX_RECEIPT} bytes while it was read: no message does")
        return data

    def remove(self, name: str) -> None:
        """`name` is gone from the inbox, durably. Raises StorageError."""
        try:
            os.unlink(name, dir_fd=self.descriptor)
            os.fsync(self.descriptor)
        except OSError as error:
            raise StorageError(f"cannot remove {name} from {self.path}: {error.strerror or error}; check owner and mode") from error


@contextmanager
def open_inbox(path: Path) -> Iterator[Inbox]:
    """The folder `path`, itself no link. Raises StorageError."""
    try:
        descriptor = os.open(path, _FOLDER)
    except OSError as error:
        mend = "it must be a folder, no link to one; the offloader makes it with its first mail"
        raise StorageError(f"cannot open the inbox {path}: {error.strerror or error}; {mend}") from error
    try:
        yield Inbox(path, descriptor)
    finally:
        os.close(descriptor)


def _is_leftover(name: str) -> bool:
    return name.startswith(".") and is_leftover(Path(name))


def _check(found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise IntegrityError("is a symbolic link: it leads nowhere from here")
    if not stat.S_ISREG(found.st_mode):
        raise IntegrityError("is not a plain file")
    if found.st_nlink != 1:
        raise IntegrityError(f"has {found.st_nlink} names (hard links): a message has one")
    if found.st_size > MAX_RECEIPT:
        raise IntegrityError(f"has {found.st_size} bytes: a message has at most {MAX_RECEIPT}")


def _read(descriptor: int, limit: int) -> bytes:
    data = b""
    while len(data) < limit and (piece := os.read(descriptor, limit - len(data))):
        data += piece
    return data
