"""What an object store lists, asked for with every version: nothing that a device deleted or put over another is hidden.

A listing is a claim by somebody else's machine: one that never ends, or names what was not asked for, is refused.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bwc_agent.agency.store import Version
from bwc_agent.agency.wall_time import EPOCH
from bwc_agent.errors import OffloadError
from bwc_agent.evidence.lines import MAX_INTEGER
from bwc_agent.offload.s3_client import named
from bwc_agent.offload.settings import S3Place

PAGES: Final = 5000
"""Pages of a thousand entries that one listing may have: some ten years of one device."""
NO_ID: Final = "null"
"""What a bucket without versions calls the only one, which anybody may replace."""
_MICROSECOND: Final = datetime.timedelta(microseconds=1)
_LONGEST_ID: Final = 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """The versions of each object, oldest first, by its whole name; and which of them whoever asks by name alone is given."""

    versions: dict[str, list[Version]] = field(default_factory=dict)
    current: dict[str, Version] = field(default_factory=dict)


def versions_below(client: Any, place: S3Place, prefix: str) -> Listed:
    """Everything whose name begins with `prefix`. Raises OffloadError."""
    listed = Listed()
    for page in _pages(client, place, prefix):
        for entry in page.get("Versions") or ():
            version = _version(entry, prefix)
            listed.versions.setdefault(version.name, []).append(version)
            if entry.get("IsLatest"):
                listed.current[version.name] = version
    for versions in listed.versions.values():
        # A store lists the newest first. Its dates are no order: some date a version anew when its lock is changed.
        versions.reverse()
    return listed


def folders_below(client: Any, place: S3Place, prefix: str) -> list[str]:
    """What stands before the first `/` in names that begin with `prefix`, sorted; deleted ones too. Raises OffloadError."""
    found: set[str] = set()
    for page in _pages(client, place, prefix, Delimiter="/"):
        found.update(str(entry.get("Prefix", "")).removesuffix("/") for entry in page.get("CommonPrefixes") or ())
    return sorted(name for name in found if name.startswith(prefix))


def microseconds(moment: object) -> int:
    """Since 1970, at most what a line can hold. Raises OffloadError for what is no time."""
    if not isinstance(moment, datetime.datetime) or moment.tzinfo is None or moment < EPOCH:
        raise OffloadError(f"the store names {str(moment)[:40]!r} as a time, which is none; nothing is signed for it")
    return min((moment - EPOCH) // _MICROSECOND, MAX_INTEGER)


def _pages(client: Any, place: S3Place, prefix: str, **more: str) -> Iterator[Mapping[str, Any]]:
    where, before = f"what begins with {prefix}" if prefix else "the bucket", ("", "")
    markers: dict[str, str] = {}
    for _ in range(PAGES):
        with named("list", place, where):
            page = client.list_object_versions(Bucket=place.bucket, Prefix=prefix, **more, **markers)
        yield page
        if not page.get("IsTruncated"):
            return
        after = (str(page.get("NextKeyMarker") or ""), str(page.get("NextVersionIdMarker") or ""))
        if after[0] < before[0] or after == before:
            raise OffloadError(f"the store's listing of {where} goes round in a circle; nothing is signed for it")
        markers = {"KeyMarker": after[0], **({"VersionIdMarker": after[1]} if after[1] else {})}
        before = after
    raise OffloadError(f"the store's listing of {where} has no end; nothing is signed for it: say a longer --prefix if it is that large")


def _version(entry: Mapping[str, Any], prefix: str) -> Version:
    name, size, number = entry.get("Key"), entry.get("Size"), entry.get("VersionId")
    if not isinstance(name, str) or not name.startswith(prefix) or not isinstance(size, int) or size < 0:
        raise OffloadError(f"the store lists {str(name)[:200]!r} below {prefix}, which it cannot be; nothing is signed for it")
    if number is not None and not (isinstance(number, str) and number.isascii() and number.isprintable() and len(number) <= _LONGEST_ID):
        raise OffloadError(f"the store names a version of {name[:200]!r} that is no name; nothing is signed for it")
    return Version(name, None if number in (None, "", NO_ID) else number, size, microseconds(entry.get("LastModified")), _tag(entry))


def _tag(entry: Mapping[str, Any]) -> str:
    return str(entry.get("ETag") or "")[:_LONGEST_ID]
