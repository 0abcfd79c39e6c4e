"""One sealed file on disk, fed by pieces of plaintext that exist only in memory."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bwc_agent.evidence.hpke import commitment, wrap
from bwc_agent.evidence.identity import Identity
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.recipients import RecipientPublic
from bwc_agent.evidence.seal import Sealer, notes_sealer
from bwc_agent.files import Appender


@dataclass(frozen=True, slots=True)
class FileKey:
    """A fresh key for one sealed file, and what its `segment` line says of it."""

    key: bytes
    commit: str
    wrapped: list[Json]


def fresh_key(identity: Identity, recipients: Sequence[RecipientPublic]) -> FileKey:
    """32 random bytes, committed to and wrapped for each recipient by HPKE."""
    key = secrets.token_bytes(32)
    return FileKey(key, commitment(key), list(wrap(recipients, key, identity)))


class SealedFile:
    """Ciphertext appended piece by piece; created only after its `segment` line is durable."""

    def __init__(self, path: Path, key: bytes, segment_line: bytes, sealer: Callable[[bytes, bytes], Sealer] = Sealer) -> None:
        self._sealer = sealer(key, hashlib.sha256(segment_line).digest())
        self._file = Appender(path, shared=True)
        self._dirty = False

    def add(self, *plaintext: bytes | memoryview) -> None:
        """Seal one piece, given in parts, and append it."""
        self._file.append(self._sealer.piece(plaintext))
        self._dirty = True

    def state(self) -> dict[str, Json]:
        """Length and SHA-256 of the file so far."""
        return {"bytes": self._sealer.bytes, "sha256": self._sealer.digest()}

    def sync(self) -> None:
        """Make what was appended durable."""
        if self._dirty:
            self._file.sync()
            self._dirty = False

    def finish(self) -> dict[str, Json]:
        """Append the last chunk, sync, close; returns the whole file's state."""
        self._file.append(self._sealer.finish())
        self._file.sync()
        self._file.close()
        return self.state()

    def abandon(self) -> None:
        """Close the descriptor without a word, as a power cut would."""
        self._file.close()


def sealed_notes(path: Path, key: bytes, segment_line: bytes) -> SealedFile:
    """The sealed notes beside a segment."""
    return SealedFile(path, key, segment_line, notes_sealer)
