"""Giving up one sealed file against one receipt, in an order in which a cut at any point loses nothing.

    file re-read and compared -> receipt filed beside the log, durable -> immutable flag taken off, file unlinked
    -> line in released.jsonl -> message removed from the inbox

Whatever step was reached, the same message run again goes on from there. The receipt only *selects*: every path comes
from an index of the vault, never from a receipt's text. The file is opened once: what is hashed, loses its flag and is
unlinked is one file. Only recorder and custodian can write in its folder, and until a moment before nobody could change it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.plain import digest_opened, open_plain
from bwc_agent.evidence.receipts import Receipt, is_sealed_file, receipt_file
from bwc_agent.files import AlreadyThereError, make_directory, unlink, write_new
from bwc_agent.storage.closed import Closed, Proofs, State
from bwc_agent.storage.immutable import clear_immutable
from bwc_agent.storage.released import Released


class Outcome(Enum):
    """What became of a good message."""

    RELEASED = "released"
    FILED = "filed"
    """The file was gone before; the receipt stands beside the log. Or it is a revocation, and stands among these."""
    WAITS = "waits"
    """The recording is not closed yet; the message stays where it is."""
    KEPT = "kept for another"
    """It is neither receipt nor revocation: another program's, and stays where it is."""


@dataclass(frozen=True, slots=True)
class Releaser:
    """Releases files of `vault` against receipts whose signature was checked before."""

    vault: Vault
    proofs: Proofs
    released: Released

    def take(self, receipt: Receipt, data: bytes) -> Outcome:
        """Perform what `receipt`, whose file is `data`, allows. Raises IntegrityError if it does not fit, StorageError."""
        name = self._known(receipt.recording)
        proof = self.proofs.of(name)
        if receipt.device != proof.device:
            raise IntegrityError(f"is a receipt for device {receipt.device[:64]!r}, and this is {proof.device}")
        if not proof.closed:
            return Outcome.WAITS
        _check_signed(receipt, proof)
        folder = self.vault.recording(name)
        released = self._free(folder / _known_file(receipt, proof), receipt, data)
        return Outcome.RELEASED if released else Outcome.FILED

    def _free(self, path: Path, receipt: Receipt, data: bytes) -> bool:
        """The receipt stands beside the log and the file at `path` is gone; True if it was there."""
        name = receipt_file(data)
        filed = path.parent / "receipts" / name
        with _opened(path) as there:
            if there is not None and _digest(there, path) != (receipt.bytes, receipt.sha256):
                raise IntegrityError(f"{path} no longer has the bytes that the device signed: it is kept; copy the card and examine it")
            new = _file_receipt(filed, data)
            if there is not None:
                _remove(path, there)
        if there is not None or not new:
            self.released.state(receipt, name)
        return there is not None

    def _known(self, wanted: RecordingName) -> RecordingName:
        for name in self.vault.names():
            if name == wanted:
                return name
        raise IntegrityError(f"is a receipt for recording {wanted}, which is not on this device")


def _known_file(receipt: Receipt, proof: Closed) -> str:
    """The file's name as the device's own signed lines have it."""
    return next(name for name in proof.files if name == receipt.file and is_sealed_file(name))


def _check_signed(receipt: Receipt, proof: Closed) -> None:
    signed: State | None = proof.files.get(receipt.file)
    if signed is None:
        raise IntegrityError(f"is a receipt for {receipt.file}, which the signed log of {receipt.recording} does not finish")
    if signed != (receipt.bytes, receipt.sha256):
        raise IntegrityError(f"is a receipt for other bytes than those of {receipt.recording}/{receipt.file}: the agency's copy differs")
    if receipt.opened is False:
        raise IntegrityError(f"says that {receipt.recording}/{receipt.file} does not open: the device's own copy is kept")


@contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    """The sealed file, opened once; None where it is gone. Raises StorageError."""
    try:
        descriptor = open_plain(path)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _remove(path: Path, opened: int) -> None:
    try:
        clear_immutable(opened)
    except OSError as error:
        raise _unreadable(path, error) from error
    except StorageError as error:
        raise StorageError(f"cannot remove {path}: {error}") from error
    unlink(path, opened)


def _file_receipt(path: Path, data: bytes) -> bool:
    """`data` stands at `path`, durably; True if it is there for the first time."""
    if not path.parent.is_dir():
        make_directory(path.parent, shared=True)
    try:
        write_new(path, data, shared=True)
    except AlreadyThereError:
        with _opened(path) as there:
            if there is None or f"{_digest(there, path)[1]}.jsonl" != path.name:
                raise IntegrityError(f"{path} is there with another content than its name says; find out why") from None
        return False
    return True


def _digest(opened: int, path: Path) -> State:
    try:
        return digest_opened(opened)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"cannot read {path}: {error.strerror or error}; it is kept")
