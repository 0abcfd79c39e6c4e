"""Custody at a real object store: every receipt names a version, says how long it is locked, and stands for it from then on."""

import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.agency.custody import Report, check_all
from bwc_agent.agency.custody_check import Word
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.lines import sha256_hex
from tests.agency.bucket import DAY, Bucket, Counting, delivered, utc, words
from tests.agency.docked import CUT, FIRST
from tests.evidence.trial import SERIAL
from tests.offload.seaweed import BUCKET, Seaweed, seaweed

NUMBER = count()
MINUTE = 60_000_000


@pytest.fixture(scope="module")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("weed")) as store:
        yield store


@pytest.fixture
def bucket(weed: Seaweed, tmp_path: Path) -> Bucket:
    return delivered(weed, tmp_path, f"bucket-{next(NUMBER)}")


def test_with_custodys_own_rights_each_sealed_file_gets_a_receipt_that_names_its_version_and_its_lock(
    weed: Seaweed, tmp_path: Path
) -> None:
    bucket = delivered(weed, tmp_path, BUCKET)
    report = bucket.run(open_with=bucket.shift.desk.recipient)
    assert report.exit_status == 0 and {item.path for item in report.items} == {f"{SERIAL}/{path}" for path in bucket.sealed}
    assert words(report)[f"{CUT}/0002.tink"] is Word.UNSIGNED_TAIL
    given = bucket.receipts()
    for path, data in bucket.delivered.items():
        if path.endswith(".tink"):
            (version,), (receipt,) = bucket.versions(path), given[path]
            head = bucket.agency.head_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
            assert (receipt.bytes, receipt.sha256, receipt.opened) == (len(data), sha256_hex(data), True)
            assert (receipt.destination, receipt.version) == (f"s3://{BUCKET}", version["VersionId"])
            assert receipt.locked == utc(head["ObjectLockRetainUntilDate"]) > utc(version["LastModified"]) + 2 * DAY
    assert given.keys() == bucket.sealed


def test_a_second_run_signs_nothing_reads_no_sealed_file_and_with_a_cache_fetches_nothing(bucket: Bucket) -> None:
    assert bucket.run().exit_status == 0
    bucket.run()
    before, client = bucket.versions(), Counting(bucket.custodian)
    report = bucket.run(client)
    assert {item.checked.word for item in report.items} == {Word.STANDS} and not any(item.new for item in report.items)
    assert all(item.receipt for item in report.items) and len(report.items) == len(bucket.sealed)
    assert {operation for operation, _ in client.asked} == {"list_object_versions"}
    assert bucket.versions() == before


def test_again_reads_everything_and_signs_nothing_new(bucket: Bucket) -> None:
    bucket.run()
    before, client = bucket.versions(), Counting(bucket.custodian)
    report = bucket.run(client, again=True)
    assert len(client.keys("get_object", ".tink")) == len(bucket.sealed) and not any(item.new for item in report.items)
    assert Word.STANDS not in words(report).values() and report.exit_status == 0
    assert bucket.versions() == before


def test_what_was_not_opened_is_opened_once_a_key_is_there_and_not_the_other_way_round(bucket: Bucket) -> None:
    bucket.run()
    assert {receipt.opened for given in bucket.receipts().values() for receipt in given} == {None}
    assert all(item.new for item in bucket.run(open_with=bucket.shift.desk.recipient).items)
    assert {word for word in words(bucket.run()).values()} == {Word.STANDS}
    assert all({receipt.opened for receipt in given} == {None, True} for given in bucket.receipts().values())


def test_a_recording_that_grew_reads_only_what_is_new(weed: Seaweed, tmp_path: Path) -> None:
    partial = delivered(weed, tmp_path, f"bucket-{next(NUMBER)}", deliver=False)
    late = f"{FIRST}/0002.tink"
    for path, data in partial.delivered.items():
        if path != late:
            partial.put(path, data)
    partial.run()
    partial.put(late, partial.delivered[late])
    client = Counting(partial.custodian)
    found = words(partial.run(client))
    assert client.keys("get_object", ".tink") == [f"{SERIAL}/{late}"]
    assert found.pop(late) is Word.HELD and set(found.values()) == {Word.STANDS}


