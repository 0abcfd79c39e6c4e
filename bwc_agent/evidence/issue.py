"""Making certificates: the trial authority, a device's enrolment, each start by the start before it, the receipt key.

Real agencies enrol with an authority of their own; what is made here shows the profile that any X.509 authority can meet
(RFC 5280): P-256, CA:TRUE without a path length, permitted names down to the one device.
"""

import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from bwc_agent.evidence.names import StartIdentity, device_name, receipt_name, start_name
from bwc_agent.evidence.readable import readable

NO_EXPIRY: Final = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
"""A certificate without a known end (RFC 5280, 4.1.2.5): one start with a wrong clock must not poison the chain."""


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def issue_authority(key: ec.EllipticCurvePrivateKey, label: str, not_before: datetime.datetime) -> x509.Certificate:
    """A self-signed trial authority; `label` is its common name, `not_before` an aware time."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, label)])
    builder = _profile(name, key.public_key(), not_before, authority=True).issuer_name(name)
    return _sign(builder.add_extension(_authority_id(key.public_key()), False), key)


def issue_enrolment(
    authority_key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    public: ec.EllipticCurvePublicKey,
    serial: str,
    not_before: datetime.datetime,
    start: int = 0,
) -> x509.Certificate:
    """The certificate of device `serial`'s key for `start`: 0 when it is new, the next start at a renewal.

    Everything below it is permitted only under this device's name. Raises ConfigError if `serial` cannot name a device.
    """
    builder = _profile(start_name(StartIdentity(serial, start)), public, not_before, authority=True)
    permitted = x509.NameConstraints([x509.DirectoryName(device_name(serial))], None)
    return _sign(_issued(builder.add_extension(permitted, True), authority), authority_key)


def issue_next(
    current_key: ec.EllipticCurvePrivateKey, current: x509.Certificate, next_public: ec.EllipticCurvePublicKey, serial: str, start: int
) -> x509.Certificate:
    """The certificate of the key for `start`, by the key of the start before it.

    notBefore is copied and the end is 9999-12-31: the device's clock has no say in it.
    """
    builder = _profile(start_name(StartIdentity(serial, start)), next_public, current.not_valid_before_utc, authority=True)
    return _sign(_issued(builder, current), current_key)


def issue_receipt_certificate(
    authority_key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    public: ec.EllipticCurvePublicKey,
    label: str,
    not_before: datetime.datetime,
) -> x509.Certificate:
    """The certificate of the agency's receipt key: it signs, and certifies nobody. `label` says whose it is."""
    return _sign(_issued(_profile(receipt_name(label), public, not_before, authority=False), authority), authority_key)


def _profile(
    subject: x509.Name, public: ec.EllipticCurvePublicKey, not_before: datetime.datetime, authority: bool
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(subject_name=subject, public_key=public, serial_number=x509.random_serial_number())
    return (
        builder.not_valid_before(not_before)
        .not_valid_after(NO_EXPIRY)
        .add_extension(x509.BasicConstraints(authority, None), True)
        .add_extension(_usage(authority), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    )


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_id(public: ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(x509.SubjectKeyIdentifier.from_public_key(public))


def _issued(builder: x509.CertificateBuilder, issuer: x509.Certificate) -> x509.CertificateBuilder:
    with readable("the certificate that is to certify the next one"):
        identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    extension = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    return builder.issuer_name(issuer.subject).add_extension(extension, False)


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return builder.sign(key, SHA256(), ecdsa_deterministic=True)
