"""One large object on its way to the store in parts, which stay there when the camera is taken out of the dock.

A later upload goes on with the parts that an earlier one left: what the store holds is the state here too. A part counts
only if its length and its SHA-256, or its MD5 where the store tells no other, are those of our bytes; else it goes again.
Nothing is visible before `finish`. Uploads that are never finished are ended by a lifecycle rule of the bucket.
"""

import hashlib
from typing import Any, Final

from botocore.exceptions import ClientError

from bwc_agent.offload.s3_checksums import composite, named_digest
from bwc_agent.offload.s3_client import bounded, code_of, confirm, named
from bwc_agent.offload.settings import S3Place

_TAKEN: Final = ("PreconditionFailed", "412", "NoSuchUpload")
"""Another writer finished: another object has the name, or it was this very upload."""

_LOST: Final = ("InvalidPart", "EntityTooSmall")
"""The store told parts that it does not have, or not whole."""


class Upload:
    """The upload of `name`: gone on with where one was torn, else begun. `client` is of `s3_client.connect`. Raises OffloadError."""

    def __init__(self, client: Any, place: S3Place, name: str) -> None:
        self._client, self._place, self._name = client, place, name
        self._object = {"Bucket": place.bucket, "Key": name}
        self._digests: list[bytes] = []
        self._parts: list[dict[str, Any]] = []
        with named("begin to put", place, name):
            self._id, self._held = self._torn() or (self._begun(), {})

    def send(self, data: bytes) -> None:
        """The next part is at the store."""
        digest = hashlib.sha256(data).digest()
        number, ours = len(self._parts) + 1, named_digest(digest)
        with named(f"put part {number} of", self._place, self._name):
            if (etag := self._kept(number, data, ours)) is None:
                part = {"UploadId": self._id, "PartNumber": number, "ChecksumSHA256": ours}
                answer = self._client.upload_part(**self._object, **part, Body=data)
                confirm(answer, ours, self._place, self._name)
                etag = answer["ETag"]
        self._digests.append(digest)
        self._parts.append({"PartNumber": number, "ETag": etag, "ChecksumSHA256": ours})

    @property
    def checksum(self) -> str:
        """The store's name for the object of the parts so far."""
        return composite(self._digests)

    def finish(self) -> bool:
        """True if the object is now there, of these parts; False if another writer's is, or was."""
        with named("finish", self._place, self._name):
            try:
                parts = {"UploadId": self._id, "MultipartUpload": {"Parts": self._parts}}
                answer = self._client.complete_multipart_upload(**self._object, **parts, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) in _LOST:
                    self._begun()  # the newest is gone on with: the next try must not meet these parts again
                if code_of(error) not in _TAKEN:
                    raise
                return False
            confirm(answer, self.checksum, self._place, self._name)
        return True

    def _begun(self) -> str:
        return str(self._client.create_multipart_upload(**self._object, ChecksumAlgorithm="SHA256")["UploadId"])

    def _torn(self) -> tuple[str, dict[int, dict[str, Any]]] | None:
        """The newest unfinished upload of this name, and its parts by number; others stay as they are."""
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._place.bucket, Prefix=self._name)
        where = f"cannot look for parts of {self._name} at {self._place.endpoint}"
        found = [each for page in bounded(pages, where) for each in page.get("Uploads", ()) if each["Key"] == self._name]
        for upload in sorted(found, key=lambda each: each["Initiated"], reverse=True):
            try:
                pages = self._client.get_paginator("list_parts").paginate(**self._object, UploadId=upload["UploadId"])
                return upload["UploadId"], {part["PartNumber"]: part for page in bounded(pages, where) for part in page.get("Parts", ())}
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise
        return None

    def _kept(self, number: int, data: bytes, ours: str) -> str | None:
        """The store's tag of the part, if it has these bytes already."""
        part = self._held.get(number)
        if part is None or part["Size"] != len(data):
            return None
        tag = str(part["ETag"])
        if (theirs := part.get("ChecksumSHA256")) is not None:
            return tag if theirs == ours else None
        return tag if tag.strip('"') == hashlib.md5(data, usedforsecurity=False).hexdigest() else None
