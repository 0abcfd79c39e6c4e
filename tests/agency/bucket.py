"""What a docked device delivered to a real object store, custody there, and what whoever has the device's credentials can do to it."""

import datetime
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from bwc_agent.agency.custody import Report, check_all
from bwc_agent.agency.custody_check import Word
from bwc_agent.agency.custody_desk import Terms
from bwc_agent.agency.s3_store import S3Store
from bwc_agent.evidence.receipts import Receipt, read_receipt
from tests.agency.docked import dock_device, worked
from tests.evidence.trial import SERIAL
from tests.offload.seaweed import BUCKET, Seaweed
from tests.offload.shift import Shift, tree

DAY = 86_400_000_000
"""Microseconds."""


@dataclass
class Bucket:
    """A shift that was delivered to `store`, in a bucket of its own; `dock` has the same as files."""

    weed: Seaweed
    bucket: str
    shift: Shift
    dock: Path
    cache: Path

    @property
    def delivered(self) -> dict[str, bytes]:
        """What the device delivered, by path below its serial."""
        return tree(self.dock / SERIAL)

    @property
    def sealed(self) -> set[str]:
        return {path for path in self.delivered if path.endswith(".tink")}

    @cached_property
    def device(self) -> Any:
        """The rights of a device; in a bucket of a test's own, where only the agency has any, the agency's."""
        return self.weed.client("device" if self.bucket == BUCKET else "agency")

    @cached_property
    def custodian(self) -> Any:
        return self.weed.client("custody" if self.bucket == BUCKET else "agency")

    @cached_property
    def agency(self) -> Any:
        return self.weed.client("agency")

    def put(self, path: str, data: bytes) -> str:
        """The version that this put by the device made."""
        return str(self.device.put_object(Bucket=self.bucket, Key=f"{SERIAL}/{path}", Body=data)["VersionId"])

    def delete(self, path: str) -> None:
        self.device.delete_object(Bucket=self.bucket, Key=f"{SERIAL}/{path}")

    def deliver(self) -> None:
        for path, data in self.delivered.items():
            self.put(path, data)

    def versions(self, path: str = "") -> list[dict[str, Any]]:
        """Newest first within a name; without delete markers."""
        return list(self.agency.list_object_versions(Bucket=self.bucket, Prefix=f"{SERIAL}/{path}").get("Versions", []))

    def store(self, client: Any = None, prefix: str = "") -> S3Store:
        place = replace(self.weed.place("custody"), bucket=self.bucket)
        return S3Store(client or self.custodian, place, self.cache, prefix)

    def terms(self, **terms: Any) -> Terms:
        return Terms(self.shift.authority, self.shift.desk.receipts, **terms)

    def run(self, client: Any = None, **terms: Any) -> Report:
        return Report(tuple(check_all(self.store(client), self.terms(**terms))))

    def receipts(self) -> dict[str, list[Receipt]]:
        """By path of the sealed file, all that stand in the mailbox."""
        found: dict[str, list[Receipt]] = {}
        for each in self.versions("mailbox/"):
            data = self.agency.get_object(Bucket=self.bucket, Key=each["Key"], VersionId=each["VersionId"])["Body"].read()
            receipt = read_receipt(data, self.shift.desk.receipts.certificate)
            found.setdefault(f"recordings/{receipt.recording}/{receipt.file}", []).append(receipt)
        return found


class Counting:
    """A client that counts what is asked of the store, by operation and by name."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.asked: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        def ask(**arguments: Any) -> Any:
            self.asked.append((name, str(arguments.get("Key", ""))))
            return getattr(self._client, name)(**arguments)

        return ask

    def keys(self, name: str, end: str = "") -> list[str]:
        return [key for operation, key in self.asked if operation == name and key.endswith(end)]


def words(report: Report) -> dict[str, Word]:
    return {item.path.removeprefix(f"{SERIAL}/"): item.checked.word for item in report.items}


def utc(moment: datetime.datetime) -> int:
    return round(moment.timestamp() * 1e6)


def _make(agency: Any, bucket: str, days: int | None) -> None:
    agency.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    if days is not None:
        rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": days}}
        agency.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})


def delivered(weed: Seaweed, root: Path, bucket: str, days: int | None = 3, deliver: bool = True) -> Bucket:
    """A worked shift, docked, and delivered to the new bucket `bucket` of `weed`, which locks for `days` by default."""
    shift = worked(root / "vault")
    for folder in ("dock", "cache"):
        (root / folder).mkdir()
    dock_device(shift, root / "dock")
    if bucket != BUCKET:
        _make(weed.client("agency"), bucket, days)
    made = Bucket(weed, bucket, shift, root / "dock", root / "cache")
    if deliver:
        made.deliver()
    return made
