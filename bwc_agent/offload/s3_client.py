"""A connection to an object store that speaks S3: whom it believes, who it is, and what its errors mean.

It believes one authority, the agency's, and nothing that the machine trusts besides; it says who it is by a client
certificate, by credentials that the store scoped to this device, or by both. Nothing of the machine's environment, of
`~/.aws`, of a proxy or of a cloud's metadata has a say. Retries are left to the caller, who knows whether the camera is still in the dock.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError, SSLError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError
from botocore.session import Session
from urllib3.exceptions import HTTPError

from bwc_agent.errors import ConfigError, OffloadError
from bwc_agent.offload.destination import ObjectError
from bwc_agent.offload.s3_access import check_files, credentials
from bwc_agent.offload.settings import S3Place, check_place

CONNECT: Final = 10
"""Seconds until a store that does not answer counts as away."""
READ: Final = 60
"""Seconds without a byte of an answer."""
_NOT_WHAT_WAS_SENT: Final = "what arrived is not what was sent: it is tried again; if that stays so, look at what is between"
PAGES: Final = 2_000
"""Of a listing, a thousand objects each."""
_MENDS: Final = {
    "404": "it is not there; if nothing is, that address may not be the one at which the store speaks S3",
    "AccessDenied": "the store refuses these credentials: check bucket and serial, give them their rights, or renew them",
    "BadDigest": _NOT_WHAT_WAS_SENT,
    "ExpiredToken": "the credentials have expired: renew them",
    "InvalidAccessKeyId": "the store does not know these credentials: renew them",
    "InvalidDigest": _NOT_WHAT_WAS_SENT,
    "InvalidPart": "the store lost parts that it had kept: the object is sent anew",
    "NoSuchBucket": "the store has no such bucket: make it, or mend its name",
    "NoSuchKey": "it is not there",
    "NoSuchUpload": "another writer finished or ended the upload: it is tried again",
    "QuotaExceeded": "destination full: make room there; the device keeps everything until then",
    "RequestTimeTooSkewed": "the clocks here and at the store differ by more than the store allows: set the one here",
    "SignatureDoesNotMatch": "the secret key is wrong: renew the credentials",
    "SlowDown": "the store asks to go slower: it is tried again later",
    "XAmzContentSHA256Mismatch": _NOT_WHAT_WAS_SENT,
}
_ELSEWHERE: Final = "the store says that the bucket is elsewhere: mend endpoint or region in the settings; nothing was sent there"
_FAILED: Final = ("500", "InternalError", "ServiceUnavailable")
"""What also stands in the body of an answer that says 200; the first is botocore's word for one that breaks off."""
_OF_ONE_OBJECT: Final = (
    *("BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "NoSuchKey", "404"),
    *("InvalidPart", "EntityTooLarge", "EntityTooSmall", "KeyTooLongError"),
)
# Each of botocore's settings at its default: no variable of the environment and no line of a file is asked.
_DEFAULTS: Final = {name: (None, None, default, how) for name, (_, _, default, how) in Session.SESSION_VARIABLES.items()}
_NO_FILES: Final = dict.fromkeys(("config_file", "credentials_file"), (None, None, None, None))


def connect(place: S3Place, connections: int = 8) -> Any:
    """A botocore client, safe to share between threads. Raises ConfigError; reads certificates and credentials anew each time."""
    check_place(place)
    check_files(place)
    access = credentials(place)
    for library in ("botocore", "urllib3"):
        # At DEBUG they write session tokens and signatures into the log.
        logging.getLogger(library).setLevel(logging.WARNING)
    config = Config(
        connect_timeout=CONNECT,
        read_timeout=READ,
        retries={"total_max_attempts": 1},
        max_pool_connections=connections,
        proxies={},
        client_cert=(place.certificate, place.key) if place.certificate else None,
        # The SHA-256 that goes with each object is in the signed headers: TLS and it cover the body, and it is digested once.
        s3={"addressing_style": "path", "payload_signing_enabled": place.plain_http},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        **({} if access else {"signature_version": UNSIGNED}),
    )
    try:
        session = Session(_DEFAULTS | _NO_FILES)
        session.register_component("data_loader", Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False))
        client = session.create_client(
            "s3", region_name=place.region, endpoint_url=place.endpoint, verify=place.authority or None, config=config, **access
        )
    except (BotoCoreError, ValueError) as error:
        raise ConfigError(f"{place.endpoint}: {error}; mend endpoint or region") from error
    client.meta.events.register("before-sign.s3", _Here(place))
    return client


