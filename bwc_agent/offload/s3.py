"""A destination that is a bucket of an object store: the agency's own, or a cloud's.

Nothing is ever replaced: each object is put on the condition that its name is free, with a SHA-256 that the store checks
and must name in its answer. How long the store keeps it is the bucket's rule, counted by the store's clock: the device
sends no date, and needs no right to delete, to end an upload or to change a lock.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing
from typing import Final

from botocore.exceptions import ClientError

from bwc_agent.errors import OffloadError
from bwc_agent.offload.destination import ObjectError, exactly, parts
from bwc_agent.offload.s3_checksums import checksum, composite, contradicts, cut
from bwc_agent.offload.s3_client import bounded, code_of, confirm, connect, named
from bwc_agent.offload.s3_parts import Upload
from bwc_agent.offload.settings import S3Place

AT_ONCE: Final = 16 << 20
"""Bytes of the largest object that goes in one request; it is held in memory, as is each part of a larger one."""
PART: Final = 8 << 20
"""Bytes of a part: what undocking may cost of a larger object."""


class S3:
    """Implements `Destination` in the bucket of `place`. Raises ConfigError for a place that can be no store.

    Reads certificates and credentials when it is made: make a new one for each docking, and after they were renewed.
    """

    def __init__(self, place: S3Place, connections: int = 8) -> None:
        self.place = place
        self.client = connect(place, connections)

    def sizes(self, folder: str) -> dict[str, int]:
        """See `Destination.sizes`."""
        return dict(self._listed(folder))

    def names(self, folder: str) -> list[str]:
        """See `Destination.names`."""
        return sorted(name.removeprefix(f"{folder}/") for name, _ in self._listed(folder, Delimiter="/"))

    def read(self, name: str, limit: int) -> bytes:
        """See `Destination.read`."""
        parts(name)
        data = b""
        with self._named("read", name), closing(self.client.get_object(Bucket=self.place.bucket, Key=name)["Body"]) as body:
            # Up to the answer's end, where botocore sees whether the connection broke off before it.
            while len(data) <= limit and (more := body.read(limit + 1 - len(data))):
                data += more
        if len(data) > limit:
            raise ObjectError(f"{name} at {self.place.endpoint} has more than {limit} bytes: it is no message; move it away")
        return data

    def put(self, name: str, size: int, pieces: Iterable[bytes]) -> Iterator[int]:
        """See `Destination.put`; yields once for each request, before it for a small object, after it for a part."""
        parts(name)
        sending = self._at_once if size <= AT_ONCE else self._in_parts
        yield from sending(name, size, exactly(name, size, pieces))

    def _at_once(self, name: str, size: int, pieces: Iterable[bytes]) -> Iterator[int]:
        data = b"".join(pieces)
        ours = checksum(data)
        yield size
        with self._named("put", name):
            try:
                what = {"Bucket": self.place.bucket, "Key": name, "ChecksumSHA256": ours}
                confirm(self.client.put_object(**what, Body=data, IfNoneMatch="*"), ours, self.place, name)
                return
            except ClientError as error:
                if code_of(error) not in ("PreconditionFailed", "412"):
                    raise
        self._compare(name, size, ours)

    def _in_parts(self, name: str, size: int, pieces: Iterable[bytes]) -> Iterator[int]:
        if self._kept(name) is not None:
            yield from self._told_apart(name, size, pieces)
            return
        upload = Upload(self.client, self.place, name)
        for part in cut(pieces, PART):
            upload.send(part)
            yield len(part)
        if not upload.finish():
            self._compare(name, size, upload.checksum)

    def _told_apart(self, name: str, size: int, pieces: Iterable[bytes]) -> Iterator[int]:
        """Sends nothing: only whether what is there has our checksum."""
        digests = list[bytes]()
        for part in cut(pieces, PART):
            digests.append(hashlib.sha256(part).digest())
            yield len(part)
        self._compare(name, size, composite(digests))

    def _compare(self, name: str, size: int, ours: str) -> None:
        """Raises ObjectError unless what is there is ours, as far as its length and the store's checksum can say."""
        kept = self._kept(name)
        if kept is None:
            raise OffloadError(f"{name} at {self.place.endpoint} was there and is not any more, or cannot be read: it is tried again")
        length, theirs = kept
        if length != size or contradicts(theirs, ours):
            where = f"{name} is at {self.place.endpoint} with other bytes than the device has"
            raise ObjectError(f"{where}: it is left as it is; find out why, then move it away")

    def _kept(self, name: str) -> tuple[int, str | None] | None:
        """Length and checksum of what is there. None where nothing is, or where the store does not say so.

        Some stores answer 403 for what is not there; that nothing is replaced is for the condition of each put to see to.
        """
        with self._named("look at", name):
            try:
                found = self.client.head_object(Bucket=self.place.bucket, Key=name, ChecksumMode="ENABLED")
            except ClientError as error:
                if code_of(error) not in ("404", "403", "NoSuchKey", "AccessDenied"):
                    raise
                return None
            return int(found["ContentLength"]), found.get("ChecksumSHA256")

    def _listed(self, folder: str, **how: str) -> list[tuple[str, int]]:
        parts(folder)
        prefix = f"{folder}/"
        with self._named("list", folder):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.place.bucket, Prefix=prefix, **how)
            found = [
                (each["Key"], each["Size"])
                for page in bounded(pages, f"cannot list {folder} at {self.place.endpoint}")
                for each in page.get("Contents", ())
            ]
        # Consoles of stores make an empty object `folder/` for a folder; it is none of ours.
        return [(name, size) for name, size in found if name.startswith(prefix) and not name.endswith("/")]

    def _named(self, doing: str, name: str) -> AbstractContextManager[None]:
        return named(doing, self.place, name)
