"""The receipts that stand in a device's mailbox: signed once, never signed again for the same bytes."""

from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError, OffloadError
from bwc_agent.evidence.layout import MAILBOX
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.receipts import Receipt, is_receipt_file, read_receipt, receipt_file, write_receipt
from bwc_agent.evidence.signed import Signer
from bwc_agent.files import make_directory, write_new


class ReceiptsGiven:
    """The mailbox of one device folder. Files in it that are no receipts of this key are left alone."""

    def __init__(self, device: Path, signer: Signer) -> None:
        self._folder = device / MAILBOX
        self._signer = signer
        self._given = _read(self._folder, signer.certificate)

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """All of them."""
        return tuple(self._given.values())

    def find(self, wanted: Receipt) -> str | None:
        """The name of a receipt that says as much as `wanted`: the same bytes, and opened if `wanted` is."""
        enough = (True, wanted.opened)
        return next((name for name, given in self._given.items() if _bytes_of(given) == _bytes_of(wanted) and given.opened in enough), None)

    def give(self, receipt: Receipt) -> str:
        """`receipt` stands in the mailbox, signed and durable; returns its name. Raises StorageError."""
        data = write_receipt(receipt, self._signer)
        if not self._folder.is_dir():
            make_directory(self._folder)
        name = receipt_file(data)
        write_new(self._folder / name, data)
        self._given[name] = receipt
        return name


def _bytes_of(receipt: Receipt) -> tuple[object, ...]:
    return receipt.device, receipt.recording, receipt.file, receipt.bytes, receipt.sha256


def _read(folder: Path, certificate: Certificate) -> dict[str, Receipt]:
    given: dict[str, Receipt] = {}
    for path in sorted(folder.glob("*.jsonl")):
        if not is_receipt_file(path.name):
            continue
        try:
            data = read_plain(path)
            if receipt_file(data) == path.name:
                given[path.name] = read_receipt(data, certificate)
        except IntegrityError:
            # Another key's, or another kind of message: it is not ours to judge, and a receipt of ours goes beside it.
            continue
        except OSError as error:
            raise OffloadError(f"cannot read {path}: {error.strerror or error}; check the destination") from error
    return given
