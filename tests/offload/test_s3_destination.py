"""A real store: large objects that were torn, writers at once, processes that die, and how much goes twice."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from bwc_agent.errors import OffloadError
from bwc_agent.evidence.layout import MAILBOX, Vault
from bwc_agent.evidence.receipts import receipt_file
from bwc_agent.offload.destination import PIECE, ObjectError
from bwc_agent.offload.mailbox import bring_mail
from bwc_agent.offload.s3 import AT_ONCE, PART, S3
from tests.evidence.trial import SERIAL
from tests.offload.seaweed import BUCKET, Seaweed, seaweed
from tests.offload.sending import Counted, material, pieces

DATA = material(AT_ONCE + 3 * PIECE)
PARTS = 3


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("store")) as found:
        yield found


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """An object's name that no other test has."""
    return f"{SERIAL}/{request.node.name.translate({ord('['): '-', ord(']'): ''})[:120]}.tink"


def whole(destination: S3, name: str, data: bytes = DATA) -> int:
    return sum(destination.put(name, len(data), pieces(data)))


def versions(store: Seaweed, name: str) -> int:
    return len(store.client().list_object_versions(Bucket=BUCKET, Prefix=name).get("Versions", []))


@pytest.mark.parametrize("stop", range(PARTS))
def test_undocked_after_any_part_the_next_docking_sends_only_the_rest(store: Seaweed, name: str, stop: int) -> None:
    steps = S3(store.place()).put(name, len(DATA), pieces(DATA))
    for _ in range(stop + 1):
        next(steps)
    steps.close()  # type: ignore[attr-defined]  # a generator, which ends as at undocking
    again = Counted(store)
    assert whole(again, name) == len(DATA)
    assert again.parts == PARTS - stop - 1
    assert again.read(name, len(DATA)) == DATA
    assert versions(store, name) == 1


def test_undocked_after_each_part_it_still_gets_through_and_nothing_goes_twice(store: Seaweed, name: str) -> None:
    sent = 0
    for stop in range(PARTS):
        docking = Counted(store)
        steps = docking.put(name, len(DATA), pieces(DATA))
        for _ in range(stop + 1):
            next(steps)
        sent += docking.parts
    last = Counted(store)
    whole(last, name)
    assert sent + last.parts == PARTS
    assert last.read(name, len(DATA)) == DATA


def test_a_part_there_with_other_bytes_or_another_length_goes_again(store: Seaweed, name: str) -> None:
    client = store.client("device")
    upload = {"Bucket": BUCKET, "Key": name}
    upload["UploadId"] = client.create_multipart_upload(**upload, ChecksumAlgorithm="SHA256")["UploadId"]
    for number, body in enumerate((b"x" + DATA[1:PART], DATA[PART : PART + 5], DATA[2 * PART :], b"stale"), start=1):
        client.upload_part(**upload, PartNumber=number, Body=body)
    destination = Counted(store)
    whole(destination, name)
    assert destination.parts == 2
    assert destination.sizes(SERIAL)[name] == len(DATA)
    assert destination.read(name, len(DATA)) == DATA


def test_of_several_torn_uploads_one_is_gone_on_with_and_the_others_are_left(store: Seaweed, name: str) -> None:
    client = store.client("device")
    for other in (name, name, f"{name}.x"):
        client.create_multipart_upload(Bucket=BUCKET, Key=other, ChecksumAlgorithm="SHA256")
    whole(S3(store.place()), name)
    left = client.list_multipart_uploads(Bucket=BUCKET, Prefix=name)["Uploads"]
    assert sorted(upload["Key"] for upload in left) == [name, f"{name}.x"]


def test_what_is_there_is_told_apart_without_sending_a_part(store: Seaweed, name: str) -> None:
    destination = Counted(store)
    whole(destination, name)
    destination.sent.clear()
    assert whole(destination, name) == len(DATA)
    with pytest.raises(ObjectError, match="other bytes"):
        whole(destination, name, b"x" + DATA[1:])
    assert set(destination.sent) == {"HeadObject"}
    assert versions(store, name) == 1


def test_a_large_object_that_came_in_one_piece_is_told_apart_by_its_length(store: Seaweed, name: str) -> None:
    store.client().put_object(Bucket=BUCKET, Key=name, Body=DATA)
    assert whole(S3(store.place()), name) == len(DATA)
    with pytest.raises(ObjectError, match="other bytes"):
        whole(S3(store.place()), name, DATA + b"x")


def test_a_small_object_that_is_there_is_not_put_a_second_time(store: Seaweed, name: str) -> None:
    for _ in range(2):
        whole(S3(store.place()), name, b"x")
    assert versions(store, name) == 1


