"""The only module that opens a file for writing: two primitives, and an appender.

A power cut may come between any two instructions. `write_new` and `replace` therefore build the whole file beside its
place, make it durable, and only then give it its name; the directory is synced too, because a durable file without a
durable name is lost. What a cut leaves behind is called `.NAME.tmp`: no reader looks at such a name, and the next write
of NAME begins by removing it. It is unlinked, never opened: after a cut between link and unlink it *is* the finished file.

`fsync` that failed once is never asked again: the kernel may have dropped the pages and would now say yes (the appender
refuses everything after a failure).

What is made is its owner's alone. Recorder, offloader and custodian are three users, though, and what one makes others must read
or remove: with `shared=True`, in a folder that has the setgid bit (one that was given to several on purpose, see storage/shared.py),
a file is readable by whom the folder lets in, and writable by nobody else; a new folder is like the one that it is made in. It
takes both, so that a key or an exported film that somebody puts into a team's folder stays private.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bwc_agent.errors import StorageError

FILE_MODE: Final = 0o600
"""Permissions of every file written, unless it is shared."""
DIRECTORY_MODE: Final = 0o700
"""Permissions of every directory made, unless it is shared."""

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_MENDS: Final = {
    errno.ENOSPC: "disk full: offload, so that receipts free space, or make room",
    errno.EDQUOT: "disk full (quota): offload, so that receipts free space, or raise the quota",
    errno.EROFS: "mounted read-only: see the kernel's log; a card that failed is mounted so",
    errno.EACCES: "permission denied: check owner and mode",
    errno.EPERM: "not permitted: check owner, mode and the immutable flag",
    errno.EIO: "the card failed: keep it as it is, and use another",
    errno.ENOENT: "not there: make it first",
    errno.ENOTDIR: "something in its path is not a directory: check the path",
    errno.ELOOP: "it is a symbolic link: remove the link",
    errno.EMFILE: "too many open files: raise the limit",
}


class AlreadyThereError(StorageError, FileExistsError):
    """The name is taken; what stands there is untouched."""


@contextmanager
def _named(doing: str, path: Path) -> Iterator[None]:
    """Every OSError inside becomes a StorageError that names `path` and the mend."""
    try:
        yield
    except FileExistsError as error:
        raise AlreadyThereError(f"cannot {doing} {path}: already there, and never replaced; choose another name") from error
    except OSError as error:
        mend = _MENDS.get(error.errno or 0, f"{error.strerror or error}: check the disk")
        raise StorageError(f"cannot {doing} {path}: {mend}") from error


def leftover(path: Path) -> Path:
    """Where a cut leaves the unfinished file of `path`: `.NAME.tmp` beside it."""
    return path.with_name(f".{path.name}.tmp")


def is_leftover(path: Path) -> bool:
    """True for a name that only a cut leaves behind; readers skip it."""
    return path.name.startswith(".") and path.name.endswith(".tmp")


def _write_all(descriptor: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _shared_mode(folder: Path) -> int | None:
    """Permissions of a folder that was given to several users, None for any other."""
    mode = stat.S_IMODE(os.stat(folder).st_mode)
    return mode if mode & stat.S_ISGID else None


def _share(descriptor: int, path: Path) -> bool:
    """The new file is readable by whom its folder lets in, whatever the umask; True if that changed it."""
    mode = _shared_mode(path.parent)
    if mode is not None:
        os.fchmod(descriptor, FILE_MODE | mode & 0o444)
    return mode is not None


def _write_temporary(path: Path, data: bytes, shared: bool) -> Path:
    """A durable file with `data` under the leftover's name."""
    temporary = leftover(path)
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, _CREATE, FILE_MODE)
    try:
        if shared:
            _share(descriptor, path)
        _write_all(descriptor, data)
        os.fsync(descriptor)
    except OSError:
        # On a full disk the half-written file would hold space that nobody looks for.
        os.unlink(temporary)
        raise
    finally:
        os.close(descriptor)
    return temporary


