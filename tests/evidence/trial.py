"""A trial agency and a device of it: certificates and keys made for one test run."""

import datetime
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509 import Certificate, load_der_x509_certificate

from bwc_agent.evidence.issue import issue_authority, issue_enrolment, issue_next, issue_receipt_certificate, new_key
from bwc_agent.evidence.lines import b64, decode, encode, unb64
from bwc_agent.evidence.signed import Signer
from bwc_agent.evidence.software_key import SoftwareKey

SERIAL = "BWC-0001"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
YEAR = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Agency:
    """An authority, and what it issues."""

    key: ec.EllipticCurvePrivateKey
    certificate: Certificate

    @classmethod
    def new(cls, label: str = "trial authority") -> "Agency":
        key = new_key()
        return cls(key, issue_authority(key, label, YEAR))

    @property
    def signer(self) -> Signer:
        return Signer(SoftwareKey(self.key), self.certificate)

    def enrolment(self, key: ec.EllipticCurvePrivateKey, serial: str = SERIAL, start: int = 0) -> Certificate:
        return issue_enrolment(self.key, self.certificate, key.public_key(), serial, YEAR, start)

    def receipt(self, key: ec.EllipticCurvePrivateKey, label: str = "evidence room") -> Certificate:
        return issue_receipt_certificate(self.key, self.certificate, key.public_key(), label, YEAR)


def grown_chain(agency: Agency, length: int, serial: str = SERIAL) -> tuple[ec.EllipticCurvePrivateKey, list[Certificate]]:
    """The key and the chain (own certificate first) of start `length` - 1."""
    key = new_key()
    chain = [agency.enrolment(key, serial)]
    for start in range(1, length):
        following = new_key()
        chain.insert(0, issue_next(key, chain[0], following.public_key(), serial, start))
        key = following
    return key, chain


def device_signer(agency: Agency) -> Signer:
    """A signer of start 0."""
    key, chain = grown_chain(agency, 1)
    return Signer(SoftwareKey(key), chain[0])


def _twin(signature: bytes) -> bytes:
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, _ORDER - s)


def twin(data: bytes) -> bytes:
    """The last signature in its other form, which anybody can write."""
    *lines, last = data.splitlines(keepends=True)
    line = decode(last)
    return b"".join(lines) + encode({**line, "sig": b64(_twin(unb64(str(line["sig"]))))})


def twin_certificate(certificate: Certificate) -> Certificate:
    """The same with its signature in the other form."""
    signature = _twin(certificate.signature)
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    body = certificate.tbs_certificate_bytes + algorithm + bytes([3, len(signature) + 1, 0]) + signature
    return load_der_x509_certificate(b"\x30\x82" + len(body).to_bytes(2) + body)
