"""What a person or a device was given to trust: certificates and recipients, read from the files that they stand in."""

from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.certs import certificate_from_pem, check_authority
from bwc_agent.evidence.recipients import RecipientPublic, recipient_from_lines


def read_bytes(path: Path, what: str) -> bytes:
    """The bytes of a file that a person named. Raises ConfigError naming it and what it should be."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {what} {path}: {error.strerror or error}") from error


def read_certificate(path: Path) -> Certificate:
    """The one certificate in a PEM file. Raises ConfigError if it cannot be read, IntegrityError if it is none."""
    data = read_bytes(path, "the certificate")
    try:
        return certificate_from_pem(data)
    except IntegrityError as error:
        raise IntegrityError(f"{path}: {error}") from error


def read_authority(path: Path) -> Certificate:
    """The agency's authority in a PEM file that a person named. Raises ConfigError for any other: that is no finding about evidence."""
    try:
        certificate = read_certificate(path)
        check_authority(certificate)
    except IntegrityError as error:
        raise ConfigError(f"{path} is not the certificate of the agency's authority ({error}): give its authority.pem") from error
    return certificate


def trusted_recipients(folder: Path) -> list[RecipientPublic]:
    """Whom to seal for: each of `folder`/recipients, checked under `folder`/authority.pem. Raises ConfigError, IntegrityError."""
    authority = read_certificate(folder / "authority.pem")
    return [recipient_from_lines(read_bytes(path, "the recipient"), authority) for path in sorted((folder / "recipients").glob("*.jsonl"))]
