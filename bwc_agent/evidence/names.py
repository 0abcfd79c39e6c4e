"""Who a certificate is for, written into its subject: a start of a device, or the agency's receipt key.

serialNumber stands before CN: X.509 name constraints permit a *prefix* of a name (RFC 5280, 4.2.1.10), and the prefix
here is the device.
"""

import re
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from bwc_agent.errors import ConfigError, IntegrityError

_SERIAL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
_START: Final = re.compile(r"bwc start ([0-9]{6,15})")
_RECEIPT: Final = "bwc receipts"


@dataclass(frozen=True, slots=True)
class StartIdentity:
    """One start of one device: `serial` as enrolled, `start` counted from 0."""

    serial: str
    start: int


def check_serial(serial: str) -> str:
    """`serial`, if it may name a device: 1 to 32 letters, digits and hyphens. Raises ConfigError.

    It becomes a folder's name and part of a certificate, on every machine the same.
    """
    if not _SERIAL.fullmatch(serial):
        raise ConfigError(f"{serial[:60]!r} cannot be a device serial: use 1 to 32 letters, digits and hyphens, no hyphen first")
    return serial


def device_name(serial: str) -> x509.Name:
    """The part of the subject that all certificates of a device share, and that its enrolment permits."""
    return x509.Name([x509.NameAttribute(NameOID.SERIAL_NUMBER, check_serial(serial))])


def start_name(identity: StartIdentity) -> x509.Name:
    """The subject of a start's certificate."""
    common = x509.NameAttribute(NameOID.COMMON_NAME, f"bwc start {identity.start:06d}")
    return x509.Name([*device_name(identity.serial), common])


def start_identity(certificate: x509.Certificate) -> StartIdentity:
    """The start that `certificate` is for. Raises IntegrityError for any other subject."""
    try:
        subject = certificate.subject
        serial, common = (str(attribute.value) for attribute in subject)
        match = _START.fullmatch(common)
        if match and start_name(found := StartIdentity(serial, int(match[1]))) == subject:
            return found
    except (ValueError, ConfigError) as error:
        raise _foreign() from error
    raise _foreign()


def _foreign() -> IntegrityError:
    return IntegrityError("the certificate's subject is not a device's start (serialNumber, then CN=bwc start NNNNNN)")


def receipt_name(label: str) -> x509.Name:
    """The subject of the receipt key's certificate; `label` says whose it is, in the agency's words."""
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, _RECEIPT), x509.NameAttribute(NameOID.COMMON_NAME, label)])


def receipt_label(certificate: x509.Certificate) -> str:
    """Whose receipt key `certificate` is for. Raises IntegrityError if it is for something else."""
    values = [str(attribute.value) for attribute in certificate.subject]
    if len(values) != 2 or receipt_name(values[1]) != certificate.subject:
        raise IntegrityError("the certificate is not a receipt key's (OU=bwc receipts, then CN)")
    return values[1]
