"""A connection to an object store that speaks S3: whom it believes, who it is, and what its errors mean.

It believes one authority, the agency's, and nothing that the machine trusts besides; it says who it is by a client
certificate, by credentials that the store scoped to this device, or by both. Retries are the caller's: he knows whether
the camera is still in the dock.
"""

import configparser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError, HTTPClientError, SSLError

from bwc_agent.errors import ConfigError, OffloadError
from bwc_agent.offload.destination import ObjectError
from bwc_agent.offload.settings import S3Place, check_place

CONNECT: Final = 10
"""Seconds until a store that does not answer counts as away."""
READ: Final = 60
"""Seconds without a byte of an answer."""
_MENDS: Final = {
    "AccessDenied": "the store refuses these credentials: give the device its rights, or renew them",
    "ExpiredToken": "the credentials have expired: renew them",
    "InvalidAccessKeyId": "the store does not know these credentials: renew them",
    "NoSuchBucket": "the store has no such bucket: make it, or mend offload.bucket",
    "QuotaExceeded": "destination full: make room there; the device keeps everything until then",
    "RequestTimeTooSkewed": "the clocks of device and store differ by more than the store allows: set the device's clock",
    "SignatureDoesNotMatch": "the secret key is wrong: renew the credentials",
    "SlowDown": "the store asks to go slower: it is tried again later",
}


def connect(place: S3Place, connections: int = 8) -> Any:
    """A botocore client, safe to share between threads. Raises ConfigError; reads certificates and credentials anew each time."""
    _check(place)
    access = _credentials(place)
    config = Config(
        connect_timeout=CONNECT,
        read_timeout=READ,
        retries={"total_max_attempts": 1},
        max_pool_connections=connections,
        client_cert=(place.certificate, place.key) if place.certificate else None,
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        **({} if access else {"signature_version": UNSIGNED}),
    )
    try:
        return botocore.session.Session().create_client(
            "s3", region_name=place.region, endpoint_url=place.endpoint, verify=place.authority or None, config=config, **access
        )
    except (BotoCoreError, ValueError) as error:
        raise ConfigError(f"{place.endpoint}: {error}; mend [offload] in agency.toml") from error


def _check(place: S3Place) -> None:
    check_place(place)
    for name in ("authority", "certificate", "key", "credentials"):
        path = getattr(place, name)
        if path and not Path(path).is_file():
            raise ConfigError(f"offload.{name}: {path} is not there, or is no file: put it there, or mend the path")


def _credentials(place: S3Place) -> dict[str, str]:
    if not place.credentials:
        return {}
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(Path(place.credentials).read_text("utf-8"))
        found = parser["default"]
        access = {name: found[name] for name in ("aws_access_key_id", "aws_secret_access_key")}
    except (OSError, ValueError, KeyError, configparser.Error) as error:
        raise ConfigError(
            f"{place.credentials}: needs [default] with aws_access_key_id and aws_secret_access_key ({error!r:.80})"
        ) from error
    return access | ({"aws_session_token": found["aws_session_token"]} if "aws_session_token" in found else {})


def code_of(error: ClientError) -> str:
    """The store's own word for an error, as in "NoSuchKey"; the status where it has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def named(doing: str, place: S3Place, name: str) -> Iterator[None]:
    """Every error of the store inside becomes an OffloadError that names the object and the mend."""
    where = f"cannot {doing} {name} at {place.endpoint}/{place.bucket}"
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        mend = _MENDS.get(code) or (
            _MENDS["AccessDenied"] if status == 403 else f"{code}: {error.response['Error'].get('Message', '')[:200]}"
        )
        kind = ObjectError if code in ("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch") else OffloadError
        raise kind(f"{where}: {mend}") from error
    except SSLError as error:
        raise OffloadError(f"{where}: no proof that this is the agency's store ({error}); nothing was sent") from error
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise OffloadError(f"{where}: the store does not answer: check the dock's network") from error
    except (BotoCoreError, HTTPClientError, OSError) as error:
        raise OffloadError(f"{where}: the connection failed ({str(error)[:200]}); it is tried again") from error
