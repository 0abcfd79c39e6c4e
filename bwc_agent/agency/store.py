"""The seam to what keeps the agency's evidence: a folder that the docks fill, or an object store that they deliver to.

    SERIAL/journal, SERIAL/recordings   what devices delivered: listed with every version, read, never written
    SERIAL/mailbox                      where messages for the device are left

A store is somebody else's machine. What it says is a claim: of bytes the signatures decide, of a listing nothing is
believed but that it may be read. What it lists wrongly, gives back short or not at all gets no receipt.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.x509 import Certificate

from bwc_agent.errors import ConfigError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.recording_reader import State


class NoDevicesError(ConfigError):
    """Nothing is there yet, or not under this prefix: a wrong name, or the first device is still to deliver."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the object `name` (`SERIAL/…`), of `size` bytes.

    `id` is the store's own name for the version, None where a name has only one content, which may change. `stored` is
    when it came to be (microseconds since 1970, the store's clock), `tag` what the store knows its content by.
    """

    name: str
    id: str | None
    size: int
    stored: int = 0
    tag: str = ""

    def __str__(self) -> str:
        return self.name if self.id is None else f"{self.name} (version {self.id})"


@dataclass(frozen=True, slots=True)
class Lock:
    """Until when nobody may remove a version, None if anybody may; and since when the store says now that it has it.

    Both are microseconds since 1970, by the store's clock. A legal hold is no lock: whoever set it can take it away.
    """

    until: int | None = None
    stored: int = 0


class Held(Protocol):
    """What a store holds of one device, as it was listed once.

    `folder`, called by the device's serial, has the journals and the mailbox, and the log and chain of each recording
    that was asked for, for the verifier's own readers.
    """

    @property
    def folder(self) -> Path:
        """See above."""
        ...

    @property
    def told(self) -> Mapping[str, str]:
        """By path below the device's folder a sentence where something lies beside the right version that is not it."""
        ...

    @property
    def hidden(self) -> Collection[str]:
        """Names of messages in the mailbox that the device does not get to see: others lie over them."""
        ...

    def names(self) -> list[RecordingName]:
        """Every recording of which there is anything, in order."""
        ...

    def sealed(self, name: RecordingName) -> Mapping[str, Sequence[Version]]:
        """The versions of each sealed file of a recording, the oldest first, by file name in order."""
        ...

    def bring_log(self, name: RecordingName, stated: Collection[State]) -> None:
        """Log and chain of the recording stand in `folder`: of several versions what journals `stated`, or what is signed furthest."""
        ...

    def forget(self, folder: str) -> None:
        """What was fetched of `folder` (below the device's) did not hold: it is fetched anew the next time."""
        ...

    def leaned_on(self, name: RecordingName) -> list[Version]:
        """The versions, besides the sealed files, that a verdict on this recording needs: its log, and the journals from its start on."""
        ...


class Store(Protocol):
    """Every method raises OffloadError, which names the object and the mend. Methods may be called from several threads."""

    @property
    def name(self) -> str:
        """What receipts call it."""
        ...

    @property
    def keeps_versions(self) -> bool:
        """True where a version never changes, and can be locked: what a receipt names need not be read again."""
        ...

    def devices(self) -> list[str]:
        """The serials of which there is anything, sorted. Raises NoDevicesError (a ConfigError) where there is none."""
        ...

    def open(self, serial: str, authority: Certificate) -> AbstractContextManager[Held]:
        """What it holds of one device; of several versions of a log those count that the device signed under `authority`."""
        ...

    def read(self, version: Version) -> Iterator[bytes]:
        """All bytes of a version, in pieces; as many as were listed, or OffloadError."""
        ...

    def lock(self, version: Version) -> Lock:
        """What keeps this version."""
        ...

    def extend(self, version: Version, until: int) -> None:
        """Nobody may remove this version before `until`; a lock is never shortened."""
        ...

    def give(self, serial: str, name: str, data: bytes) -> None:
        """The device finds `data` as `name` in its mailbox; again changes nothing."""
        ...
