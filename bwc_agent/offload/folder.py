"""A destination that is a folder: the dock's own disk, or a share that the dock has mounted.

A copy grows under a leftover's name (`.NAME.tmp`), is synced, and only then takes its own name without replacing; the
folder is synced last. Undocking leaves at most that leftover, which no reader looks at and the next docking begins anew.
It is another machine's disk: its errors are OffloadErrors, and a full or failed one takes nothing from the device.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bwc_agent.errors import OffloadError
from bwc_agent.evidence.plain import open_plain
from bwc_agent.files import is_leftover, leftover
from bwc_agent.offload.destination import PIECE, ObjectError, exactly, parts
from bwc_agent.offload.rename import rename_new

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_MENDS: Final = {
    errno.ENOSPC: "destination full: make room there; the device keeps everything until then",
    errno.EDQUOT: "destination full (quota): raise the quota; the device keeps everything until then",
    errno.EROFS: "destination is mounted read-only: see its kernel's log, mount it for writing",
    errno.EACCES: "permission denied: let the offloader read and write there",
    errno.EPERM: "not permitted: check owner, mode and immutable flag",
    errno.EIO: "the destination's disk failed or was unplugged: plug it in, or use another",
    errno.ENODEV: "the destination was unplugged: plug it in and dock again",
    errno.ENXIO: "the destination was unplugged: plug it in and dock again",
    errno.ESTALE: "the share went away: mount it again",
    errno.ENOTCONN: "the share is not connected: mount it again",
    errno.ENOENT: "not there: plug the destination in, or mount it",
    errno.ENOTDIR: "something in its path is not a folder: move it away",
    errno.ELOOP: "it is a symbolic link: remove the link",
    errno.EEXIST: "another writer put it there meanwhile: dock again, one device at a time for each serial",
}
_THIS_ONE: Final = (None, errno.ELOOP, errno.ENOENT, errno.EACCES)
"""Errors of opening one object for reading that say nothing of the others; `open_plain` gives none where it is no plain file."""


@contextmanager
def named(doing: str, path: Path) -> Iterator[None]:
    """Every OSError inside becomes an OffloadError that names `path` and the mend."""
    try:
        yield
    except OSError as error:
        mend = _MENDS.get(error.errno or 0, f"{error.strerror or error}: check the destination")
        raise OffloadError(f"cannot {doing} {path}: {mend}") from error


class Folder:
    """Implements `Destination` in the folder `root`, which must be there; folders below it are made.

    With `mounted`, `root` must be a mount point: an unplugged disk leaves an empty folder behind, and a copy into that
    would fill the device's own card.
    """

    def __init__(self, root: Path, mounted: bool = False) -> None:
        self.root = root
        self._mounted = mounted

    def sizes(self, folder: str) -> dict[str, int]:
        """See `Destination.sizes`. What is no plain file is left out: `put` says what stands there."""
        found: dict[str, int] = {}
        top = self._path(folder)
        with named("look below", top):
            for path, _, files in os.walk(top, onerror=_unless_absent, followlinks=False):
                for file in map(Path(path).joinpath, sorted(files)):
                    state = file.lstat()
                    if stat.S_ISREG(state.st_mode) and not is_leftover(file):
                        found[str(file.relative_to(self.root))] = state.st_size
        return found

    def put(self, name: str, size: int, pieces: Iterable[bytes]) -> Iterator[int]:
        """See `Destination.put`."""
        path = self._path(name)
        with named("write", path):
            self._make_parents(path)
            leftover(path).unlink(missing_ok=True)
            if os.path.lexists(path):
                yield from _compare(path, exactly(name, size, pieces))
            else:
                yield from _copy(leftover(path), exactly(name, size, pieces))
                rename_new(leftover(path), path)
                _sync_folder(path.parent)

    def names(self, folder: str) -> list[str]:
        """Names of everything in `folder` but leftovers of a cut; `read` says which of them are files."""
        path = self._path(folder)
        with named("list", path):
            try:
                return sorted(p.name for p in path.iterdir() if not is_leftover(p))
            except FileNotFoundError:
                return []

    def read(self, name: str, limit: int) -> bytes:
        """See `Destination.read`; links, pipes and folders are refused unread."""
        path = self._path(name)
        with named("read", path), open(_open_object(path), "rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise ObjectError(f"{path} has more than {limit} bytes: it is no message; move it away")
        return data

    def _path(self, name: str) -> Path:
        """Where `name` stands; asks each time whether the disk is still there."""
        if not self.root.is_dir():
            raise OffloadError(f"{self.root} is not a folder: plug the destination in, mount it, or make the folder")
        if self._mounted and not self.root.is_mount():
            raise OffloadError(f"{self.root} is not a mount point: plug the destination in, or mount it")
        return self.root.joinpath(*parts(name))

    def _make_parents(self, path: Path) -> None:
        for folder in reversed(path.relative_to(self.root).parents[:-1]):
            try:
                os.mkdir(self.root / folder)
            except FileExistsError:
                continue
            _sync_folder((self.root / folder).parent)


def _unless_absent(error: OSError) -> None:
    if error.errno != errno.ENOENT:
        raise error


def _copy(temporary: Path, pieces: Iterable[bytes]) -> Iterator[int]:
    """A durable file of the pieces under a leftover's name."""
    with open(os.open(temporary, _CREATE, 0o640), "wb", buffering=0) as file:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[file.write(view) :]
            yield len(piece)
        os.fsync(file.fileno())


def _open_object(path: Path) -> int:
    """A descriptor of one object. Raises ObjectError where only this one cannot be read."""
    try:
        return open_plain(path)
    except OSError as error:
        if error.errno in _THIS_ONE:
            why = _MENDS.get(error.errno or 0, "it is no plain file: move it away")
            raise ObjectError(f"cannot read {path}: {why}") from error
        raise


def _compare(path: Path, pieces: Iterable[bytes]) -> Iterator[int]:
    with open(_open_object(path), "rb", buffering=PIECE) as file:
        for piece in pieces:
            if file.read(len(piece)) != piece:
                raise _other(path)
            yield len(piece)
        if file.read(1):
            raise _other(path)


def _other(path: Path) -> ObjectError:
    return ObjectError(f"{path} is there with other bytes than the device has: it is left as it is; find out why, then move it away")


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems know no sync of a folder; what really arrived is custody's question, not ours.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
