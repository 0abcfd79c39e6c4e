"""Names, ids and dates that a store may show and a device may make: none stands for another, and none costs what cannot be undone."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.agency.cache import Cache
from bwc_agent.agency.custody import Report, check_all
from bwc_agent.agency.custody_check import Word
from bwc_agent.agency.s3_store import S3Store
from bwc_agent.agency.store import Version
from bwc_agent.evidence.keys import take_key
from bwc_agent.evidence.layout import Vault
from tests.agency.bucket import Bucket, Counting, delivered, words
from tests.agency.docked import FIRST, dock_device, run
from tests.evidence.trial import SERIAL, twin
from tests.offload.seaweed import Seaweed, seaweed
from tests.offload.shift import Shift, Start, tree

NUMBER = count()


@pytest.fixture(scope="module")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("weed")) as store:
        yield store


@pytest.fixture
def bucket(weed: Seaweed, tmp_path: Path) -> Bucket:
    return delivered(weed, tmp_path, f"bucket-{next(NUMBER)}")


class Listing(Counting):
    """Adds to what is listed below a device's name."""

    def __init__(self, client: Any, more: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> None:
        super().__init__(client)
        self._more = more

    def list_object_versions(self, **arguments: Any) -> Any:
        page = self._client.list_object_versions(**arguments)
        if "Delimiter" not in arguments:
            page["Versions"] += self._more(page["Versions"][0])
        return page


@pytest.mark.parametrize("name", [f"{FIRST}/0001.tink/", "journal/000000.jsonl/.", f"{FIRST}//log.jsonl", "./journal/000000.pem"])
def test_a_name_that_no_folder_has_stands_for_none_that_one_has(bucket: Bucket, name: str) -> None:
    client = Listing(bucket.custodian, lambda entry: [{**entry, "Key": f"{SERIAL}/{name}", "VersionId": "another"}])
    assert bucket.run(client).exit_status == 0 and bucket.receipts().keys() == bucket.sealed


def test_journals_that_would_fill_the_agencys_disk_are_not_fetched(bucket: Bucket) -> None:
    def large(entry: dict[str, Any]) -> list[dict[str, Any]]:
        return [{**entry, "Key": f"{SERIAL}/journal/000000@{n}.jsonl", "Size": 120 << 20, "VersionId": str(n)} for n in range(1, 20)]

    client = Listing(bucket.custodian, large)
    report = bucket.run(client)
    assert [(item.file, item.checked.word) for item in report.items] == [("journal", Word.UNREADABLE)]
    assert "are more than any camera delivers" in report.items[0].checked.why and client.keys("get_object") == []


def test_what_can_be_no_journal_is_not_fetched_with_them(bucket: Bucket) -> None:
    bucket.put("journal/note", b"of nobody")
    client = Counting(bucket.custodian)
    assert bucket.run(client).exit_status == 0 and client.keys("get_object", "note") == []


def test_a_start_that_never_was_does_not_hide_what_a_later_one_states_of_an_earlier(bucket: Bucket) -> None:
    vault = bucket.shift.vault
    newest: Start = bucket.shift.start()
    newest.off()
    # A twin as long as its original comes before it where nothing is stated of either.
    while len(twin(vault.journal(newest.number).read_bytes())) < len(vault.journal(newest.number).read_bytes()):
        newest = bucket.shift.start()
        newest.off()
    cut = take_key(vault.keys, SERIAL).start
    bucket.shift.start().off()
    stated = f"journal/{newest.number:06d}.jsonl"
    bucket.put(stated, twin((vault.root / stated).read_bytes()))
    for path, data in tree(vault.journals).items():
        bucket.put(f"journal/{path}", data)
    bucket.put(f"journal/{cut:06d}.pem", b"garbage")
    report = bucket.run()
    assert report.exit_status == 0, report.wrong
    assert bucket.receipts().keys() == bucket.sealed


def test_a_version_without_an_id_is_read_itself_and_not_the_one_after_it(weed: Seaweed, tmp_path: Path) -> None:
    agency, name = weed.client("agency"), f"bucket-{next(NUMBER)}"
    agency.create_bucket(Bucket=name)
    agency.put_object(Bucket=name, Key="BWC-0001/x", Body=b"first")
    store = S3Store(agency, replace(weed.place("agency"), bucket=name), tmp_path)
    (alone,) = store.versions("BWC-0001/")
    assert (alone.id, b"".join(store.read(alone)), store.lock(alone).until) == (None, b"first", None)
    agency.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    agency.put_object(Bucket=name, Key="BWC-0001/x", Body=b"later")
    first, later = store.versions("BWC-0001/")
    assert (first.id, b"".join(store.read(first)), b"".join(store.read(later))) == (None, b"first", b"later")


def test_a_receipt_for_a_version_of_another_bucket_stands_for_none_of_this(bucket: Bucket) -> None:
    bucket.run()
    store = bucket.store()
    store.name = "s3://a-copy-of-it"
    report = Report(tuple(check_all(store, bucket.terms())))
    assert report.exit_status == 0 and all(item.new for item in report.items)
    assert all({receipt.destination for receipt in given} == {bucket.store().name, store.name} for given in bucket.receipts().values())


def test_two_stores_share_a_cache_and_not_what_is_kept_there(tmp_path: Path) -> None:
    version = Version("BWC-0001/journal/000000.jsonl", "1", 5, tag="one")
    one, other = Cache(tmp_path, "https://one/b"), Cache(tmp_path, "https://other/b")
    assert one.get(version, lambda _: [b"first"]).path.read_bytes() == b"first"
    assert other.get(replace(version, tag="two"), lambda _: [b"other"]).path.read_bytes() == b"other"


def test_a_cache_that_was_damaged_costs_a_round_and_no_receipt_in_it_is_forgotten(bucket: Bucket) -> None:
    bucket.run()
    bucket.run()
    for path in bucket.cache.rglob("*"):
        if path.is_file():
            path.write_bytes(bytes(path.stat().st_size))
    before = bucket.receipts()
    assert [item.checked.word for item in bucket.run().items] == [Word.UNREADABLE]
    assert set(words(bucket.run()).values()) == {Word.STANDS} and bucket.receipts() == before


def test_a_cache_that_is_gone_is_a_sentence_about_each_device(bucket: Bucket) -> None:
    shutil.rmtree(bucket.cache)
    (item,) = bucket.run().items
    assert item.checked.word is Word.UNREADABLE and "--cache" in item.checked.why


def test_a_recording_by_another_key_than_its_starts_journal_gets_no_receipt(tmp_path: Path) -> None:
    shift = Shift(tmp_path / "one")
    shift.start().off()
    shutil.copytree(tmp_path / "one", tmp_path / "double")
    double = Start(Vault(tmp_path / "double"), shift.desk, SERIAL)
    double.off()
    Start(Vault(tmp_path / "double"), shift.desk, SERIAL).record(2)
    shift.start().off()
    shift.start().record(1)
    (tmp_path / "dock").mkdir()
    dock_device(shift, tmp_path / "dock")
    shutil.copytree(tmp_path / "double/recordings/000002-0002", tmp_path / "dock" / SERIAL / "recordings/000002-0002")
    assert double.number == 1
    (wrong,) = run(shift, tmp_path / "dock").wrong
    assert (wrong.recording, wrong.file) == ("000002-0002", "log.jsonl") and "two devices lived from one card" in wrong.checked.why
