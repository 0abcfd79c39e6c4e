"""A folder that the docks fill, or one device's folder in it: one content a name, which whoever can write may change, and no locks.

FOLDER/SERIAL/{journal,recordings}   read where they lie, each time anew
FOLDER/SERIAL/mailbox/DIGEST.jsonl   what is given to the device
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.agency.store import Lock, NoDevicesError, Version
from bwc_agent.errors import ConfigError, OffloadError, StorageError
from bwc_agent.evidence.layout import MAILBOX, RecordingName, Vault
from bwc_agent.evidence.plain import pieces
from bwc_agent.evidence.receipts import is_sealed_file
from bwc_agent.evidence.recording_reader import State
from bwc_agent.files import AlreadyThereError, make_directory, write_new

_LEAVES: Final = ("journal", "recordings")


@dataclass(frozen=True, slots=True)
class FolderHeld:
    """Implements `Held`: the device's folder itself."""

    folder: Path
    hidden: Collection[str] = ()
    told: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> list[RecordingName]:
        """See `Held.names`."""
        return Vault(self.folder).names()

    def sealed(self, name: RecordingName) -> Mapping[str, Sequence[Version]]:
        """See `Held.sealed`."""
        found: dict[str, Sequence[Version]] = {}
        for path in sorted(Vault(self.folder).recording(name).glob("*.tink")):
            if is_sealed_file(path.name):
                relative = path.relative_to(self.folder.parent)
                found[path.name] = (Version(str(relative), None, path.lstat().st_size),)
        return found

    def bring_log(self, name: RecordingName, stated: Collection[State]) -> None:
        """It lies there."""

    def forget(self, folder: str) -> None:
        """Nothing is fetched."""

    def leaned_on(self, name: RecordingName) -> list[Version]:
        """Nothing here can be locked."""
        return []


class FolderStore:
    """Implements `Store` in the folder `destination`, for serials that begin with `prefix`."""

    keeps_versions: Final = False

    def __init__(self, destination: Path, prefix: str = "") -> None:
        self.destination, self.prefix = destination, prefix
        found = destination.resolve()
        self._root = found.parent if _is_device(found) else found
        self.name = found.name

    def devices(self) -> list[str]:
        """See `Store.devices`; the folder may be such a device's itself."""
        if not self.destination.is_dir():
            raise ConfigError(f"{self.destination} is not a folder: give the one that the docks fill")
        whole = self.destination.resolve()
        folders = [whole] if self._root != whole else sorted(path for path in whole.iterdir() if not path.is_symlink())
        found = [path.name for path in folders if _is_device(path) and path.name.startswith(self.prefix)]
        if not found:
            begin = f" whose serial begins with {self.prefix}" if self.prefix else ""
            raise NoDevicesError(f"{self.destination} holds no device's evidence{begin}: give the folder that the docks fill")
        return found

    @contextmanager
    def open(self, serial: str, authority: Certificate) -> Iterator[FolderHeld]:
        """See `Store.open`."""
        yield FolderHeld(self._root / serial)

    def read(self, version: Version) -> Iterator[bytes]:
        """See `Store.read`; links, pipes and folders are refused unread."""
        path = self._root / version.name
        try:
            yield from pieces(path)
        except OSError as error:
            raise OffloadError(f"cannot read {path}: {error.strerror or error}; check the destination") from error

    def lock(self, version: Version) -> Lock:
        """A folder has none."""
        return Lock()

    def extend(self, version: Version, until: int) -> None:
        """Raises OffloadError: a folder locks nothing."""
        raise OffloadError(f"{self._root / version.name} lies in a folder, which locks nothing: deliver to a store with Object Lock")

    def give(self, serial: str, name: str, data: bytes) -> None:
        """See `Store.give`."""
        folder = self._root / serial / MAILBOX
        try:
            if not folder.is_dir():
                # Two custodies at once may both find none.
                with suppress(AlreadyThereError):
                    make_directory(folder, shared=True)
            with suppress(AlreadyThereError):
                write_new(folder / name, data, shared=True)
        except StorageError as error:
            raise OffloadError(f"no message can be left: {error}") from error


def _is_device(path: Path) -> bool:
    return any((path / leaf).is_dir() for leaf in _LEAVES)
