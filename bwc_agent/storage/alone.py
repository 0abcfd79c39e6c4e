"""One recorder and one custodian at a time on one vault: two recorders would sign with one key, and the verifier would call that a clone.

What can be opened for reading can be locked. So each lock is on a folder that the offloader cannot open: whoever else held it
would keep the camera from starting, or keep anything from being released. The two work beside each other, so these are two folders.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import Vault


@contextmanager
def recorder_alone(vault: Vault) -> Iterator[None]:
    """Hold `keys/` until the end, or that of the process. Raises StorageError where another recorder holds it."""
    with _held(vault.keys, f"another recorder runs on {vault.root}: end it first"):
        yield


@contextmanager
def custodian_alone(vault: Vault) -> Iterator[None]:
    """Hold `trust/` until the end, or that of the process. Raises StorageError where another custodian holds it."""
    with _held(vault.trust, f"another custodian is at work on {vault.root}: wait for it"):
        yield


@contextmanager
def _held(folder: Path, taken: str) -> Iterator[None]:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StorageError(f"cannot open {folder}: {error.strerror or error}; give the device's evidence folder") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StorageError(taken) from error
        except OSError as error:
            raise StorageError(f"cannot lock {folder}: {error.strerror or error}; keep the vault on a disk of this machine") from error
        yield
    finally:
        os.close(descriptor)
