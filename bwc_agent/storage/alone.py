"""One recorder and one custodian at a time on one vault: two recorders would sign with one key, and the verifier would call that a clone.

What can be opened for reading can be locked. So each lock is on a folder that the offloader cannot open: whoever else held it
would keep the camera from starting, or keep anything from being released. The two work beside each other, so these are two folders.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.locks import locked


@contextmanager
def recorder_alone(vault: Vault) -> Iterator[None]:
    """Hold `keys/` until the end, or that of the process. Raises StorageError where another recorder holds it."""
    with locked(vault.keys, StorageError(f"another recorder runs on {vault.root}: end it first")):
        yield


@contextmanager
def custodian_alone(vault: Vault) -> Iterator[None]:
    """Hold `trust/` until the end, or that of the process. Raises StorageError where another custodian holds it."""
    with locked(vault.trust, StorageError(f"another custodian is at work on {vault.root}: wait for it")):
        yield