def test_an_answer_that_was_lost_after_the_object_came_into_being_is_made_up_for(store: Seaweed, name: str) -> None:
    destination = S3(store.place())

    def lose(**_: Any) -> None:
        raise ConnectionResetError("undocked")

    event = "before-parse.s3.CompleteMultipartUpload"
    destination.client.meta.events.register(event, lose)
    with pytest.raises(OffloadError, match="tried again"):
        whole(destination, name)
    destination.client.meta.events.unregister(event, lose)
    assert whole(destination, name) == len(DATA)
    assert versions(store, name) == 1


@pytest.mark.parametrize("size", [PIECE, len(DATA)])
def test_of_two_writers_at_once_one_gives_the_object_and_no_bytes_mix(store: Seaweed, name: str, size: int) -> None:
    ours, theirs, together = DATA[:size], b"x" + DATA[1:size], Barrier(2)

    def write(data: bytes) -> bool:
        destination = S3(store.place())
        together.wait()
        try:
            whole(destination, name, data)
        except OffloadError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = dict(zip((ours, theirs), pool.map(write, (ours, theirs)), strict=True))
    # That a store asks for the name and gives it in one step is its own affair: this one gave an object of parts to both, as two versions.
    kept = contents(store, name)
    assert set(kept) <= {ours, theirs} and all(data in kept for data, well in done.items() if well)
    assert bool(kept) == any(done.values())


def contents(store: Seaweed, name: str) -> list[bytes]:
    """The content of each version that there is."""
    agency = store.client()
    found = agency.list_object_versions(Bucket=BUCKET, Prefix=name).get("Versions", ())
    return [agency.get_object(Bucket=BUCKET, Key=name, VersionId=each["VersionId"])["Body"].read() for each in found]


@pytest.mark.parametrize("same", [True, False])
def test_a_writer_who_finished_meanwhile_is_not_replaced(store: Seaweed, name: str, same: bool) -> None:
    slow, data = S3(store.place()), DATA if same else b"x" + DATA[1:]
    steps = slow.put(name, len(DATA), pieces(DATA))
    for _ in range(PARTS):
        next(steps)
    whole(S3(store.place()), name, data)
    with nullcontext() if same else pytest.raises(ObjectError, match="other bytes"):
        assert list(steps) == []
    assert versions(store, name) == 1
    assert slow.read(name, len(DATA)) == data


SENDER = """
import json
import sys

from bwc_agent.offload.s3 import S3
from bwc_agent.offload.settings import S3Place

with open(sys.argv[3], "rb") as file:
    data = file.read()
for _ in S3(S3Place(**json.loads(sys.argv[1]))).put(sys.argv[2], len(data), [data]):
    print("part", flush=True)
    sys.stdin.readline()
"""


def test_a_process_that_is_killed_between_two_parts_leaves_them_to_the_next_one(store: Seaweed, name: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    command = [sys.executable, "-c", SENDER, json.dumps(asdict(store.place())), name, str(tmp_path / "data")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == b"part\n"
        process.kill()
    destination = Counted(store)
    assert name not in destination.sizes(SERIAL)
    whole(destination, name)
    assert destination.parts == PARTS - 1
    assert destination.read(name, len(DATA)) == DATA


def test_a_folder_of_more_objects_than_one_answer_lists_is_listed_whole(store: Seaweed) -> None:
    destination, box = S3(store.place()), f"{SERIAL}/many"
    names = [f"{box}/{number:05}.jsonl" for number in range(1005)]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda name: whole(destination, name, b"x"), names)) == len(names)
    assert destination.sizes(box) == dict.fromkeys(names, 1)
    assert destination.names(box) == [name.rpartition("/")[2] for name in names]


def test_an_empty_object_that_stands_for_a_folder_is_none(store: Seaweed) -> None:
    box = f"{SERIAL}/console"
    for name in (f"{box}/", f"{box}/sub/", f"{box}/sub/a"):
        store.client().put_object(Bucket=BUCKET, Key=name, Body=b"")
    assert S3(store.place()).names(box) == []
    assert S3(store.place()).sizes(box) == {f"{box}/sub/a": 0}


def test_mail_comes_back_through_the_same_store(store: Seaweed, tmp_path: Path) -> None:
    vault, message = Vault(tmp_path), b'{"kind":"receipt"}\n'
    name = receipt_file(message)
    list(S3(store.place("custody")).put(f"{SERIAL}/{MAILBOX}/{name}", len(message), [message]))
    for brought in ((name,), ()):
        assert bring_mail(vault, SERIAL, S3(store.place())).brought == brought
    assert (vault.inbox / name).read_bytes() == message
