"""Giving up one sealed file against one receipt, in an order in which a cut at any point loses nothing.

    file re-read and compared -> receipt filed beside the log, durable -> file unlinked -> line in released.jsonl
    -> message removed from the inbox

Whatever step was reached, the same message run again goes on from there. The receipt only *selects*: every path comes
from an index of the vault, never from a receipt's text.
"""

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.plain import digest_plain
from bwc_agent.evidence.receipts import Receipt, is_sealed_file, receipt_file
from bwc_agent.files import AlreadyThereError, make_directory, unlink, write_new
from bwc_agent.storage.closed import Closed, Proofs, State
from bwc_agent.storage.released import Released


class Outcome(Enum):
    """What became of a good receipt."""

    RELEASED = "released"
    FILED = "filed"
    """The file was gone before; the receipt stands beside the log."""
    WAITS = "waits"
    """The recording is not closed yet; the message stays where it is."""


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
        path = folder / _known_file(receipt, proof)
        there = os.path.lexists(path)
        if there and _digest(path) != (receipt.bytes, receipt.sha256):
            raise IntegrityError(f"{path} no longer has the bytes that the device signed: it is kept; copy the card and examine it")
        new = _file_receipt(folder / "receipts" / receipt_file(data), data)
        if there:
            unlink(path)
        if there or not new:
            self.released.state(receipt, receipt_file(data))
        return Outcome.RELEASED if there else Outcome.FILED

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


def _file_receipt(path: Path, data: bytes) -> bool:
    """`data` stands at `path`, durably; True if it is there for the first time."""
    if not path.parent.is_dir():
        make_directory(path.parent)
    try:
        write_new(path, data)
    except AlreadyThereError:
        if f"{_digest(path)[1]}.jsonl" != path.name:
            raise IntegrityError(f"{path} is there with another content than its name says; find out why") from None
        return False
    return True


def _digest(path: Path) -> State:
    try:
        return digest_plain(path)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; it is kept") from error
