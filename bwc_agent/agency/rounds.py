"""Custody as a service: round after round, until somebody asks it to end; a store that is away costs a round, not the service."""

from collections.abc import Callable

from bwc_agent.agency.store import NoDevicesError
from bwc_agent.errors import OffloadError, StorageError

Wait = Callable[[float], bool]
"""Waits so many seconds, or until it shall end; True if it shall."""


def rounds(once: Callable[[], object], every: float, wait: Wait, told: Callable[[str], None]) -> None:
    """Call `once`, then again `every` seconds after it ended. What is away or full by then may be there the next time: it is `told`.

    A store to which no camera has delivered yet is told, too. What else a person must mend (ConfigError, IntegrityError) is raised.
    """
    while True:
        try:
            once()
        except (OffloadError, StorageError, NoDevicesError) as error:
            told(str(error))
        if wait(every):
            return
