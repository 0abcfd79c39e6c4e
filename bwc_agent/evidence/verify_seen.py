"""What the agency has seen of a device before, against what the device shows now.

Signatures cannot tell an older copy of a whole card from the card, nor one of two doubles from the other: each is right in
itself. A receipt in the agency's hands can, because it names the journal and the bytes that were there when it was signed.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import whole_lines
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.receipts import Receipt, is_receipt_file
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.revocations import Revocation, Revocations
from bwc_agent.evidence.signed import signature_at
from bwc_agent.evidence.verdict import Reason, State
from bwc_agent.evidence.verify_audit import Audit
from bwc_agent.evidence.verify_journals import Journal, seen_by
from bwc_agent.evidence.verify_receipts import Receipts, read_receipts


def read_mail(folders: Sequence[Path], keys: Sequence[Certificate]) -> Receipts:
    """The receipts in mailboxes, where messages of other kinds may lie beside them. Raises StorageError."""
    found = [read_receipts(folder, keys) for folder in folders]
    return Receipts(
        tuple(dict.fromkeys(receipt for one in found for receipt in one.held)),
        tuple(reason for one in found for reason in one.reasons),
        sum(one.unknown for one in found),
    )


def spoiled(mail: Receipts) -> Iterator[Reason]:
    """Files that are named as a receipt and are none any more: proofs that somebody changed."""
    return (reason for reason in mail.reasons if is_receipt_file(Path(reason.where).name))


def unread(mail: Receipts) -> Iterator[str]:
    """What lies in mailboxes and says nothing here."""
    if mail.unknown:
        yield f"{mail.unknown} receipts in the mailbox: no certificate of the key that signed them was given"
    if others := len(mail.reasons) - len(list(spoiled(mail))):
        yield f"{others} messages in the mailbox: they are no receipts"


def contradicted(receipts: Sequence[Receipt], audit: Audit) -> Iterator[Reason]:
    """Receipts of this device that have seen more than is here, or another."""
    for receipt in receipts:
        if receipt.journal is not None and (reason := seen_by(receipt.journal, audit.journals)):
            yield reason
        # A log that is here and not believed has its own finding.
        if receipt.recording not in audit.names or receipt.recording in audit.logs:
            yield from _file_seen(receipt, audit.logs.get(receipt.recording))


def _file_seen(receipt: Receipt, log: RecordingLog | None) -> Iterator[Reason]:
    file = next((file for file in log.files if file.name == receipt.file), None) if log is not None else None
    where = f"{receipt.recording}/{receipt.file}"
    if file is None:
        yield Reason(State.ROLLED_BACK, "the agency has received it, and no log here knows of it: the device was set back", where)
    elif receipt.opened is not False and file.end is not None and file.end != (receipt.bytes, receipt.sha256):
        what = f"the agency has received another one, of {receipt.bytes} bytes: the device was set back, or it has a double"
        yield Reason(State.ROLLED_BACK, what, where)


def revoked(receipt: Receipt, revocations: Revocations) -> bool:
    """True where what the receipt has seen was refused already, together with its start."""
    start = max(receipt.recording.start, receipt.journal.start if receipt.journal else 0)
    return revocations.against(StartIdentity(receipt.device, start)) is not None


def beyond(revocation: Revocation, journals: Sequence[Journal], names: Collection[RecordingName]) -> Iterator[Reason]:
    """What the last start that counts did after the agency saw it last: the same key signed it, for whoever held the device."""
    if revocation.seen is None:
        return
    if reason := seen_by(revocation.seen, journals):
        yield reason
    journal = next((j for j in journals if j.start == revocation.start), None)
    counted = journal.copy.data[: revocation.seen.bytes] if journal is not None else b""
    if journal is not None and len(journal.copy.data) > len(counted) + signature_at(journal.copy.data[len(counted) :]):
        yield Reason(State.UNKNOWN_SIGNER, f"what stands behind byte {len(counted)} does not count: {revocation}", journal.copy.path.name)
    closed = set(_closed(counted))
    for name in sorted(names):
        if name.start == revocation.start and str(name) not in closed:
            yield Reason(State.UNKNOWN_SIGNER, f"it was not closed by what counts of its start: {revocation}", str(name))


def _closed(data: bytes) -> Iterator[str]:
    # Cut within a line: what is not whole closed nothing.
    return (str(line.get("recording")) for line in whole_lines(data) if line.get("kind") == "closed")
