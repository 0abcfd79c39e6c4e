"""A P-256 key in RAM: what signs where there is no token."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.encrypted_key import encrypted_der

_PREHASHED: Final = ec.ECDSA(Prehashed(SHA256()), deterministic_signing=True)


class SoftwareKey:
    """Signs as `hal.interfaces.SigningKey` promises; the key itself stays inside this object."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    def sign_digest(self, digest: bytes) -> bytes:
        """DER of the ECDSA signature over a SHA-256 `digest` (32 bytes), deterministic (RFC 6979)."""
        return self._private.sign(digest, _PREHASHED)

    def public_der(self) -> bytes:
        """SubjectPublicKeyInfo in DER."""
        return self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_to_pem(private: ec.EllipticCurvePrivateKey, passphrase: bytes | None) -> bytes:
    """PKCS#8 in PEM, encrypted under `passphrase`; None only for the device's next key, which has nobody to ask."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, _encryption(passphrase))


def key_from_pem(pem: bytes, passphrase: bytes | None) -> ec.EllipticCurvePrivateKey:
    """The P-256 key in `pem`. Raises ConfigError for a wrong passphrase, IntegrityError if it is no such key."""
    key = load_private(pem, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise IntegrityError("the file holds another kind of key than P-256; give the right one")
    return key


def _encryption(passphrase: bytes | None) -> KeySerializationEncryption:
    if passphrase is None:
        return NoEncryption()
    if not passphrase:
        raise ConfigError("the passphrase is empty; give one")
    return BestAvailableEncryption(passphrase)


def load_private(pem: bytes, passphrase: bytes | None) -> object:
    """Whatever private key `pem` holds. Raises ConfigError about the passphrase, IntegrityError about the file."""
    encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in pem
    if encrypted and not passphrase:
        raise ConfigError("the key is under a passphrase; give it")
    try:
        return load_der_private_key(encrypted_der(pem), passphrase) if encrypted else load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise ConfigError("the passphrase does not open the key, or the file is damaged") from error
        raise IntegrityError("no private key in PEM; the file is damaged or another one") from error
