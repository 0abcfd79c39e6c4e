"""A folder that one process at a time holds, as a sign that it alone does something; the lock dies with the process.

What can be opened for reading can be locked: who may hold it is who may open the folder.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bwc_agent.errors import BwcError, StorageError


@contextmanager
def locked(folder: Path, taken: BwcError) -> Iterator[None]:
    """Hold `folder` until the end. Raises `taken` where another process holds it, StorageError where it cannot be opened or locked."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StorageError(f"cannot open {folder}: {error.strerror or error}; give the device's evidence folder") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise taken from error
        except OSError as error:
            raise StorageError(f"cannot lock {folder}: {error.strerror or error}; keep the vault on a disk of this machine") from error
        yield
    finally:
        os.close(descriptor)
