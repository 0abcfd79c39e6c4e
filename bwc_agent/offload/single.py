"""One offloader at a time for one device: two would build one copy under one name, and the half of one could stand as the whole of both.

There is the service, and there is whoever runs `bwc offload` beside it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from bwc_agent.errors import OffloadError, StorageError
from bwc_agent.evidence.layout import Vault


@contextmanager
def single(vault: Vault) -> Iterator[None]:
    """Hold the folder of all recordings until the end, or that of the process. Raises OffloadError where another offloader does.

    What can be opened can be locked; neither recorder nor custodian asks for this lock, so whoever holds it delays offloaders alone.
    """
    try:
        descriptor = os.open(vault.recordings, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield  # nothing was ever recorded
        return
    except OSError as error:
        raise StorageError(f"cannot open {vault.recordings}: {error.strerror or error}; check owner and mode") from error
    try:
        _lock(descriptor, vault)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, vault: Vault) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OffloadError(f"another offloader is at work on {vault.root}: let it finish, or end it") from error
    except OSError as error:
        raise StorageError(f"cannot lock {vault.recordings}: {error.strerror or error}; check the card") from error
