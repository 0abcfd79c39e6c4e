"""Whoever has a device's credentials puts, deletes and covers what he likes: nothing is signed for it, and it stops nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from bwc_agent.agency.custody_check import Word
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.lines import decode, sha256_hex
from bwc_agent.evidence.receipts import receipt_file, write_receipt
from bwc_agent.evidence.signed import Signer
from bwc_agent.evidence.software_key import SoftwareKey
from tests.agency.bucket import Bucket, delivered, words
from tests.agency.docked import CUT, FIRST
from tests.evidence.trial import SERIAL, Agency, twin
from tests.offload.seaweed import BUCKET, Seaweed, seaweed

NUMBER = count()
LOG, JOURNAL = f"{FIRST}/log.jsonl", "journal/000000.jsonl"
Forge = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("weed")) as store:
        yield store


@pytest.fixture
def bucket(weed: Seaweed, tmp_path: Path) -> Bucket:
    return delivered(weed, tmp_path, f"bucket-{next(NUMBER)}", deliver=False)


def garbage(data: bytes) -> bytes:
    return bytes(len(data))


def shorter(data: bytes) -> bytes:
    """The same, signed less far."""
    return data[: data.index(b"\n", data.index(b'"kind":"sig"')) + 1]


def longer(data: bytes) -> bytes:
    return data + b'{"kind":"stop"'


def changed(data: bytes) -> bytes:
    return data[:40] + bytes([data[40] ^ 1]) + data[41:]


FORGERIES: list[Forge] = [garbage, shorter, longer, twin, changed, lambda _: b"", lambda data: data * 2]


def signed_for(bucket: Bucket) -> dict[str, str]:
    """Digest by path of all that a receipt stands for; each names a version with these very bytes."""
    found = {}
    for path, receipts in bucket.receipts().items():
        for receipt in receipts:
            key = f"{SERIAL}/{path}"
            data = bucket.agency.get_object(Bucket=bucket.bucket, Key=key, VersionId=receipt.version)["Body"].read()
            assert (receipt.bytes, receipt.sha256) == (len(data), sha256_hex(data))
            found[path] = receipt.sha256
    return found


def recorded(bucket: Bucket) -> dict[str, str]:
    return {path: sha256_hex(data) for path, data in bucket.delivered.items() if path.endswith(".tink")}


def test_with_a_devices_own_credentials_everything_is_covered_and_deleted_and_every_receipt_is_right(weed: Seaweed, tmp_path: Path) -> None:
    bucket = delivered(weed, tmp_path, BUCKET)
    for path, data in bucket.delivered.items():
        bucket.put(path, garbage(data))
        bucket.delete(path)
    report = bucket.run(open_with=bucket.shift.desk.recipient)
    assert report.exit_status == 0
    assert signed_for(bucket) == recorded(bucket)
    sealed = [item for item in report.items if item.receipt]
    assert all("1 other version lies beside the right one" in item.beside for item in sealed) and len(sealed) == len(bucket.sealed)
    assert any("another version lies beside the right one" in item.beside for item in report.items if item.file == "log.jsonl")


@pytest.mark.parametrize("path", [LOG, f"{CUT}/log.jsonl", JOURNAL])
@pytest.mark.parametrize("first", [True, False])
def test_a_log_or_journal_that_was_covered_or_anticipated_stops_nothing(bucket: Bucket, path: str, first: bool) -> None:
    data = bucket.delivered[path]
    for forge in FORGERIES if first else ():
        bucket.put(path, forge(data))
    bucket.deliver()
    for forge in () if first else FORGERIES:
        bucket.put(path, forge(data))
    report = bucket.run()
    assert report.exit_status == 0, report.wrong
    assert signed_for(bucket) == recorded(bucket)
    assert any("other versions lie beside" in item.beside for item in report.items if item.file in (path, "log.jsonl"))


@pytest.mark.parametrize("first", [True, False])
def test_so_it_is_with_chains_and_with_sealed_files_of_the_same_length(bucket: Bucket, first: bool) -> None:
    paths = [f"{FIRST}/signer.pem", "journal/000000.pem", f"{FIRST}/0001.tink", f"{CUT}/0002.tink"]
    for each in range(2):
        for path in paths if bool(each) != first else ():
            bucket.put(path, garbage(bucket.delivered[path]))
            bucket.put(path, b"-----BEGIN CERTIFICATE-----\n")
        if each == 0:
            bucket.deliver() if not first else None
    if first:
        bucket.deliver()
    assert bucket.run().exit_status == 0
    assert signed_for(bucket) == recorded(bucket)


def test_a_twin_of_the_newest_journals_last_signature_makes_no_device_look_set_back(bucket: Bucket) -> None:
    (newest,) = (path for path in bucket.delivered if path.startswith("journal/000001@"))
    data = bucket.delivered[newest]
    false = twin(data)
    for path, content in bucket.delivered.items():
        bucket.put(path.replace(str(len(data)), str(len(false))) if path == newest else path, false if path == newest else content)
    assert bucket.run().exit_status == 0 and len(signed_for(bucket)) == len(bucket.sealed)
    bucket.put("journal/000001.jsonl", data)
    bucket.put(f"{FIRST}/0001.tink", b"to be looked at again")
    assert bucket.run(again=True).exit_status == 0
    assert signed_for(bucket) == recorded(bucket)


def test_names_that_the_device_never_gave_stop_nothing(bucket: Bucket) -> None:
    bucket.deliver()
    for path in (
        "journal/000009.jsonl",
        "journal/000009.pem",
        "journal/note",
        "journal/000000@7.jsonl",
        f"{FIRST}/log@7.jsonl",
        f"{FIRST}/x",
    ):
        bucket.put(path, b"garbage")
    bucket.put(f"{FIRST}/0009.tink", b"garbage")
    bucket.put("recordings/000007-0001/0001.tink", b"garbage")
    report = bucket.run()
    assert {item.path.removeprefix(f"{SERIAL}/"): item.checked.word for item in report.wrong} == {
        f"{FIRST}/0009.tink": Word.ALTERED,
        "recordings/000007-0001/log.jsonl": Word.UNREADABLE,
    }
    assert signed_for(bucket) == recorded(bucket)


def test_what_only_forgeries_stand_for_gets_no_receipt_and_does_once_the_device_delivers_it(bucket: Bucket) -> None:
    for path, data in bucket.delivered.items():
        bucket.put(path, garbage(data) if path in (LOG, f"{CUT}/0001.tink") else data)
    report = bucket.run()
    found = {path: word for path, word in words(report).items() if not word.good}
    assert found == {LOG: Word.ALTERED, f"{CUT}/0001.tink": Word.ALTERED}
    assert signed_for(bucket) == {p: d for p, d in recorded(bucket).items() if p != f"{CUT}/0001.tink" and not p.startswith(FIRST)}
    for path in (LOG, f"{CUT}/0001.tink"):
        # A locked object cannot be removed; its name can be freed, and a put that replaces nothing goes through again.
        bucket.agency.delete_object(Bucket=bucket.bucket, Key=f"{SERIAL}/{path}")
        bucket.device.put_object(Bucket=bucket.bucket, Key=f"{SERIAL}/{path}", Body=bucket.delivered[path], IfNoneMatch="*")
    assert bucket.run().exit_status == 0
    assert signed_for(bucket) == recorded(bucket)


def test_two_signed_logs_that_differ_are_two_lives_and_no_choice(bucket: Bucket) -> None:
    bucket.deliver()
    start = bucket.shift.start()
    start.record(1)
    path = "recordings/000002-0001"
    folder = bucket.shift.vault.root / path
    whole = {file.name: file.read_bytes() for file in folder.iterdir()}
    for name, data in whole.items():
        bucket.put(f"{path}/{name}", data)
    first = decode(whole["log.jsonl"].splitlines(keepends=True)[0])
    start.forge_log(folder, {k: v for k, v in first.items() if k not in ("bwc", "kind", "n", "t")} | {"officer": "another"})
    bucket.put(f"{path}/log.jsonl", (folder / "log.jsonl").read_bytes())
    report = bucket.run()
    assert [(item.recording, item.file, item.checked.word) for item in report.wrong] == [("000002-0001", "log.jsonl", Word.ALTERED)]
    assert "are both signed and differ" in report.wrong[0].checked.why


def test_a_receipt_by_another_key_is_none_and_a_covered_or_deleted_one_stands_again(bucket: Bucket) -> None:
    bucket.deliver()
    key = new_key()
    foreign = Signer(SoftwareKey(key), Agency.new("another").receipt(key))
    bucket.run()
    own = bucket.receipts()
    false = replace(own[f"{FIRST}/0001.tink"][0], sha256="0" * 64)
    data = write_receipt(false, foreign)
    bucket.put(f"mailbox/{receipt_file(data)}", data)
    covered, deleted = (
        receipt_file(write_receipt(own[f"{FIRST}/{file}"][0], bucket.shift.desk.receipts)) for file in ("0001.tink", "0002.tink")
    )
    bucket.put(f"mailbox/{covered}", b"garbage")
    bucket.delete(f"mailbox/{deleted}")
    assert set(words(bucket.run()).values()) == {Word.STANDS}
    for name in (covered, deleted):
        current = bucket.agency.get_object(Bucket=bucket.bucket, Key=f"{SERIAL}/mailbox/{name}")["Body"].read()
        assert receipt_file(current) == name
    before = len(bucket.versions("mailbox/"))
    bucket.run()
    assert len(bucket.versions("mailbox/")) == before


def test_what_is_deleted_is_there_as_before(bucket: Bucket) -> None:
    bucket.deliver()
    bucket.run()
    for path in bucket.delivered:
        bucket.delete(path)
    assert set(words(bucket.run()).values()) == {Word.STANDS}
