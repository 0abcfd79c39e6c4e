"""What lets the device in at an object store: the agency's authority, its own certificate and key, its credentials.

All are read anew for each connection, so that renewed ones count at the next docking. No error shows what is in them.
"""

import configparser
import os
import ssl
from pathlib import Path
from typing import TypeVar

from cryptography.x509 import BasicConstraints, Certificate, ExtendedKeyUsage, ExtensionNotFound, ExtensionType, load_pem_x509_certificate
from cryptography.x509.oid import ExtendedKeyUsageOID

from bwc_agent.errors import ConfigError
from bwc_agent.offload.settings import S3_FILES, S3Place

Extension = TypeVar("Extension", bound=ExtensionType)


def check_files(place: S3Place) -> None:
    """Raises ConfigError unless TLS can use what the place names, and nothing would write down the connection's keys."""
    if os.environ.get("SSLKEYLOGFILE"):
        raise ConfigError("SSLKEYLOGFILE is set, which writes down the keys of each connection: take it out of the environment")
    for name in S3_FILES:
        path = getattr(place, name)
        if path and not Path(path).is_file():
            raise ConfigError(f"{name}: {path} is not there, or is no file: put it there, or mend the path")
    _load(place)


def _load(place: S3Place) -> None:
    """Raises ConfigError for an authority, a certificate or a key that TLS cannot use: botocore would say so at each request only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if place.authority:
            context.load_verify_locations(place.authority)
    except OSError as error:
        raise ConfigError(f"authority: {place.authority} is no PEM of an authority ({error}): put the agency's there") from error
    try:
        if place.certificate:
            # A key under a passphrase is refused, where OpenSSL would ask for it on the terminal.
            context.load_cert_chain(place.certificate, place.key, password=_no_passphrase)
            _check_client(place.certificate)
    except (OSError, ValueError) as error:
        pair = f"certificate, key: {place.certificate} and {place.key}"
        raise ConfigError(f"{pair} are no PEM of a certificate and of its own open key ({error}): put both there") from error


def _check_client(path: str) -> None:
    """Raises ConfigError unless the certificate is for a TLS client and for nothing else.

    Those of evidence are authorities down the chain: this process must never hold a key that could sign for a start. And a key
    that may also pose as a server would let whoever steals it stand in for the store.
    """
    try:
        certificate = load_pem_x509_certificate(Path(path).read_bytes())
        uses, constraints = _extension(certificate, ExtendedKeyUsage), _extension(certificate, BasicConstraints)
    except (OSError, ValueError) as error:
        raise ConfigError(f"certificate: {path} cannot be read ({type(error).__name__}): put its PEM there") from error
    if uses is None or set(uses) != {ExtendedKeyUsageOID.CLIENT_AUTH} or (constraints is not None and constraints.ca):
        raise ConfigError(f"certificate: {path} is not for a TLS client alone: issue one with extended key usage clientAuth alone")


def _extension(certificate: Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except ExtensionNotFound:
        return None


def _no_passphrase() -> str:
    raise ValueError("the key asks for a passphrase")


def credentials(place: S3Place) -> dict[str, str]:
    """The credentials by botocore's names for them; none where the place names no file. Raises ConfigError."""
    if not place.credentials:
        return {}
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(Path(place.credentials).read_text("utf-8"))
        found = parser["default"]
        access = {name: found[name] for name in ("aws_access_key_id", "aws_secret_access_key")}
    except (OSError, ValueError, KeyError, configparser.Error) as error:
        raise ConfigError(
            f"{place.credentials}: needs [default] with aws_access_key_id and aws_secret_access_key ({type(error).__name__})"
        ) from None  # what configparser says of a damaged line is the line, in which the secret may stand
    return access | ({"aws_session_token": found["aws_session_token"]} if "aws_session_token" in found else {})
