"""What lets the device in at an object store: the agency's authority, its own certificate and key, its credentials.

All are read anew for each connection, so that renewed ones count at the next docking. No error shows what is in them.
"""

import configparser
import os
import ssl
from pathlib import Path

from bwc_agent.errors import ConfigError
from bwc_agent.offload.settings import S3Place


def check_files(place: S3Place) -> None:
    """Raises ConfigError unless TLS can use what the place names, and nothing would write down the connection's keys."""
    if os.environ.get("SSLKEYLOGFILE"):
        raise ConfigError("SSLKEYLOGFILE is set, which writes down the keys of each connection: take it out of the environment")
    for name in ("authority", "certificate", "key", "credentials"):
        path = getattr(place, name)
        if path and not Path(path).is_file():
            raise ConfigError(f"offload.{name}: {path} is not there, or is no file: put it there, or mend the path")
    _load(place)


def _load(place: S3Place) -> None:
    """Raises ConfigError for an authority, a certificate or a key that TLS cannot use: botocore would say so at each request only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if place.authority:
            context.load_verify_locations(place.authority)
    except OSError as error:
        raise ConfigError(f"offload.authority: {place.authority} is no PEM of an authority ({error}): put the agency's there") from error
    try:
        if place.certificate:
            # A key under a passphrase is refused, where OpenSSL would ask for it on the terminal.
            context.load_cert_chain(place.certificate, place.key, password=_no_passphrase)
    except (OSError, ValueError) as error:
        pair = f"offload.certificate, offload.key: {place.certificate} and {place.key}"
        raise ConfigError(f"{pair} are no PEM of a certificate and of its own open key ({error}): put both there") from error


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
