"""One offloader at a time for one device: two would build one copy under one name, and the half of one could stand as the whole of both.

There is the service, and there is whoever runs `bwc offload` beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bwc_agent.errors import OffloadError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.locks import locked


@contextmanager
def single(vault: Vault) -> Iterator[None]:
    """Hold the folder of all recordings until the end, or that of the process. Raises OffloadError where another offloader does.

    What can be opened can be locked; neither recorder nor custodian asks for this lock, so whoever holds it delays offloaders alone.
    """
    if _absent(vault.recordings):
        yield  # nothing was ever recorded
        return
    with locked(vault.recordings, OffloadError(f"another offloader is at work on {vault.root}: let it finish, or end it")):
        yield


def _absent(folder: Path) -> bool:
    """True only where it surely is not there; what may not be looked at is for the lock to say."""
    try:
        folder.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False
