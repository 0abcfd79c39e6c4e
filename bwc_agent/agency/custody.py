"""Custody: the agency reads back what its storage holds, checks it against what the device signed, and gives receipts.

    DEST/SERIAL/{journal,recordings}   is read, never written
    DEST/SERIAL/mailbox/DIGEST.jsonl   a receipt for each sealed file that is right, picked up at the next docking

A receipt lets the device give up its own copy, so nothing is signed on trust: each file is read whole from the storage,
under the log's signatures and the certificate chain. What is not right gets no receipt and a sentence why; the device
keeps it, and delivers it again once the wrong object is moved away.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate

from bwc_agent.agency.custody_check import Checked, Word, check_file
from bwc_agent.agency.held import Claim, Journals, read_claims, read_journals
from bwc_agent.agency.receipts_given import ReceiptsGiven
from bwc_agent.errors import BwcError, ConfigError, IntegrityError, OffloadError
from bwc_agent.evidence.certs import verify_receipt_signer
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.receipts import Receipt, is_sealed_file
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.revocations import NO_REVOCATIONS, Revocations
from bwc_agent.evidence.signed import Signer
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_log import Refused
from hal.interfaces import SigningKey


@dataclass(frozen=True, slots=True)
class Item:
    """One sealed file: what it turned out to be, and the receipt that now stands for it; `new` if signed in this run.

    Where a device's journals are wrong, `file` is `journal` and `recording` empty; where a log is, `file` is `log.jsonl`.
    """

    device: str
    recording: str
    file: str
    checked: Checked
    receipt: str | None = None
    new: bool = False

    @property
    def path(self) -> str:
        """Where it is, relative to the destination."""
        return "/".join([self.device, *(["recordings", self.recording] if self.recording else []), self.file])


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
    destination: Path,
    authority: Certificate,
    receipt_key: SigningKey,
    receipt_certificate: Certificate,
    open_with: RecipientPrivate | None = None,
    at: int | None = None,
    revocations: Revocations = NO_REVOCATIONS,
) -> Report:
    """Every sealed file below `destination` that is right has one receipt in its device's mailbox; again changes nothing.

    `open_with` also opens each file. `at` is the time that receipts state (microseconds since 1970; now, if None). What a
    device signed past one of `revocations` gets no receipt.
    Raises ConfigError if nothing is to be checked there, IntegrityError if the receipt key may not speak for the
    authority, OffloadError or StorageError where the destination fails; what was signed by then stands.
    """
    return Report(tuple(check_all(destination, authority, receipt_key, receipt_certificate, open_with, at, revocations)))


def check_all(
    destination: Path,
    authority: Certificate,
    receipt_key: SigningKey,
    receipt_certificate: Certificate,
    open_with: RecipientPrivate | None = None,
    at: int | None = None,
    revocations: Revocations = NO_REVOCATIONS,
) -> Iterator[Item]:
    """`custody`, item by item, for whoever shows progress."""
    _check_key(authority, receipt_key, receipt_certificate)
    signer = Signer(receipt_key, receipt_certificate)
    now = time.time_ns() // 1000 if at is None else at
    desk = _Desk(authority, revocations, signer, open_with, now, destination.resolve().name)
    for device in _devices(destination):
        yield from desk.device(device)


def _check_key(authority: Certificate, key: SigningKey, certificate: Certificate) -> None:
    verify_receipt_signer(certificate, authority)
    if certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != key.public_der():
        raise IntegrityError("the receipt certificate is for another key than the receipt key; give the pair that belongs together")


def _devices(destination: Path) -> list[Path]:
    """The folders of devices in `destination`; it may be such a folder itself."""
    if not destination.is_dir():
        raise ConfigError(f"{destination} is not a folder: give the one that the docks fill")
    folders = [destination, *sorted(path for path in destination.iterdir() if not path.is_symlink())]
    found = [path.resolve() for path in folders if (path / "journal").is_dir() or (path / "recordings").is_dir()]
    if not found:
        raise ConfigError(f"{destination} holds no device's evidence: give the folder that the docks fill")
    return found


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who signs, and what receipts of this run have in common."""

    authority: Certificate
    revocations: Revocations
    signer: Signer
    open_with: RecipientPrivate | None
    at: int
    place: str

    def device(self, folder: Path) -> Iterator[Item]:
        """Each sealed file of one device. A journal that does not hold stops everything: it could hide a rollback."""
        try:
            journals, given = read_journals(folder, self.authority, self.revocations), ReceiptsGiven(folder, self.signer)
            journals.check_seen(given.receipts)
        except (IntegrityError, OffloadError) as error:
            yield Item(folder.name, "", "journal", _failed(error))
            return
        for name in Vault(folder).names():
            yield from self._recording(folder, name, journals, given)

    def _recording(self, folder: Path, name: RecordingName, journals: Journals, given: ReceiptsGiven) -> Iterator[Item]:
        sealed = [path for path in sorted(Vault(folder).recording(name).glob("*.tink")) if is_sealed_file(path.name)]
        if not sealed:
            # Nothing to give a receipt for. Its log may be torn or missing for ever: a power cut just after the press.
            return
        try:
            claims = read_claims(folder, name, self.authority, journals, self.revocations)
        except (IntegrityError, OffloadError) as error:
            yield Item(folder.name, str(name), "log.jsonl", _failed(error))
            return
        for path in sealed:
            item = Item(folder.name, str(name), path.name, self._check(path, claims.get(path.name)))
            yield self._answer(item, name, journals, given)

    def _check(self, path: Path, claim: Claim | None) -> Checked:
        if claim is None:
            return Checked(Word.ALTERED, why="no signed log announces it: it was put there, or the log was cut")
        try:
            return check_file(path, claim, self.open_with)
        except OffloadError as error:
            return _failed(error)

    def _answer(self, item: Item, name: RecordingName, journals: Journals, given: ReceiptsGiven) -> Item:
        if not item.checked.word.good:
            return item
        size, digest = item.checked.state
        receipt = Receipt(item.device, name, item.file, size, digest, item.checked.opened, self.at, self.place, None, journals.newest)
        found = given.find(receipt)
        return Item(item.device, item.recording, item.file, item.checked, found or given.give(receipt), found is None)


def _failed(error: BwcError) -> Checked:
    if isinstance(error, Refused) and error.reason.state is State.UNKNOWN_SIGNER:
        return Checked(Word.UNKNOWN_SIGNER, why=str(error))
    return Checked(Word.ALTERED if isinstance(error, IntegrityError) else Word.UNREADABLE, why=str(error))
