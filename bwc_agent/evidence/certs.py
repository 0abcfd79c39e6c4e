"""Believing certificates: a chain from a start's key down to the enrolled one, and the authority that all trust hangs on.

Times of validity are not asked: evidence outlives every certificate, a device's clock is only a claim, and what bounds
the past is that keys are forgotten (FORMAT.md, Keys). What is asked is names, signatures, and what a key may do.
`issue.py` makes what is believed here; `names.py` says whom a certificate is for.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.names import StartIdentity, receipt_label, start_identity
from bwc_agent.evidence.readable import readable

MAX_CHAIN: Final = 1000
"""Certificates in the longest chain that is read; a device is renewed long before (openssl's default stops at 100)."""


class UnknownSigner(IntegrityError):
    """What was signed may be whole, but no authority that is trusted here stands behind the signer."""


def chain_to_pem(chain: Sequence[x509.Certificate]) -> bytes:
    """The certificates in PEM, in the order given: signer.pem has the start's first and leaves the authority out."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)


def chain_from_pem(pem: bytes) -> list[x509.Certificate]:
    """The certificates in `pem`, in their order, if it is exactly what `chain_to_pem` writes for them.

    One form only, because 51 bits of a start's PEM could flip unnoticed otherwise. Raises IntegrityError.
    """
    chain = _load(pem)
    if chain_to_pem(chain) != pem:
        raise IntegrityError("the chain's PEM is not in its one form; it was altered or written by another program")
    if len(chain) > MAX_CHAIN:
        raise IntegrityError(f"a chain of {len(chain)} certificates is longer than {MAX_CHAIN}; the device should have been renewed")
    return chain


def certificate_from_pem(pem: bytes) -> x509.Certificate:
    """The one certificate in `pem`, as any tool may have written it. Raises IntegrityError."""
    found = _load(pem)
    if len(found) != 1:
        raise IntegrityError(f"one certificate was expected, {len(found)} are there; give the right file")
    return found[0]


def _load(pem: bytes) -> list[x509.Certificate]:
    with readable("a certificate in PEM"):
        return x509.load_pem_x509_certificates(pem)


def verify_chain(chain: Sequence[x509.Certificate], authority: x509.Certificate) -> StartIdentity:
    """The device and start that `chain` (the start's certificate first, the enrolled one last) proves under `authority`.

    Raises UnknownSigner if the enrolled certificate is not the authority's, else IntegrityError.
    """
    found = check_links(chain)
    check_authority(authority)
    if not _issued_by(chain[-1], authority):
        raise UnknownSigner("the signer was not enrolled under this authority; give the authority of the agency that owns the device")
    return found


def check_links(chain: Sequence[x509.Certificate]) -> StartIdentity:
    """The start that `chain` is for, if each certificate is by the next: one device, start numbers rising by one.

    Says nothing about who enrolled the device. Raises IntegrityError.
    """
    if not 0 < len(chain) <= MAX_CHAIN:
        raise IntegrityError(f"a chain has 1 to {MAX_CHAIN} certificates, not {len(chain)}")
    with readable("a certificate of the chain"):
        identities = [_device_certificate(certificate) for certificate in chain]
        for (later, earlier), (who, before) in zip(pairwise(chain), pairwise(identities), strict=True):
            _check_step(later, earlier, who, before)
    return identities[0]


def _device_certificate(certificate: x509.Certificate) -> StartIdentity:
    found = start_identity(certificate)
    what = f"the certificate of start {found.start}"
    _check_p256(certificate, what)
    _check_issuer_rights(certificate, what)
    return found


def _check_step(later: x509.Certificate, earlier: x509.Certificate, who: StartIdentity, before: StartIdentity) -> None:
    if who != StartIdentity(before.serial, before.start + 1):
        raise IntegrityError(
            f"start {who.start} of {who.serial} stands on start {before.start} of {before.serial}: "
            "one device, and numbers rising by one, make a chain"
        )
    if not _issued_by(later, earlier):
        raise IntegrityError(f"the certificate of start {who.start} is not signed by start {before.start}; the chain was altered")


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """True if names match and the signature is the issuer's."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    # A signature is whole octets; its bit string's count of unused bits is the one byte that the library does not look at.
    return certificate.public_bytes(Encoding.DER).endswith(b"\0" + certificate.signature)


def _check_p256(certificate: x509.Certificate, what: str) -> None:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise IntegrityError(f"{what} does not hold a P-256 key")


def is_authority(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """True if `certificate` is `authority`'s, or one by which the same key renewed it."""
    with readable("the authority's certificate"):
        same_key = certificate.public_key() == authority.public_key()
    return certificate == authority or (same_key and _issued_by(certificate, authority))


def check_authority(certificate: x509.Certificate) -> None:
    """Raises IntegrityError where `certificate` may not certify others."""
    with readable("the authority's certificate"):
        _check_issuer_rights(certificate, "the authority's certificate")


def _check_issuer_rights(certificate: x509.Certificate, what: str) -> None:
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    if not constraints.ca or not usage.key_cert_sign:
        raise IntegrityError(f"{what} may not certify (CA:TRUE and keyCertSign are needed)")


def verify_receipt_signer(certificate: x509.Certificate, authority: x509.Certificate) -> str:
    """Whose receipt key `certificate` is for (its label), proven by `authority` itself.

    A device may certify, but only its own starts: a receipt key stands directly under the authority. Raises
    UnknownSigner if it does not, IntegrityError if the certificate is for something else.
    """
    with readable("the receipt certificate"):
        label = receipt_label(certificate)
        _check_p256(certificate, "the receipt certificate")
        rights = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    if rights.ca or usage.key_cert_sign or not usage.digital_signature:
        raise IntegrityError("a receipt key signs and certifies nobody (CA:FALSE and digitalSignature are needed)")
    check_authority(authority)
    if not _issued_by(certificate, authority):
        raise UnknownSigner("the receipt key is not certified by this authority; give the agency's own")
    return label
