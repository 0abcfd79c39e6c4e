"""Signed lines: a file whose every `sig` line speaks for all bytes before it.

The builder only makes bytes; where they go, and when they are durable, is the caller's. A signature covers byte 0 to the
newline before the `sig` line, earlier `sig` lines included, so a cut anywhere leaves a signed prefix. That prefix, the
decoded signature and the signer's public key are all that openssl needs.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import integer, octets, text
from bwc_agent.evidence.lines import Json, b64, decode, encode, sha256_hex
from bwc_agent.evidence.readable import readable

if TYPE_CHECKING:
    # The seam's other contracts need numpy, which a verifier and the custodian must not pay for.
    from hal.interfaces import SigningKey

VERSION: Final = 1
"""`bwc` in the first line of every file."""

_RESERVED: Final = frozenset({"kind", "n", "t"})
_PREHASHED: Final = ec.ECDSA(Prehashed(SHA256()))


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a key, and the certificate that says whose key it is."""

    key: "SigningKey"
    certificate: Certificate

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate's DER, hex: `by` in each `sig` line."""
        return fingerprint(self.certificate)


def fingerprint(certificate: Certificate) -> str:
    """SHA-256 of the certificate's DER, hex."""
    return sha256_hex(certificate.public_bytes(Encoding.DER))


class SignedLines:
    """Builds a signed file line by line; pure. Each method returns the bytes of its line, newline included, to append.

    `kind` is the kind of the first line and so of the file. Times `t` are ticks. Raises IntegrityError for a field that
    a line cannot hold, or out of order; the file so far stays as it was.
    """

    def __init__(self, kind: str, signer: Signer) -> None:
        self._kind = kind
        self._signer = signer
        self._by = signer.fingerprint
        self._hash = hashlib.sha256()
        self._count = 0
        self._t = 0
        self.bytes = 0
        """Length of the file so far."""
        self.unsigned = False
        """True while lines stand behind the last signature."""

    def first(self, t: int, /, **fields: Json) -> bytes:
        """The line that says what the file is; once, before every other."""
        if self._count:
            raise IntegrityError("the first line is written already; add the next")
        return self._line({**fields, "bwc": VERSION}, self._kind, t)

    def add(self, kind: str, t: int, /, **fields: Json) -> bytes:
        """The next line."""
        if not self._count or kind == "sig":
            raise IntegrityError("lines follow the first line, and only sign() writes a signature")
        return self._line(fields, kind, t)

    def sign(self, _at: int | None = None, /) -> bytes:
        """A `sig` line over everything so far (ECDSA P-256, SHA-256, deterministic: RFC 6979).

        It repeats the time of the line before it, whatever the caller's clock says: in the last line of a file a time
        of its own would be the one number that nobody signs.
        """
        if not self._count:
            raise IntegrityError("there is nothing to sign yet; write the first line")
        signature = self._signer.key.sign_digest(self._hash.digest())
        line = self._line({"by": self._by, "sig": b64(signature)}, "sig", self._t)
        self.unsigned = False
        return line

    def digest(self) -> str:
        """SHA-256 of the file so far, hex."""
        return self._hash.hexdigest()

    def _line(self, fields: dict[str, Json], kind: str, t: int) -> bytes:
        if taken := _RESERVED & fields.keys():
            raise IntegrityError(f"the field {min(taken)!r} belongs to the format; choose another name")
        line = encode({**fields, "kind": kind, "n": self._count, "t": t})
        self._hash.update(line)
        self._count += 1
        self._t = t
        self.bytes += len(line)
        self.unsigned = True
        return line


@dataclass(frozen=True, slots=True)
class SignedFile:
    """What a reader may believe: `lines` are the decoded lines of the first `signed_bytes` bytes, `sig` lines included.

    `tail` follows the last signature: nobody vouches for it, and a cut may have torn it.
    """

    lines: tuple[dict[str, Json], ...]
    signed_bytes: int
    tail: bytes

    @property
    def kind(self) -> str:
        """The file's kind: that of its first line; empty if nothing is signed."""
        return text(self.lines[0], "kind") if self.lines else ""

    def of_kind(self, kind: str) -> list[dict[str, Json]]:
        """The lines of one kind, in order."""
        return [line for line in self.lines if line["kind"] == kind]


