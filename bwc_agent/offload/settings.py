"""Where a docked device delivers to, frozen: one destination that the agency authorised (V.A.5). Plain values; reading them loads nothing.

Only paths of keys and credentials stand here, never what is in them: the settings are stated in the journal.
"""

import re
from dataclasses import dataclass, fields
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

from bwc_agent.errors import ConfigError
from bwc_agent.units import seconds

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket and how to reach it.

    `endpoint` is the store's address without a path; `authority` the PEM of the only authority whose server is believed;
    `certificate` and `key` the client's own PEM; `credentials` a file as the AWS tools write it (profile "default");
    `plain_http` allows http:// to this machine itself.
    """

    endpoint: str
    bucket: str
    region: str = "us-east-1"
    authority: str = ""
    certificate: str = ""
    key: str = ""
    credentials: str = ""
    plain_http: bool = False


S3_KEYS: Final = tuple(each.name for each in fields(S3Place))
"""What only a store has; by these names in every file that describes one."""
S3_FILES: Final = ("authority", "certificate", "key", "credentials")
"""Those of them that name files."""
PATHS: Final = ("folder", *S3_FILES)
"""The settings of a device that name files or folders."""


@dataclass(frozen=True, slots=True)
class OffloadSettings:
    """The table `[offload]`. `driver` "none": the device keeps everything until another brings it in.

    "folder": `folder` is the path, which must be a mount point if `mounted`. "s3": see `S3Place`. `order` is what goes first,
    `parallel` how many objects go at once. `alarm` in ticks: evidence that waits longer for its receipt is told.
    """

    driver: Literal["none", "folder", "s3"] = "none"
    folder: str = ""
    mounted: bool = False
    endpoint: str = ""
    bucket: str = ""
    region: str = "us-east-1"
    authority: str = ""
    certificate: str = ""
    key: str = ""
    credentials: str = ""
    plain_http: bool = False
    order: Literal["oldest", "marked"] = "oldest"
    parallel: int = 3
    alarm: int = seconds(24 * 3600)

    @property
    def place(self) -> S3Place:
        """The bucket of driver "s3"."""
        return S3Place(
            self.endpoint, self.bucket, self.region, self.authority, self.certificate, self.key, self.credentials, self.plain_http
        )


def check_place(place: S3Place) -> None:
    """Raises ConfigError for what can be no authorised store, whatever is there."""
    found = _address(place.endpoint)
    if not _BUCKET.fullmatch(place.bucket):
        raise ConfigError(
            f"bucket {place.bucket!r} is no bucket's name: write one of 3 to 63 small letters, digits, . and -, as in evidence"
        )
    if not _REGION.fullmatch(place.region):
        raise ConfigError(f'region {place.region!r} is no region: write it, as in region = "us-east-1"')
    if found.scheme == "http" and not (place.plain_http and found.hostname in _LOOPBACK):
        raise ConfigError(
            f"{place.endpoint} would carry everything in the open: write https://; for a store on this very machine plain_http = true"
        )
    if found.scheme == "https" and not place.authority:
        raise ConfigError("authority is missing: name the PEM file of the authority that certified the store")
    if bool(place.certificate) != bool(place.key):
        raise ConfigError("certificate and key belong together: give both, or none")


def _address(endpoint: str) -> SplitResult:
    try:
        found = urlsplit(endpoint)
        plain = found.netloc == endpoint.partition("//")[2].rstrip("/") and found.port != 0
        if found.scheme in ("http", "https") and found.hostname and plain and "@" not in found.netloc:
            return found
    except ValueError:
        pass  # no number for a port, half an IPv6 address
    # Not shown: a secret may stand in it, and what is said is journalled.
    raise ConfigError('endpoint is no store\'s address: write it as in "https://HOST" or "https://HOST:PORT"')