def bounded(pages: Iterable[Any], where: str) -> Iterator[Any]:
    """The pages of a listing. Raises OffloadError for one that has no end: it would fill this machine's memory."""
    for number, page in enumerate(pages):
        if number == PAGES:
            raise OffloadError(f"{where}: more than {PAGES} pages are listed: no camera has so many objects; look into the store")
        yield page


class _Here:
    """Whatever an answer redirects to, nothing is signed for, or goes to, another host or region than the agency's."""

    def __init__(self, place: S3Place) -> None:
        self._place = place

    def __call__(self, request: Any, **_: Any) -> None:
        region = request.context.get("signing", {}).get("region", self._place.region)
        if urlsplit(request.url)[:2] != urlsplit(self._place.endpoint)[:2] or region != self._place.region:
            raise OffloadError(f"{self._place.endpoint}: {_ELSEWHERE}")


def code_of(error: ClientError) -> str:
    """The store's own word for an error, as in "NoSuchKey"; the status where it has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def confirm(answer: Mapping[str, Any], ours: str, place: S3Place, name: str) -> None:
    """Raises unless the store's answer names the SHA-256 that we sent: OffloadError where it names none, else ObjectError."""
    theirs = answer.get("ChecksumSHA256")
    if theirs is None:
        raise OffloadError(
            f"{place.endpoint} does not say which SHA-256 it kept of {name}: use a store that checks SHA-256 (see its manual)"
        )
    if theirs != ours:
        raise ObjectError(f"{place.endpoint} says it kept other bytes of {name} than were sent: look into the store, and what is between")


@contextmanager
def named(doing: str, place: S3Place, name: str) -> Iterator[None]:
    """Every error of the store inside becomes an OffloadError that names the object and the mend; so does an answer of nonsense."""
    where = f"cannot {doing} {name} at {place.endpoint}/{place.bucket}"
    try:
        yield
    except ClientError as error:
        kind = ObjectError if code_of(error) in _OF_ONE_OBJECT else OffloadError
        raise kind(f"{where}: {_mend(error)}") from error
    except SSLError as error:
        raise OffloadError(f"{where}: {_untrusted(str(error.kwargs.get('error', error)))}") from error
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise OffloadError(f"{where}: the store does not answer: check the network, and that it runs") from error
    except (BotoCoreError, HTTPError, OSError) as error:
        raise OffloadError(f"{where}: the connection failed ({str(error)[:200]}); it is tried again") from error
    except (ResponseParserError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise OffloadError(f"{where}: what answers speaks no S3 ({str(error)[:200]}): check endpoint in the settings") from error


def _untrusted(found: str) -> str:
    """A connection that ends within TLS is a broken line, no foreign store; a certificate is out of date by the clock of this machine."""
    if "EOF" in found:
        return f"the connection failed ({found[:200]}); it is tried again"
    if "ALERT" in found:  # the store's word, not ours; with TLS 1.3 it comes after the request went
        return (
            f"the store ended the connection, as one does that wants another client certificate ({found[:200]}): mend certificate and key"
        )
    dated = "expired" in found or "not yet valid" in found
    mend = "renew the store's certificate, or set the clock here; " if dated else ""
    return f"no proof that this is the agency's store ({found}); {mend}nothing was sent"


def _mend(error: ClientError) -> str:
    status, code = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0), code_of(error)
    if 300 <= status < 400 or code == "AuthorizationHeaderMalformed":
        return _ELSEWHERE
    if status == 403 and code not in _MENDS:
        return _MENDS["AccessDenied"]
    # A store's own words go through repr: they end on terminals.
    told = repr(f"{code}: {error.response.get('Error', {}).get('Message', '')}"[:200])
    if code not in _MENDS and (status >= 500 or code in _FAILED):
        return f"the store failed, or its answer broke off ({told}): it is tried again; see its log if that stays"
    return _MENDS.get(code, told)
