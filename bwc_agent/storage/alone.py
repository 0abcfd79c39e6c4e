"""One recorder at a time on one vault: two would sign with one key, and the verifier would call that a clone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import Vault


@contextmanager
def alone(vault: Vault) -> Iterator[None]:
    """Hold the vault's keys until the end, or that of the process. Raises StorageError where another one holds them.

    What can be opened for reading can be locked, so the lock is on the one folder that only the recorder can open: whoever else
    held it would keep the camera from starting. The custodian holds `trust/`, and may work beside a recorder.
    """
    try:
        descriptor = os.open(vault.keys, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StorageError(f"cannot open {vault.keys}: {error.strerror}; check the path") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StorageError(f"another recorder runs on {vault.root}: end it first") from error
        yield
    finally:
        os.close(descriptor)
