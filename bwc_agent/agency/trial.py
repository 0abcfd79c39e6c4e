"""A trial agency for demos, tests and a first look: authority, receipt key, two recipients, and devices enrolled under it.

    KEYS/authority.pem, authority.key          the X.509 authority that everything hangs on
         receipt.pem, receipt.key              what custody signs receipts with
         recipients/ID.jsonl, NAME.key         whom the device seals for, and what opens it

Every private key is under the passphrase. An agency in earnest uses the authority it already has.
"""

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Certificate

from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.issue import issue_authority, issue_enrolment, issue_receipt_certificate, new_key
from bwc_agent.evidence.keys import enrol
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.recipients import RecipientPrivate, RecipientPublic, recipient_to_lines
from bwc_agent.evidence.signed import Signer
from bwc_agent.evidence.software_key import SoftwareKey, key_from_pem, key_to_pem
from bwc_agent.evidence.trusted import read_bytes, read_certificate, trusted_recipients
from bwc_agent.files import make_directory, write_new

RECIPIENTS = ("evidence-room", "escrow")
"""Two, so that one lost key does not lose the evidence."""


def read_signer(certificate: Path, key: Path, passphrase: bytes) -> Signer:
    """A key with its certificate. Raises ConfigError, IntegrityError."""
    return Signer(SoftwareKey(key_from_pem(read_bytes(key, "the key"), passphrase)), read_certificate(certificate))


@dataclass(frozen=True, slots=True)
class TrialAgency:
    """Where the trial agency's files stand."""

    root: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate: what `--trust` takes."""
        return self.root / "authority.pem"

    @property
    def receipt(self) -> Path:
        """The receipt key's certificate."""
        return self.root / "receipt.pem"

    @property
    def receipt_key(self) -> Path:
        """The receipt key: what `bwc custody --key` takes."""
        return self.root / "receipt.key"

    def recipient_key(self, name: str = RECIPIENTS[0]) -> Path:
        """A recipient's private key: what `--key` and `--open` take."""
        return self.root / "recipients" / f"{name}.key"

    def recipients(self) -> list[RecipientPublic]:
        """Whom devices seal for, as the authority signed them. Raises ConfigError, IntegrityError."""
        return trusted_recipients(self.root)


def make_agency(root: Path, passphrase: bytes, now: datetime.datetime) -> TrialAgency:
    """A new trial agency in the new folder `root`. Raises StorageError if it is there, ConfigError for no passphrase."""
    key_to_pem(new_key(), passphrase)
    agency, day = TrialAgency(root), now.replace(hour=0, minute=0, second=0, microsecond=0)
    make_directory(root)
    make_directory(root / "recipients")
    key = new_key()
    certificate = issue_authority(key, "trial authority", day)
    receipt = new_key()
    _write_pair(agency.authority, root / "authority.key", certificate, key, passphrase)
    receipt_certificate = issue_receipt_certificate(key, certificate, receipt.public_key(), "trial evidence room", day)
    _write_pair(agency.receipt, agency.receipt_key, receipt_certificate, receipt, passphrase)
    for name in RECIPIENTS:
        private = RecipientPrivate.generate()
        public = private.public(name)
        write_new(root / "recipients" / f"{public.id}.jsonl", recipient_to_lines(public, Signer(SoftwareKey(key), certificate)))
        write_new(agency.recipient_key(name), private.dump(passphrase))
    return agency


def _write_pair(pem: Path, path: Path, certificate: Certificate, key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> None:
    write_new(path, key_to_pem(key, passphrase))
    write_new(pem, chain_to_pem([certificate]))


def enrol_device(agency: TrialAgency, passphrase: bytes, vault: Vault, serial: str, now: datetime.datetime) -> None:
    """Make a vault in the new folder `vault.root`: the device's own key, certified by the authority, and what it trusts.

    Raises StorageError if the folder is there, ConfigError for the serial, the passphrase or missing files.
    """
    check_serial(serial)
    signing = key_from_pem(read_bytes(agency.root / "authority.key", "the authority's key"), passphrase)
    authority = read_certificate(agency.authority)
    key = new_key()
    day = max(authority.not_valid_before_utc, now.replace(hour=0, minute=0, second=0, microsecond=0))
    certificate = issue_enrolment(signing, authority, key.public_key(), serial, day)
    make_directory(vault.root)
    for folder in (vault.trust, vault.inbox, vault.journals, vault.recordings):
        make_directory(folder)
    write_new(vault.trust / "authority.pem", chain_to_pem([authority]))
    write_new(vault.trust / "receipt.pem", read_bytes(agency.receipt, "the receipt certificate"))
    make_directory(vault.trust / "recipients")
    for path in sorted((agency.root / "recipients").glob("*.jsonl")):
        write_new(vault.trust / "recipients" / path.name, read_bytes(path, "the recipient"))
    enrol(vault.keys, key, [certificate])
