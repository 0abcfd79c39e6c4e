"""An object store that keeps every version and locks it: S3 with Object Lock, read with rights of the agency's own.

BUCKET/SERIAL/{journal,recordings}   listed with every version, read by version
BUCKET/SERIAL/mailbox/DIGEST.jsonl   what is given to the device
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from botocore.exceptions import ClientError
from cryptography.x509 import Certificate

from bwc_agent.agency.cache import Cache
from bwc_agent.agency.s3_held import S3Held
from bwc_agent.agency.s3_listing import NO_ID, folders_below, microseconds, versions_below
from bwc_agent.agency.store import Lock, NoDevicesError, Version
from bwc_agent.agency.wall_time import moment
from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.layout import MAILBOX
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.plain import PIECE
from bwc_agent.offload.destination import ObjectError
from bwc_agent.offload.s3_checksums import checksum
from bwc_agent.offload.s3_client import code_of, named
from bwc_agent.offload.settings import S3Place


class S3Store:
    """Implements `Store` for serials that begin with `prefix`, by a botocore `client` of `place`; small objects are kept in `cache`."""

    keeps_versions: Final = True

    def __init__(self, client: Any, place: S3Place, cache: Path, prefix: str = "") -> None:
        self.client, self.place, self.prefix = client, place, prefix
        self.cache = Cache(cache, f"{place.endpoint}/{place.bucket}")
        self.name = f"s3://{place.bucket}"

    def devices(self) -> list[str]:
        """See `Store.devices`: also those of which everything has been deleted, as far as a version is left."""
        found = [serial for serial in folders_below(self.client, self.place, self.prefix) if _is_serial(serial)]
        if not found:
            raise NoDevicesError(f"{self.name}/{self.prefix} holds no device's evidence: give the bucket that devices deliver to")
        return found

    @contextmanager
    def open(self, serial: str, authority: Certificate) -> Iterator[S3Held]:
        """See `Store.open`. Raises Refused where the journals are two lives of one device, OffloadError, StorageError."""
        listed = versions_below(self.client, self.place, f"{serial}/")
        with TemporaryDirectory(prefix="look.", dir=self.cache.root) as folder:
            place, logs = Path(folder) / "device" / serial, Path(folder) / "logs"
            for each in (place, logs):
                each.mkdir(parents=True)
            held = S3Held(place, listed, authority, self.cache, Cache(logs), self.read)
            try:
                held.lay_out()
                yield held
            except IntegrityError:
                held.forget("journal")
                raise

    def read(self, version: Version) -> Iterator[bytes]:
        """See `Store.read`."""
        count = 0
        with named("read", self.place, str(version)):
            answer = self.client.get_object(Bucket=self.place.bucket, **_key(version))
            with answer["Body"] as body:
                while piece := body.read(PIECE):
                    count += len(piece)
                    if count > version.size:
                        break
                    yield piece
        if count != version.size or answer.get("VersionId", _id(version)) != _id(version):
            raise ObjectError(f"the store lists {version} with {version.size} bytes and gives others: look into the store")

    def lock(self, version: Version) -> Lock:
        """See `Store.lock`: COMPLIANCE alone, since whoever may can take a GOVERNANCE lock away."""
        with named("ask for the lock of", self.place, str(version)):
            answer = self.client.head_object(Bucket=self.place.bucket, **_key(version))
        kept = answer.get("ObjectLockMode") == "COMPLIANCE"
        return Lock(microseconds(answer.get("ObjectLockRetainUntilDate")) if kept else None, microseconds(answer.get("LastModified")))

    def extend(self, version: Version, until: int) -> None:
        """See `Store.extend`; needs the right to PutObjectRetention."""
        retention = {"Mode": "COMPLIANCE", "RetainUntilDate": moment(until)}
        with named("extend the lock of", self.place, str(version)):
            self.client.put_object_retention(Bucket=self.place.bucket, Retention=retention, **_key(version))

    def give(self, serial: str, name: str, data: bytes) -> None:
        """See `Store.give`: what somebody put over it, or deleted, is put once more."""
        key = f"{serial}/{MAILBOX}/{name}"
        with named("write", self.place, key):
            try:
                self._put(key, data, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) not in ("PreconditionFailed", "ConditionalRequestConflict"):
                    raise
                if self._current(key, len(data)) != data:
                    self._put(key, data)

    def hold(self, version: Version, on: bool) -> None:
        """A legal hold stands on this version, or does not. Needs the right to PutObjectLegalHold. Raises OffloadError."""
        status = {"Status": "ON" if on else "OFF"}
        with named("put a legal hold on" if on else "take the legal hold from", self.place, str(version)):
            self.client.put_object_legal_hold(Bucket=self.place.bucket, LegalHold=status, **_key(version))

    def versions(self, prefix: str) -> list[Version]:
        """Every version of every object whose name begins with `prefix`, in order. Raises OffloadError."""
        return [each for versions in versions_below(self.client, self.place, prefix).versions.values() for each in versions]

    def _put(self, key: str, data: bytes, **only: str) -> None:
        self.client.put_object(Bucket=self.place.bucket, Key=key, Body=data, ChecksumSHA256=checksum(data), **only)

    def _current(self, key: str, size: int) -> bytes:
        with self.client.get_object(Bucket=self.place.bucket, Key=key)["Body"] as body:
            return bytes(body.read(size + 1))


def _key(version: Version) -> dict[str, str]:
    return {"Key": version.name, "VersionId": _id(version)}


def _id(version: Version) -> str:
    """What a request must say. Without it a later version would be given, and its lock told, for one that has no id."""
    return version.id or NO_ID


def _is_serial(name: str) -> bool:
    try:
        return check_serial(name) == name
    except ConfigError:
        return False