def write_new(path: Path, data: bytes, shared: bool = False) -> None:
    """`path` holds `data`, durably and whole, or is not there; what stood there is never replaced.

    Raises AlreadyThereError (a StorageError and a FileExistsError) if the name is taken, else StorageError.
    """
    with _named("write", path):
        temporary = _write_temporary(path, data, shared)
        try:
            os.link(temporary, path, follow_symlinks=False)
        finally:
            os.unlink(temporary)
        _sync_directory(path.parent)


def replace(path: Path, data: bytes, shared: bool = False) -> None:
    """`path` holds `data`, durably, or what it held before; never a mixture. Raises StorageError."""
    with _named("replace", path):
        os.replace(_write_temporary(path, data, shared), path)
        _sync_directory(path.parent)


def make_directory(path: Path, shared: bool = False) -> None:
    """`path` is a new directory whose name is durable. Raises AlreadyThereError if it is taken, else StorageError."""
    with _named("make directory", path):
        mode = _shared_mode(path.parent) if shared else None
        os.mkdir(path, DIRECTORY_MODE)
        if mode is not None:
            os.chmod(path, mode)
            _sync_directory(path)
        _sync_directory(path.parent)


def unlink(path: Path, opened: int | None = None) -> None:
    """`path` is gone, durably. The card may still hold the bytes until it reuses them. Raises StorageError.

    With `opened`, a descriptor, only if `path` still leads to the file that this one has open.
    """
    with _named("remove", path):
        if opened is not None and not os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(opened)):
            raise StorageError(f"{path} is another file than a moment ago: it is kept; find out who put it there")
        os.unlink(path)
        _sync_directory(path.parent)


def make_durable(path: Path) -> None:
    """What is read at `path`, a file or the names in a folder, is what a power cut leaves there. Raises StorageError.

    A process that was killed, or is still writing, leaves bytes with the kernel that nobody synced: whoever states to
    others what he read must know that the card has it. Nothing is changed.
    """
    with _named("sync", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Appender:
    """A file that only grows. Nothing is buffered here: what `append` took is the kernel's, what `sync` saw is durable.

    `Appender(path)` creates the file, whose name is then durable, and raises AlreadyThereError if the name is taken;
    `Appender(path, new=False)` goes on at the end of one that is there. All methods raise StorageError; after a failure
    only `close` works, because nobody knows how much of the last bytes the card has.
    """

    def __init__(self, path: Path, new: bool = True, shared: bool = False) -> None:
        self.path = path
        self._failed = False
        self._descriptor: int | None = None
        flags = _CREATE if new else os.O_WRONLY | os.O_NOFOLLOW
        with _named("create" if new else "open", path):
            self._descriptor = os.open(path, flags | os.O_APPEND, FILE_MODE)
            if new:
                self._sync_name(self._descriptor, shared)

    def _sync_name(self, descriptor: int, shared: bool) -> None:
        try:
            if shared and _share(descriptor, self.path):
                os.fsync(descriptor)  # the fdatasync of `sync` does not vouch for who may read
            _sync_directory(self.path.parent)
        except OSError:
            os.close(descriptor)
            raise

    def append(self, data: bytes | memoryview) -> None:
        """Add `data` at the end; a cut may leave any part of what is not yet synced."""
        with self._trusted("append to") as descriptor:
            _write_all(descriptor, data)

    def sync(self) -> None:
        """Everything appended so far is durable (fdatasync)."""
        with self._trusted("sync") as descriptor:
            os.fdatasync(descriptor)

    def close(self) -> None:
        """Let go of the file, without syncing it; again is nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with _named("close", self.path):
                os.close(descriptor)

    @contextmanager
    def _trusted(self, doing: str) -> Iterator[int]:
        if self._descriptor is None or self._failed:
            state = "it failed before" if self._failed else "it is closed"
            raise StorageError(f"cannot {doing} {self.path}: {state}; what was synced stands, go on in a new file")
        self._failed = True
        with _named(doing, self.path):
            yield self._descriptor
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
