"""A store that lies, in one object or in its listing: no receipt for it and a sentence, and everything else gets its own."""

import io
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from bwc_agent.agency.custody_check import Word
from bwc_agent.agency.s3_listing import PAGES
from bwc_agent.errors import OffloadError
from tests.agency.bucket import Bucket, Counting, delivered, words
from tests.agency.docked import CUT, FIRST
from tests.evidence.trial import SERIAL
from tests.offload.seaweed import Seaweed, seaweed

NUMBER = count()
FILE, OTHER = f"{FIRST}/0001.tink", f"{CUT}/0001.tink"


@pytest.fixture(scope="module")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("weed")) as store:
        yield store


@pytest.fixture
def bucket(weed: Seaweed, tmp_path: Path) -> Bucket:
    return delivered(weed, tmp_path, f"bucket-{next(NUMBER)}")


class Body(io.BytesIO):
    """An answer's bytes; with `fails` the connection is lost at their end."""

    def __init__(self, data: bytes, fails: bool = False) -> None:
        super().__init__(data)
        self._fails = fails

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece and self._fails:
            raise ReadTimeoutError(endpoint_url="https://store")
        return piece


class Lying(Counting):
    """Gives for `path` another body than the store has, or none at all."""

    def __init__(self, client: Any, path: str, how: str) -> None:
        super().__init__(client)
        self._key, self._how = f"{SERIAL}/{path}", how

    def get_object(self, **arguments: Any) -> Any:
        answer = self._client.get_object(**arguments)
        if arguments["Key"] == self._key:
            data = answer["Body"].read()
            if self._how == "forbidden":
                raise ClientError({"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "GetObject")
            body = {"shorter": data[:-1], "longer": data + b"x", "other": bytes(len(data)), "endless": data * 50}.get(self._how, data)
            answer["Body"] = Body(body, self._how == "cut")
            if self._how == "another version":
                answer["VersionId"] = "0" * 32
        return answer


@pytest.mark.parametrize(
    ("path", "how", "word", "why"),
    [
        (FILE, "shorter", Word.UNREADABLE, "gives others"),
        (OTHER, "longer", Word.UNREADABLE, "gives others"),
        (FILE, "endless", Word.UNREADABLE, "gives others"),
        (OTHER, "another version", Word.UNREADABLE, "gives others"),
        (FILE, "cut", Word.UNREADABLE, "the connection failed"),
        (OTHER, "forbidden", Word.UNREADABLE, "refuses these credentials"),
        (FILE, "other", Word.ALTERED, "are not those"),
        (OTHER, "other", Word.ALTERED, "are not those"),
    ],
)
def test_one_object_that_is_given_back_wrong_gets_no_receipt_and_the_others_do(
    bucket: Bucket, path: str, how: str, word: Word, why: str
) -> None:
    report = bucket.run(Lying(bucket.custodian, path, how))
    assert [(item.path.removeprefix(f"{SERIAL}/"), item.checked.word) for item in report.wrong] == [(path, word)]
    assert why in report.wrong[0].checked.why and report.wrong[0].receipt is None
    assert bucket.receipts().keys() == bucket.sealed - {path}
    assert bucket.run().exit_status == 0 and bucket.receipts().keys() == bucket.sealed


def test_other_bytes_at_the_second_reading_are_a_finding(bucket: Bucket) -> None:
    bucket.run()
    report = bucket.run(Lying(bucket.custodian, FILE, "other"), again=True)
    assert [(item.checked.word, item.receipt) for item in report.wrong] == [(Word.ALTERED, None)] and report.exit_status == 13


@pytest.mark.parametrize(
    ("path", "how"),
    [(f"{FIRST}/log.jsonl", "shorter"), (f"{FIRST}/log.jsonl", "other"), (f"{FIRST}/signer.pem", "other"), (f"{FIRST}/signer.pem", "cut")],
)
def test_a_log_that_is_given_back_wrong_stops_its_recording_alone_and_is_not_kept(bucket: Bucket, path: str, how: str) -> None:
    report = bucket.run(Lying(bucket.custodian, path, how))
    assert [item.path for item in report.wrong] == [f"{SERIAL}/{FIRST}/log.jsonl"]
    assert bucket.receipts().keys() == {each for each in bucket.sealed if not each.startswith(FIRST)}
    assert bucket.run().exit_status == 0


@pytest.mark.parametrize(("how", "word"), [("cut", Word.UNREADABLE), ("other", Word.ALTERED)])
def test_a_journal_that_is_not_given_back_stops_the_device_as_long_as_it_is_not(bucket: Bucket, how: str, word: Word) -> None:
    report = bucket.run(Lying(bucket.custodian, "journal/000000.jsonl", how))
    assert [(item.path, item.checked.word) for item in report.items] == [(f"{SERIAL}/journal", word)]
    assert bucket.receipts() == {} and bucket.run().exit_status == 0


class Listing(Counting):
    """Lists something else than there is."""

    def __init__(self, client: Any, how: str) -> None:
        super().__init__(client)
        self._how, self.pages = how, 0

    def list_object_versions(self, **arguments: Any) -> Any:
        if "Delimiter" in arguments:
            return self._client.list_object_versions(**arguments)
        if self._how == "endless":
            self.pages += 1
            return {"IsTruncated": True, "NextKeyMarker": f"{SERIAL}/{self.pages:09d}", "Versions": []}
        page = self._client.list_object_versions(**{k: v for k, v in arguments.items() if not k.endswith("Marker")})
        self.pages += 1
        match self._how:
            case "without":
                page["Versions"] = [each for each in page["Versions"] if not each["Key"].endswith(FILE)]
            case "circle":
                page |= {"IsTruncated": True, "NextKeyMarker": SERIAL, "NextVersionIdMarker": "1"}
            case "foreign":
                page["Versions"][0]["Key"] = "../../etc/passwd"
            case "size":
                page["Versions"][0]["Size"] = "many"
            case "time":
                page["Versions"][0]["LastModified"] = "yesterday"
            case "id":
                page["Versions"][0]["VersionId"] = "x" * 5000
            case "content":
                for each in page["Versions"]:
                    each["ETag"] = '"another"'
            case "fails":
                raise ReadTimeoutError(endpoint_url="https://store")
        return page


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("circle", "goes round in a circle"),
        ("endless", "has no end"),
        ("foreign", "which it cannot be"),
        ("size", "which it cannot be"),
        ("time", "which is none"),
        ("id", "that is no name"),
        ("fails", "the connection failed"),
    ],
)
def test_a_listing_that_cannot_be_believed_ends_in_no_receipt_and_a_sentence(bucket: Bucket, how: str, why: str) -> None:
    client = Listing(bucket.custodian, how)
    report = bucket.run(client)
    assert [(item.path, item.checked.word) for item in report.items] == [(f"{SERIAL}/journal", Word.UNREADABLE)]
    assert why in report.items[0].checked.why and client.pages <= PAGES and bucket.receipts() == {}


