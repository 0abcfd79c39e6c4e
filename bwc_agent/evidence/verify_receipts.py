"""The agency's receipts beside a recording: what they prove of files that the device gave up against them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import certificate_from_pem, verify_receipt_signer
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.receipts import MAX_RECEIPT, Receipt, is_receipt_file, read_receipt, receipt_file
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.signed import fingerprint
from bwc_agent.evidence.verdict import Reason, State
from bwc_agent.evidence.verify_copies import read_file
from bwc_agent.evidence.verify_files import RECEIPTS, listing


@dataclass(frozen=True, slots=True)
class Receipts:
    """Those of one folder that hold, those that do not as findings, and how many are by a key that is not at hand."""

    held: tuple[Receipt, ...] = ()
    reasons: tuple[Reason, ...] = ()
    unknown: int = 0

    def cover(self, file: SealedFile, log: RecordingLog) -> Receipt | None:
        """A receipt for all of `file`: the very bytes of its `end`, or at least as many as are signed where it has none."""
        for receipt in self.held:
            if (receipt.device, receipt.recording, receipt.file) != (log.who.serial, log.name, file.name) or receipt.opened is False:
                continue
            if (receipt.bytes, receipt.sha256) == file.end or (file.end is None and receipt.bytes >= file.signed):
                return receipt
        return None

    def strange(self, log: RecordingLog) -> Iterator[Reason]:
        """Those that are for something else: the device files each beside the log that it is for."""
        files = {file.name for file in log.files}
        for receipt in self.held:
            if (receipt.device, receipt.recording) != (log.who.serial, log.name) or receipt.file not in files:
                what = f"a receipt for {receipt.device} {receipt.recording}/{receipt.file} lies here; it was put there"
                yield Reason(State.ALTERED, what, RECEIPTS)


def receipt_certificates(root: Path, authority: Certificate) -> list[Certificate]:
    """The agency's receipt certificate in a vault's `trust`, if it is there. Raises IntegrityError if it is not the authority's."""
    path = Vault(root).trust / "receipt.pem"
    if path.is_symlink() or not path.is_file():
        return []
    certificate = certificate_from_pem(read_file(path))
    verify_receipt_signer(certificate, authority)
    return [certificate]


def read_receipts(folder: Path, certificates: Sequence[Certificate]) -> Receipts:
    """Every receipt in `folder` (which need not be there) under one of `certificates`. Raises StorageError."""
    if folder.is_symlink() or not folder.is_dir():
        return Receipts()
    files, reasons = listing(folder)
    held: list[Receipt] = []
    unknown = 0
    by_signer = {fingerprint(certificate): certificate for certificate in certificates}
    for name, path in files.items():
        try:
            receipt = _read(name, path, by_signer)
        except IntegrityError as error:
            reasons.append(Reason(State.ALTERED, str(error), f"{folder.name}/{name}"))
            continue
        if receipt is None:
            unknown += 1
        else:
            held.append(receipt)
    return Receipts(tuple(held), tuple(reasons), unknown)


def _read(name: str, path: Path, by_signer: dict[str, Certificate]) -> Receipt | None:
    """The receipt in `path`; None if it is whole but by none of these keys."""
    if path.stat().st_size > MAX_RECEIPT:
        raise IntegrityError("is too large for a receipt; it was put there")
    data = read_file(path)
    if not is_receipt_file(name) or receipt_file(data) != name:
        raise IntegrityError("is not named by its own SHA-256: it was changed, or is no receipt")
    certificate = next((found for by, found in by_signer.items() if by.encode() in data), None)
    return None if certificate is None else read_receipt(data, certificate)
