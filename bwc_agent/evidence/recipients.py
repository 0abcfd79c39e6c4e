"""For whom the device seals: pairs of public keys, given by the agency in a file that its authority signed.

A recipient is an ML-KEM-1024 key and a P-384 key together: who wants the footage must break both. The private halves are
two PKCS#8 blocks under a passphrase, because no standard form of the pair exists yet; openssl reads each.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey, MLKEM1024PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509 import Certificate

from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.fields import octets, text
from bwc_agent.evidence.lines import b64
from bwc_agent.evidence.signed import SignedLines, Signer, read_signed
from bwc_agent.evidence.software_key import load_private

KIND: Final = "recipient"
"""Kind of a recipient's file."""

_FIELDS: Final = {"bwc", "id", "kind", "mlkem1024", "n", "name", "p384", "t"}
_LONGEST: Final = 64 * 1024
_BLOCK: Final = re.compile(rb"-----BEGIN [A-Z ]+-----\n.*?-----END [A-Z ]+-----\n", re.DOTALL)


@dataclass(frozen=True)
class RecipientPublic:
    """To whom segment keys are wrapped; `name` is the agency's own word for it."""

    mlkem: MLKEM1024PublicKey
    p384: ec.EllipticCurvePublicKey
    name: str

    @cached_property
    def spkis(self) -> tuple[bytes, bytes]:
        """SubjectPublicKeyInfo in DER: ML-KEM-1024 (RFC 9935), then P-384 (RFC 5480)."""
        form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return self.mlkem.public_bytes(*form), self.p384.public_bytes(*form)

    @cached_property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 over both SPKIs."""
        return hashlib.sha256(b"".join(self.spkis)).hexdigest()[:16]


@dataclass(frozen=True)
class RecipientPrivate:
    """Who can open: the agency's side of a recipient."""

    mlkem: MLKEM1024PrivateKey
    p384: ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls) -> Self:
        """A fresh pair. Raises ConfigError where the installed cryptography has no ML-KEM."""
        try:
            return cls(MLKEM1024PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1()))
        except UnsupportedAlgorithm as error:
            raise ConfigError("this build of cryptography has no ML-KEM; install one that has") from error

    def public(self, name: str) -> RecipientPublic:
        """The half that devices get, under `name`."""
        return RecipientPublic(self.mlkem.public_key(), self.p384.public_key(), name)

    def dump(self, passphrase: bytes) -> bytes:
        """Two PKCS#8 blocks in PEM, ML-KEM-1024 first, each encrypted. Raises ConfigError if the passphrase is empty.

        PKCS#8 spends little work on each guess: the passphrase must be a long one.
        """
        if not passphrase:
            raise ConfigError("the passphrase is empty; give one")
        form = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
        return self.mlkem.private_bytes(*form) + self.p384.private_bytes(*form)

    @classmethod
    def load(cls, pem: bytes, passphrase: bytes) -> Self:
        """What `dump` wrote. Raises ConfigError for a wrong passphrase, IntegrityError if it is another file."""
        if len(pem) > _LONGEST:
            raise IntegrityError(f"a recipient's private key has at most {_LONGEST} bytes, this file {len(pem)}; give the right file")
        # A third block is one too many, and each costs the rounds that it asks for.
        keys = [load_private(block[0], passphrase) for block in islice(_BLOCK.finditer(pem), 3)]
        match keys:
            case [MLKEM1024PrivateKey() as mlkem, ec.EllipticCurvePrivateKey(curve=ec.SECP384R1()) as p384]:
                return cls(mlkem, p384)
        raise IntegrityError("a recipient's private key is an ML-KEM-1024 block, then a P-384 block; give the right file")


def recipient_to_lines(recipient: RecipientPublic, authority: Signer, t: int = 0) -> bytes:
    """The file `recipients/ID.jsonl`: both keys and the name, signed under the authority."""
    lines = SignedLines(KIND, authority)
    mlkem, p384 = recipient.spkis
    first = lines.first(t, id=recipient.id, name=recipient.name, mlkem1024=b64(mlkem), p384=b64(p384))
    return first + lines.sign()


def recipient_from_lines(data: bytes, authority: Certificate) -> RecipientPublic:
    """The recipient that `authority` signed; nothing else counts. Raises IntegrityError."""
    read = read_signed(data, authority)
    if len(read.lines) != 2 or read.tail or read.kind != KIND or read.lines[0].keys() != _FIELDS:
        raise IntegrityError("not a recipient's file: one recipient line and the authority's signature were expected")
    line = read.lines[0]
    mlkem, p384 = _public(octets(line, "mlkem1024")), _public(octets(line, "p384"))
    if not isinstance(mlkem, MLKEM1024PublicKey) or not isinstance(p384, ec.EllipticCurvePublicKey) or p384.curve.name != "secp384r1":
        raise IntegrityError("a recipient has an ML-KEM-1024 key and a P-384 key; these are others")
    found = RecipientPublic(mlkem, p384, text(line, "name"))
    if found.id != text(line, "id"):
        raise IntegrityError("the recipient's id is not the digest of its keys")
    return found


def _public(der: bytes) -> object:
    try:
        return load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise IntegrityError("a recipient's public key cannot be read") from error