def read_signed(data: bytes, certificate: Certificate) -> SignedFile:
    """The part of `data` that the holder of `certificate`'s key signed; everything after it is `tail`.

    The signed prefix ends with the last whole line that is a signature. Raises IntegrityError, naming the line (from 1),
    if anything up to there is wrong: a signature, a number, a line. Without any signature all of it is tail.
    """
    lines = _split(data)
    end = _last_signature(lines)
    reader = _Reader(certificate)
    for number, line in enumerate(lines[:end], 1):
        try:
            reader.take(line)
        except IntegrityError as error:
            raise IntegrityError(f"line {number}: {error}") from error
    return SignedFile(tuple(reader.lines), reader.bytes, data[reader.bytes :])


def _split(data: bytes) -> list[bytes]:
    """Lines by newline only: a raw carriage return is an altered byte of its line, not the end of one."""
    pieces = data.split(b"\n")
    return [piece + b"\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])


def _last_signature(lines: list[bytes]) -> int:
    """How many lines there are up to and including the last one that is a `sig` line."""
    for index in range(len(lines) - 1, -1, -1):
        if _is_signature(lines[index]):
            return index + 1
    return 0


def _is_signature(line: bytes) -> bool:
    if b'"kind":"sig"' not in line:
        return False
    try:
        return decode(line)["kind"] == "sig"
    except (IntegrityError, KeyError):
        # Torn or altered: what it would have signed is tail, and says so to whoever reads the verdict.
        return False


def signers(lines: Iterable[Mapping[str, Json]]) -> set[str]:
    """Fingerprints of the certificates whose keys signed these lines; the chain above a certificate may have several forms."""
    return {text(line, "by") for line in lines if line["kind"] == "sig"}


def spoken_for(signed: bytes) -> bytes:
    """Of a signed prefix what its last signature speaks for: all before that line, of which anybody can write a twin."""
    return signed[: signed.rfind(b"\n", 0, -1) + 1]


def signature_at(data: bytes) -> int:
    """Bytes of the signature line that `data` begins with; 0 where it begins with anything else."""
    first = data[: data.find(b"\n") + 1]
    return len(first) if _is_signature(first) else 0


def is_twin(signed: bytes, beside: bytes) -> bool:
    """True if `signed` ends with the other form of a signature that `beside` has at that place: anybody can write it.

    One that `beside` does not have there, behind lines that it has, was made by the key itself: in another life.
    """
    spoken = spoken_for(signed)
    return beside.startswith(spoken) and signature_at(beside[len(spoken) :]) > 0


class _Reader:
    """Walks the lines of one file from the first to the last signature."""

    def __init__(self, certificate: Certificate) -> None:
        with readable("the signer's certificate"):
            key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise IntegrityError("the signer's certificate must hold a P-256 key")
        self._key = key
        self._by = fingerprint(certificate)
        self._hash = hashlib.sha256()
        self.lines: list[dict[str, Json]] = []
        self.bytes = 0

    def take(self, line: bytes) -> None:
        """The next line. Raises IntegrityError."""
        found = decode(line)
        if integer(found, "n") != len(self.lines):
            raise IntegrityError(f"has number {found['n']} instead of {len(self.lines)}: lines are missing or moved")
        if not self.lines and found.get("bwc") != VERSION:
            raise IntegrityError(f"does not begin a bwc/{VERSION} file")
        # Times may lie before any start of counting, in a simulation; they must only be numbers.
        integer(found, "t", least=-(1 << 53))
        if text(found, "kind") == "sig":
            self._check(found)
        self._hash.update(line)
        self.lines.append(found)
        self.bytes += len(line)

    def _check(self, found: dict[str, Json]) -> None:
        if found.keys() != {"by", "kind", "n", "sig", "t"} or not self.lines or found["t"] != self.lines[-1]["t"]:
            raise IntegrityError("a signature has foreign fields, or another time than the line that it follows; it was altered")
        if text(found, "by") != self._by:
            raise IntegrityError("the signature is by another certificate; give the chain that stands beside the file")
        try:
            self._key.verify(octets(found, "sig"), self._hash.digest(), _PREHASHED)
        except InvalidSignature as error:
            raise IntegrityError("the signature does not fit: a byte before it, or in it, was changed") from error
