"""Custody: the agency reads back what its storage holds, checks it against what the device signed, and gives receipts.

    SERIAL/{journal,recordings}   is read, never written
    SERIAL/mailbox/DIGEST.jsonl   a receipt for each sealed file that is right, picked up at the next docking

A receipt lets the device give up its own copy, so nothing is signed on trust: each file is read whole from the storage,
under the log's signatures and the certificate chain, and where the store can lock, it must be locked. What is not right
gets no receipt and a sentence why; the device keeps it, and delivers it again once the wrong object is out of the way.
Trouble with one file never stops the others, trouble with one device never stops other devices.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate

from bwc_agent.agency.custody_desk import Desk, Item, Terms
from bwc_agent.agency.folder_store import FolderStore
from bwc_agent.agency.store import Store
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import verify_receipt_signer
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.revocations import NO_REVOCATIONS, Revocations
from bwc_agent.evidence.signed import Signer
from hal.interfaces import SigningKey


@dataclass(frozen=True, slots=True)
class Report:
    """All that was looked at, in order."""

    items: tuple[Item, ...]

    @property
    def wrong(self) -> tuple[Item, ...]:
        """What got no receipt."""
        return tuple(item for item in self.items if not item.checked.word.good)

    @property
    def exit_status(self) -> int:
        """0 if everything has its receipt; else the gravest finding's: see `Word`."""
        return max((item.checked.word.exit_status for item in self.items), default=0)


def custody(
    destination: Path | Store,
    authority: Certificate,
    receipt_key: SigningKey,
    receipt_certificate: Certificate,
    open_with: RecipientPrivate | None = None,
    at: int | None = None,
    revocations: Revocations = NO_REVOCATIONS,
) -> Report:
    """Every sealed file in `destination` that is right has one receipt in its device's mailbox; again changes nothing.

    `open_with` also opens each file. `at` is the time that receipts state (microseconds since 1970; now, if None). What a
    device signed past one of `revocations` gets no receipt.
    Raises ConfigError if nothing is to be checked there, IntegrityError if the receipt key may not speak for the
    authority, OffloadError where the destination cannot be listed; what was signed by then stands.
    """
    store = FolderStore(destination) if isinstance(destination, Path) else destination
    terms = Terms(authority, Signer(receipt_key, receipt_certificate), open_with, revocations)
    return Report(tuple(check_all(store, terms, at)))


def check_all(store: Store, terms: Terms, at: int | None = None) -> Generator[Item, None, None]:
    """`custody`, item by item, for whoever shows progress or stops in between."""
    _check_key(terms.authority, terms.signer)
    desk = Desk(store, terms, time.time_ns() // 1000 if at is None else at)
    for serial in store.devices():
        yield from desk.device(serial)


def _check_key(authority: Certificate, signer: Signer) -> None:
    verify_receipt_signer(signer.certificate, authority)
    if signer.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != signer.key.public_der():
        raise IntegrityError("the receipt certificate is for another key than the receipt key; give the pair that belongs together")
