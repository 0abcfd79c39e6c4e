"""Beginning a start, and after storage has failed another one in the same process.

A key whose journal was never begun has signed nothing that anybody kept, so the next try uses it again: a disk that
refuses for hours does not lengthen the chain of certificates by one for each try.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from bwc_agent.errors import ConfigError, StorageError
from bwc_agent.evidence.keys import StartKey, take_key
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.recipients import RecipientPublic
from bwc_agent.evidence.requests import Fields
from bwc_agent.storage.device import Device
from bwc_agent.storage.filing import Filing
from bwc_agent.storage.startup import open_device, open_journal
from bwc_agent.units import seconds

ROOM: Final = 4 * 1024 * 1024
"""Bytes that another start must find free before it takes a key: a full disk would tear its journal."""
SPACE_EVERY: Final = seconds(10)
"""The core hears of the space left so often; at 20 Mb/s that is 25 MB."""


@dataclass(frozen=True, slots=True)
class Start:
    """A start that is on record: its device identity and its open files."""

    device: Device
    filing: Filing


def free_bytes(vault: Vault) -> int:
    """Bytes that this user may still write to the vault's file system. Raises StorageError."""
    try:
        found = os.statvfs(vault.root)
    except OSError as error:
        raise StorageError(f"cannot ask {vault.root} for its space: {error.strerror or error}; check the card") from error
    return found.f_bavail * found.f_frsize


class Starts:
    """The starts of one process on one vault; `lines` stand in each journal after what was found."""

    def __init__(self, vault: Vault, serial: str, recipients: Sequence[RecipientPublic], lines: Sequence[tuple[str, Fields]]) -> None:
        """Raises ConfigError where nobody is named who could open what is sealed."""
        if not recipients:
            raise ConfigError(f"{vault.trust / 'recipients'} names nobody who could open what is sealed: put the agency's recipients there")
        self.vault, self._serial, self._recipients, self._lines = vault, serial, recipients, lines
        self._key: StartKey | None = None
        self._before: int | None = None

    def begin(self, at: int) -> Start:
        """Take a start's key, open and sign its journal, whose first line is of `at` (ticks). Raises StorageError, IntegrityError."""
        with _readable(self.vault):
            return self._begin(at)

    def again(self, before: Start, at: int) -> Start:
        """Let go of the files of `before`, whose storage has failed, and begin the next. Raises as `begin`."""
        with suppress(StorageError):
            before.filing.abandon()
        return self.begin(at)

    def _begin(self, at: int) -> Start:
        if self._key is not None and (free := free_bytes(self.vault)) < ROOM:
            raise StorageError(f"{self.vault.root} has {free} bytes left: offload, so that receipts free space, or make room")
        if self._key is None or self._begun(self._key.start):
            self._key = take_key(self.vault.keys, self._serial)
        device = open_device(self.vault, self._serial, self._key, self._recipients)
        goes_on: list[tuple[str, Fields]] = [] if self._before is None else [("continues", {"start": self._before})]
        start = Start(device, Filing(device, open_journal(device, at, [*goes_on, *self._lines])))
        self._before = device.start
        return start

    def _begun(self, start: int) -> bool:
        return any(os.path.lexists(path) for path in (self.vault.journal(start), self.vault.journal_signer(start)))


@contextmanager
def _readable(vault: Vault) -> Iterator[None]:
    """A start reads what earlier ones left; a card that does not even give that back has failed, too."""
    try:
        yield
    except StorageError:  # one that is an OSError, too, says better what it is
        raise
    except OSError as error:
        raise StorageError(f"cannot read {error.filename or vault.root}: {error.strerror or error}; check the card") from error
