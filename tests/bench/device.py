"""A device for benchmarks: a vault with its key, without a trial agency around it."""

import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509 import Certificate

from bwc_agent.evidence.certs import certificate_from_pem, chain_to_pem
from bwc_agent.evidence.issue import issue_authority, issue_enrolment, issue_receipt_certificate, new_key
from bwc_agent.evidence.keys import StartKey, enrol, take_key
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.recipients import RecipientPrivate, RecipientPublic
from bwc_agent.evidence.signed import Signer
from bwc_agent.evidence.software_key import SoftwareKey
from bwc_agent.files import make_directory, write_new

SERIAL = "BENCH-1"


def enrolled(folder: Path, recipients: list[RecipientPrivate]) -> tuple[Vault, StartKey, list[RecipientPublic]]:
    """A new vault in `folder`, its first start's key, and whom it seals for."""
    vault, day = Vault(folder), datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    authority_key, key = new_key(), new_key()
    authority = issue_authority(authority_key, "bench", day)
    make_directory(folder)
    write_new(folder / "authority.pem", chain_to_pem([authority]))
    write_new(folder / "authority.key", authority_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    enrol(vault.keys, key, [issue_enrolment(authority_key, authority, key.public_key(), SERIAL, day)])
    return vault, take_key(vault.keys, SERIAL), [r.public("bench") for r in recipients]


def authority_of(folder: Path) -> Certificate:
    """The authority that `enrolled` made for the vault in `folder`."""
    return certificate_from_pem((folder / "authority.pem").read_bytes())


def receipts_of(folder: Path) -> Signer:
    """A receipt key under that authority."""
    authority_key, key = load_pem_private_key((folder / "authority.key").read_bytes(), None), new_key()
    assert isinstance(authority_key, ec.EllipticCurvePrivateKey)
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return Signer(SoftwareKey(key), issue_receipt_certificate(authority_key, authority_of(folder), key.public_key(), "bench", day))
