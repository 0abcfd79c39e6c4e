"""One recorder at a time on one vault: two would sign with one key, and the verifier would call that a clone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import Vault


@contextmanager
def alone(vault: Vault) -> Iterator[None]:
    """Hold the vault's journals until the end, or that of the process. Raises StorageError where another one holds them.

    The custodian holds the vault itself, and may work beside a recorder.
    """
    try:
        descriptor = os.open(vault.journals, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StorageError(f"cannot open {vault.journals}: {error.strerror}; check the path") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StorageError(f"another recorder runs on {vault.root}: end it first") from error
        yield
    finally:
        os.close(descriptor)
