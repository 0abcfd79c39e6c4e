"""What the custodian believes: the agency's folder `trust/`, all of it proven by its authority; revocations come to stand there."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.errors import ConfigError, IntegrityError, StorageError
from bwc_agent.evidence.certs import certificate_from_pem, verify_receipt_signer
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.revocations import FOLDER, NO_REVOCATIONS, Revocations, read_revocation, read_revocations, revocation_file
from bwc_agent.files import AlreadyThereError, make_directory, write_new


@dataclass(frozen=True, slots=True)
class Trust:
    """What the agency gave in `folder`: the authority, the receipt key that it certified, the revocations that it signed."""

    folder: Path
    authority: Certificate
    receipts: Certificate
    revocations: Revocations = NO_REVOCATIONS


def read_trust(folder: Path) -> Trust:
    """What stands in `folder`, all of it proven by its `authority.pem`. Raises ConfigError, IntegrityError, StorageError."""
    authority, receipts = _certificate(folder / "authority.pem"), _certificate(folder / "receipt.pem")
    verify_receipt_signer(receipts, authority)
    revocations, wrong = read_revocations(folder / FOLDER, authority)
    if wrong:
        raise IntegrityError(f"{folder}: {'; '.join(map(str, wrong))}; nothing is given up until that is gone")
    return Trust(folder, authority, receipts, revocations)


def keep_revocation(trust: Trust, data: bytes) -> str:
    """The revocation `data` stands in `trust`, durably; returns where.

    Whichever device it is of is kept: a verifier of this card may meet another one's recordings. Raises IntegrityError for
    what the authority did not sign, StorageError.
    """
    device = read_revocation(data, trust.authority).device
    try:
        name = f"{FOLDER}/{revocation_file(check_serial(device), data)}"
    except ConfigError as error:
        raise IntegrityError(f"is a revocation of no device: {error}") from error
    path = trust.folder / name
    if not path.parent.is_dir():
        make_directory(path.parent, shared=True)
    try:
        write_new(path, data, shared=True)
    except AlreadyThereError:
        if _bytes(path) != data:
            raise IntegrityError(f"{path} is there with another content than its name says; find out why") from None
    return name


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; check owner and mode") from error


def _certificate(path: Path) -> Certificate:
    try:
        return certificate_from_pem(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}; give the folder that the agency provisioned") from error
