"""The lying proxy itself: without a lie it is invisible, and each lie does what its name says to a client that is no part of us."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from itertools import islice
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from bwc_agent.errors import OffloadError
from bwc_agent.offload.s3 import S3
from bwc_agent.offload.s3_client import connect
from tests.evidence.trial import SERIAL
from tests.offload import lies
from tests.offload.liar import Liar, Lie, honest, liar
from tests.offload.lies import listings, nth, on, puts, reads
from tests.offload.seaweed import BUCKET, Seaweed, seaweed

DATA = bytes(range(256)) * 40
DIGEST = b64encode(hashlib.sha256(DATA).digest()).decode()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def proxy(store: Seaweed) -> Iterator[Liar]:
    with liar(store) as proxy:
        yield proxy


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """Nothing is ever replaced, so each test has an object of its own."""
    return f"{SERIAL}/{hashlib.sha256(request.node.name.encode()).hexdigest()}/object"


def put(client: Any, name: str, data: bytes = DATA) -> Any:
    return client.put_object(Bucket=BUCKET, Key=name, Body=data, ChecksumSHA256=b64encode(hashlib.sha256(data).digest()).decode())


def stored(store: Seaweed, name: str) -> bytes | None:
    try:
        return bytes(store.client().get_object(Bucket=BUCKET, Key=name)["Body"].read())
    except ClientError:
        return None


def size(client: Any, name: str) -> int | None:
    found = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{name.rpartition('/')[0]}/").get("Contents", [])
    return next((entry["Size"] for entry in found if entry["Key"] == name), None)


def test_without_a_lie_a_client_cannot_tell_it_from_the_store(store: Seaweed, proxy: Liar, name: str) -> None:
    client = connect(proxy.place())
    assert put(client, name)["ChecksumSHA256"] == DIGEST
    assert client.get_object(Bucket=BUCKET, Key=name)["Body"].read() == DATA == stored(store, name)
    assert client.head_object(Bucket=BUCKET, Key=name, ChecksumMode="ENABLED")["ChecksumSHA256"] == DIGEST
    assert size(client, name) == len(DATA)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.put_object(Bucket=BUCKET, Key=name, Body=b"other", IfNoneMatch="*")
    with pytest.raises(ClientError, match="AccessDenied"):
        put(client, f"OTHER-{name}")
    assert proxy.seen[:2] == [f"PUT {name}", f"GET {name}"]


@pytest.mark.parametrize(
    ("lie", "kept"),
    [
        (lies.cut_request(100), None),
        (lies.answer_lost, DATA),
        (lies.truncated_upload, None),
        (lies.flipped_upload(300), None),
        (lies.refused(503, "SlowDown"), None),
        (lies.expired("device"), None),
    ],
)
def test_a_put_that_fails_says_so_whatever_was_kept(store: Seaweed, proxy: Liar, name: str, lie: Lie, kept: bytes | None) -> None:
    proxy.lie = on(puts, lie)
    with pytest.raises((ClientError, BotoCoreError)):
        put(connect(proxy.place()), name)
    assert stored(store, name) == kept


@pytest.mark.parametrize(
    ("lie", "told", "kept"),
    [
        (lies.swallowed(echo=True), DIGEST, None),
        (lies.swallowed(echo=False), None, None),
        (lies.wrong_checksum, b64encode(hashlib.sha256().digest()).decode(), DATA),
    ],
)
def test_a_put_that_seems_to_work(store: Seaweed, proxy: Liar, name: str, lie: Lie, told: str | None, kept: bytes | None) -> None:
    proxy.lie = on(puts, lie)
    assert put(connect(proxy.place()), name).get("ChecksumSHA256") == told
    assert stored(store, name) == kept


@pytest.mark.parametrize(
    ("lie", "got"),
    [
        (lies.shortened_answer, DATA[: len(DATA) // 2]),
        (lies.flipped_answer(0), b"\x01" + DATA[1:]),
        (lies.flipped_answer(-1), DATA[:-1] + b"\xfe"),
        (lies.delayed(0.01), DATA),
    ],
)
def test_a_read_that_gives_something_else(store: Seaweed, proxy: Liar, name: str, lie: Lie, got: bytes) -> None:
    put(store.client(), name)
    proxy.lie = on(reads, lie)
    assert connect(proxy.place()).get_object(Bucket=BUCKET, Key=name)["Body"].read() == got


def test_a_read_that_breaks_off(store: Seaweed, proxy: Liar, name: str) -> None:
    put(store.client(), name)
    proxy.lie = on(reads, lies.cut_answer(50))
    with pytest.raises(Exception, match=r"50 bytes read|ended prematurely|EOF"):
        connect(proxy.place()).get_object(Bucket=BUCKET, Key=name)["Body"].read()


def test_a_lie_told_once_is_told_to_the_request_meant(store: Seaweed, proxy: Liar, name: str) -> None:
    proxy.lie = nth(1, puts, lies.swallowed(echo=True))
    for each in "abc":
        put(connect(proxy.place()), name + each)
    assert [stored(store, name + each) for each in "abc"] == [DATA, None, DATA]


def test_listings_that_lie(store: Seaweed, proxy: Liar, name: str) -> None:
    client = connect(proxy.place())
    put(client, name)
    other = name + "2"
    for lie, sizes in [
        (lies.listed({other: 7}), (len(DATA), 7)),
        (lies.listed({name: 7}), (7, None)),
        (lies.unlisted("object"), (None, None)),
        (lies.resized("object", -1), (len(DATA) - 1, None)),
        (lies.planted({other: b"message"}), (len(DATA), 7)),
        (honest, (len(DATA), None)),
    ]:
        proxy.lie = lie
        assert (size(client, name), size(client, other)) == sizes
    proxy.lie = lies.planted({other: b"message"})
    assert client.get_object(Bucket=BUCKET, Key=other)["Body"].read() == b"message"


def test_a_listing_without_an_end(store: Seaweed, proxy: Liar, name: str) -> None:
    client = connect(proxy.place())
    put(client, name)
    proxy.lie = lies.endless_listing
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{SERIAL}/")
    assert len(list(islice(pages, 20))) == 20


def test_a_black_hole_takes_and_never_answers(store: Seaweed, proxy: Liar, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bwc_agent.offload.s3_client.READ", 0.2)
    over = Event()
    proxy.lie = on(listings, lies.black_hole(over))
    with pytest.raises(BotoCoreError, match="timeout"):
        size(connect(proxy.place()), name)
    over.set()


def test_the_destination_ends_a_listing_that_has_no_end(store: Seaweed, proxy: Liar, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bwc_agent.offload.s3_client.PAGES", 5)
    put(store.client(), name)
    destination, folder = S3(proxy.place()), name.rpartition("/")[0]
    assert destination.sizes(folder) == {name: len(DATA)}
    proxy.lie = lies.endless_listing
    with pytest.raises(OffloadError, match="more than 5 pages are listed: no camera has so many objects; look into the store"):
        destination.sizes(folder)


def test_a_line_that_breaks_within_tls_is_no_foreign_store(store: Seaweed, proxy: Liar, name: str) -> None:
    proxy.lie = on(puts, lies.cut_request(100))
    with pytest.raises(OffloadError, match=r"object at https.*the connection failed .* it is tried again"):
        list(S3(proxy.place()).put(name, len(DATA), [DATA]))
    assert stored(store, name) is None
