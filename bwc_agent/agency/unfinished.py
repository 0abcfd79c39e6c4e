"""A film while it is made: beside its place, locked for its one builder, readable by nobody else."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bwc_agent.errors import StorageError
from bwc_agent.files import FILE_MODE, AlreadyThereError, leftover
from bwc_agent.offload.rename import rename_new


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Give the temporary file to fill; afterwards it is durable and called `path`, or, after a failure, gone.

    What a killed program left is built over. Raises AlreadyThereError if `path` is taken or another export is building
    it, StorageError where the disk or a link in the way refuses.
    """
    temporary = leftover(path)
    descriptor = _claimed(temporary)
    try:
        yield temporary
        _named(descriptor, temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _claimed(temporary: Path) -> int:
    """The file, empty, ours alone and locked; made before libav opens it, so that the umask has no say in its mode."""
    try:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    except OSError as error:
        raise StorageError(f"cannot write {temporary}: {error.strerror or error}; remove what is in the way") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fchmod(descriptor, FILE_MODE)
        os.ftruncate(descriptor, 0)
    except BlockingIOError as error:
        os.close(descriptor)
        raise AlreadyThereError(f"{temporary}: another export is building it; wait for it, or give another folder") from error
    except OSError as error:
        os.close(descriptor)
        raise StorageError(f"cannot write {temporary}: {error.strerror or error}; check the folder") from error
    return descriptor


def _named(descriptor: int, temporary: Path, path: Path) -> None:
    try:
        os.fsync(descriptor)
        rename_new(temporary, path)
    except FileExistsError as error:
        raise AlreadyThereError(f"{path} is there already, and never replaced; give another folder") from error
    except OSError as error:
        raise StorageError(f"cannot name {path}: {error.strerror or error}; check the folder") from error