def test_an_object_that_is_not_listed_gets_no_receipt(bucket: Bucket) -> None:
    assert bucket.run(Listing(bucket.custodian, "without")).exit_status == 0
    assert bucket.receipts().keys() == bucket.sealed - {FILE}


def test_another_content_under_a_version_that_was_kept_is_a_finding(bucket: Bucket) -> None:
    bucket.run()
    report = bucket.run(Listing(bucket.custodian, "content"))
    assert [item.checked.word for item in report.items] == [Word.ALTERED]
    assert "another content under a version that it keeps" in report.items[0].checked.why


def test_a_store_that_does_not_take_a_receipt_costs_that_receipt(bucket: Bucket) -> None:
    class Full(Counting):
        def put_object(self, **arguments: Any) -> Any:
            raise ClientError({"Error": {"Code": "QuotaExceeded"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "PutObject")

    report = bucket.run(Full(bucket.custodian))
    assert set(words(report).values()) == {Word.UNREADABLE} and len(report.items) == len(bucket.sealed)
    assert "make room" in report.items[0].checked.why and bucket.run().exit_status == 0


def test_a_store_that_lists_no_devices_is_no_empty_store(bucket: Bucket) -> None:
    class Away(Counting):
        def list_object_versions(self, **arguments: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="https://store")

    with pytest.raises(OffloadError, match="the connection failed"):
        bucket.run(Away(bucket.custodian))