def test_without_a_lock_nothing_is_signed_unless_the_agency_waives_it(weed: Seaweed, tmp_path: Path) -> None:
    bucket = delivered(weed, tmp_path, f"bucket-{next(NUMBER)}", days=None)
    report = bucket.run()
    assert {item.checked.word for item in report.wrong} == {Word.NOT_LOCKED} and report.exit_status == 5
    assert "is not locked: set the bucket's default retention" in report.wrong[0].checked.why and bucket.receipts() == {}
    assert bucket.run(lock=False).exit_status == 0
    assert {receipt.locked for given in bucket.receipts().values() for receipt in given} == {None}


def test_a_lock_that_is_shorter_than_the_schedule_is_extended_counted_from_the_stores_own_clock(bucket: Bucket) -> None:
    assert bucket.run(retention=180 * DAY).exit_status == 0
    given = bucket.receipts()
    for path in bucket.delivered:
        (version,) = bucket.versions(path)
        head = bucket.agency.head_object(Bucket=bucket.bucket, Key=version["Key"], VersionId=version["VersionId"])
        assert 0 <= utc(head["ObjectLockRetainUntilDate"]) - utc(version["LastModified"]) - 180 * DAY + MINUTE < 2 * MINUTE, path
        if path in given:
            assert given[path][0].locked == utc(head["ObjectLockRetainUntilDate"])
    client = Counting(bucket.custodian)
    assert {item.checked.word for item in bucket.run(client, retention=180 * DAY).items} == {Word.STANDS}
    assert {operation for operation, _ in client.asked} <= {"list_object_versions", "get_object"}


def test_a_longer_lock_is_never_shortened(bucket: Bucket) -> None:
    bucket.run(retention=180 * DAY)
    bucket.run(retention=1 * DAY, again=True)
    head = bucket.agency.head_object(Bucket=bucket.bucket, Key=f"{SERIAL}/{FIRST}/0001.tink")
    assert utc(head["ObjectLockRetainUntilDate"]) > utc(head["LastModified"]) + 179 * DAY


def test_where_custody_may_not_extend_nothing_is_signed_and_it_says_so(weed: Seaweed, tmp_path: Path) -> None:
    bucket = delivered(weed, tmp_path, f"bucket-{next(NUMBER)}")
    device = weed.client("device")

    class May(Counting):
        def put_object_retention(self, **arguments: Any) -> Any:
            return device.put_object_retention(**arguments)

    report = bucket.run(May(bucket.custodian), retention=180 * DAY)
    assert {item.checked.word for item in report.items} == {Word.NOT_LOCKED} and bucket.receipts() == {}
    assert "is locked until" in report.wrong[0].checked.why and "refuses these credentials" in report.wrong[0].checked.why


def test_a_store_that_only_says_that_it_extends_a_lock_is_caught(bucket: Bucket) -> None:
    class Says(Counting):
        def put_object_retention(self, **_: Any) -> Any:
            return {}

    report = bucket.run(Says(bucket.custodian), retention=180 * DAY)
    assert {item.checked.word for item in report.items} == {Word.NOT_LOCKED}
    assert "although the store said that it extended it" in report.wrong[0].checked.why


def test_serials_are_taken_by_prefix(bucket: Bucket) -> None:
    store = bucket.store(prefix="BWC-")
    assert store.devices() == [SERIAL]
    with pytest.raises(ConfigError, match="holds no device's evidence"):
        bucket.store(prefix="X").devices()


def test_several_custodies_at_once_leave_right_receipts_and_nothing_else(bucket: Bucket) -> None:
    reports: list[Report] = []

    def work() -> None:
        reports.append(Report(tuple(check_all(bucket.store(), bucket.terms()))))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [report.exit_status for report in reports] == [0, 0, 0]
    given = bucket.receipts()
    assert given.keys() == bucket.sealed and all(1 <= len(each) <= 3 for each in given.values())
    assert {item.checked.word for item in bucket.run().items} == {Word.STANDS}
