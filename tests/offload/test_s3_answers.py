"""Answers that no good store gives: none is taken for an arrival, none leads elsewhere, each has its mend."""

import hashlib
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path

import pytest

from bwc_agent.errors import OffloadError
from bwc_agent.offload import s3_client
from bwc_agent.offload.destination import PIECE, ObjectError
from bwc_agent.offload.s3 import AT_ONCE, PART, S3
from bwc_agent.offload.s3_checksums import checksum, composite, cut
from tests.evidence.trial import SERIAL
from tests.offload.answering import Answer, Asked, answering
from tests.offload.sending import material, pieces
from tests.offload.tls import TlsAuthority

NAME = f"{SERIAL}/recordings/000000-0001/0001.tink"
SMALL, LARGE = b"0123456789", material(AT_ONCE + PIECE)
NOTHING = b'<?xml version="1.0"?><ListMultipartUploadsResult/>'
BEGUN = b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"


@pytest.fixture
def tls(tmp_path: Path) -> TlsAuthority:
    return TlsAuthority(tmp_path / "tls")


def put(destination: S3, data: bytes) -> int:
    return sum(destination.put(NAME, len(data), pieces(data)))


def truly(asked: Asked) -> Answer:
    """As a store that keeps whatever it is given would answer, up to the end of a large object."""
    if asked.method == "HEAD":
        return Answer(404)
    if asked.method == "GET":
        return Answer(200, NOTHING)
    if asked.method == "POST":
        return Answer(200, BEGUN)
    return Answer(200, headers={"x-amz-checksum-sha256": checksum(asked.body), "ETag": '"1"'})


def composed(count: int) -> bytes:
    """The end of LARGE, of which `count` parts are given."""
    digests = [hashlib.sha256(part).digest() for part in cut([LARGE], PART)]
    assert len(digests) == count
    return f"<R><ChecksumSHA256>{composite(digests)}</ChecksumSHA256></R>".encode()


def ending(answer: Answer) -> Callable[[Asked], Answer]:
    """The same, and `answer` to what would make the object be there."""

    def given(asked: Asked) -> Answer:
        small = asked.method == "PUT" and "partNumber" not in asked.path
        return answer if small or (asked.method == "POST" and "uploadId" in asked.path) else truly(asked)

    return given


def test_a_store_that_answers_as_it_should_is_believed(tls: TlsAuthority) -> None:
    with answering(tls, truly) as server:
        assert put(S3(server.place), SMALL) == len(SMALL)
        (asked,) = server.asked
    assert asked.body == SMALL and asked.headers["if-none-match"] == "*"
    assert asked.headers["x-amz-checksum-sha256"] == checksum(SMALL)
    assert "x-amz-checksum-sha256" in asked.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")


@pytest.mark.parametrize("data", [SMALL, LARGE])
def test_an_answer_that_names_another_checksum_is_no_arrival(tls: TlsAuthority, data: bytes) -> None:
    other = f"<R><ChecksumSHA256>{checksum(b'other')}-3</ChecksumSHA256></R>".encode()
    with (
        answering(tls, ending(Answer(200, other, {"x-amz-checksum-sha256": checksum(b"other")}))) as server,
        pytest.raises(ObjectError, match="says it kept other bytes"),
    ):
        put(S3(server.place), data)


@pytest.mark.parametrize("data", [SMALL, LARGE])
def test_an_answer_that_names_no_checksum_is_no_arrival(tls: TlsAuthority, data: bytes) -> None:
    with answering(tls, ending(Answer(200, b"<R/>"))) as server, pytest.raises(OffloadError, match="does not say which SHA-256"):
        put(S3(server.place), data)


def test_a_part_of_which_the_store_kept_other_bytes_ends_the_upload(tls: TlsAuthority) -> None:
    def wrong(asked: Asked) -> Answer:
        return truly(asked) if asked.method != "PUT" else Answer(200, headers={"x-amz-checksum-sha256": checksum(b""), "ETag": '"1"'})

    with answering(tls, wrong) as server:
        with pytest.raises(ObjectError, match="says it kept other bytes"):
            put(S3(server.place), LARGE)
        assert sum(asked.method == "PUT" for asked in server.asked) == 1


def test_an_error_in_the_body_of_a_good_answer_is_an_error(tls: TlsAuthority) -> None:
    body = b'<?xml version="1.0"?>\n\n<Error><Code>InternalError</Code><Message>try again</Message></Error>'
    with answering(tls, ending(Answer(200, body))) as server, pytest.raises(OffloadError, match="InternalError: try again"):
        put(S3(server.place), LARGE)


@pytest.mark.parametrize("body", [b"", b"garbage", b"<R", b"<R/>", b"\x00"])
def test_what_speaks_no_s3_is_said_to(tls: TlsAuthority, body: bytes) -> None:
    with answering(tls, lambda asked: Answer(404) if asked.method == "HEAD" else Answer(200, body)) as server:
        for data in (SMALL, LARGE):
            with pytest.raises(OffloadError):
                put(S3(server.place), data)


@pytest.mark.parametrize("size", [b"many", b"", b"1.5"])
def test_a_listing_of_nonsense_is_no_listing(tls: TlsAuthority, size: bytes) -> None:
    body = b"<R><Contents><Key>%s</Key><Size>%s</Size></Contents></R>" % (NAME.encode(), size)
    with answering(tls, lambda _: Answer(200, body)) as server, pytest.raises(OffloadError, match="speaks no S3"):
        S3(server.place).sizes(SERIAL)


def test_names_outside_the_folder_that_was_asked_for_are_left_out(tls: TlsAuthority) -> None:
    body = "".join(f"<Contents><Key>{name}</Key><Size>1</Size></Contents>" for name in (NAME, "BWC-0002/x", "../x")).encode()
    with answering(tls, lambda _: Answer(200, b"<R>" + body + b"</R>")) as server:
        assert S3(server.place).sizes(SERIAL) == {NAME: 1}


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400])
def test_no_answer_leads_to_another_host_or_region(tls: TlsAuthority, status: int) -> None:
    with answering(tls, truly) as other:

        def away(_: Asked) -> Answer:
            host = other.place.endpoint
            code = "AuthorizationHeaderMalformed" if status == 400 else "PermanentRedirect"
            body = f"<Error><Code>{code}</Code><Endpoint>{host}</Endpoint><Region>eu-west-1</Region></Error>".encode()
            return Answer(status, body, {"Location": f"{host}/evidence/{NAME}", "x-amz-bucket-region": "eu-west-1"})

        with answering(tls, away) as server:
            for data in (SMALL, LARGE):
                with pytest.raises(OffloadError, match=r"mend endpoint or region"):
                    put(S3(server.place), data)
            assert all("/eu-west-1/" not in asked.headers["authorization"] for asked in server.asked)
        assert other.asked == []


def test_a_store_s_own_words_reach_no_terminal_as_they_are(tls: TlsAuthority) -> None:
    body = "<Error><Code>X</Code><Message>\u202etxet\u009b2J</Message></Error>".encode()
    with answering(tls, lambda _: Answer(500, body)) as server, pytest.raises(OffloadError) as error:
        S3(server.place).sizes(SERIAL)
    assert str(error.value).isprintable()


def test_an_object_that_breaks_off_is_not_read(tls: TlsAuthority) -> None:
    with (
        answering(tls, lambda _: Answer(200, b"0123", {"Content-Length": "10"})) as server,
        pytest.raises(OffloadError, match="tried again"),
    ):
        S3(server.place).read(NAME, 100)


def test_a_store_that_says_403_of_what_is_absent_is_delivered_to_all_the_same(tls: TlsAuthority) -> None:
    whole = ending(Answer(200, composed(3)))
    with answering(tls, lambda asked: Answer(403) if asked.method == "HEAD" else whole(asked)) as server:
        assert put(S3(server.place), LARGE) == len(LARGE)


@pytest.mark.parametrize("data", [SMALL, LARGE])
def test_a_name_that_is_taken_by_what_nobody_can_see_is_no_arrival(tls: TlsAuthority, data: bytes) -> None:
    with answering(tls, ending(Answer(412))) as server, pytest.raises(OffloadError, match="tried again"):
        put(S3(server.place), data)


def torn(asked: Asked, parts: Answer) -> Answer:
    """A store that keeps an unfinished upload, of which it tells `parts`."""
    if asked.method == "GET" and "uploads" in asked.path:
        upload = f"<Upload><Key>{NAME}</Key><UploadId>torn</UploadId><Initiated>2026-01-01T00:00:00Z</Initiated></Upload>"
        return Answer(200, f"<R>{upload}</R>".encode())
    return parts if asked.method == "GET" else ending(Answer(200, composed(3)))(asked)


@pytest.mark.parametrize(("kept", "sent"), [(0, 2), (1, 3)])
def test_where_the_store_tells_a_part_s_sha256_that_decides(tls: TlsAuthority, kept: int, sent: int) -> None:
    first = next(islice(cut([LARGE], PART), kept, None))
    part = f"<PartNumber>1</PartNumber><Size>{PART}</Size><ETag>opaque</ETag><ChecksumSHA256>{checksum(first)}</ChecksumSHA256>"
    with answering(tls, lambda asked: torn(asked, Answer(200, f"<R><Part>{part}</Part></R>".encode()))) as server:
        assert put(S3(server.place), LARGE) == len(LARGE)
        assert sum("partNumber" in asked.path for asked in server.asked) == sent
        assert all("uploadId=torn" in asked.path for asked in server.asked if asked.method in ("PUT", "POST"))


def test_an_unfinished_upload_that_was_ended_meanwhile_is_begun_anew(tls: TlsAuthority) -> None:
    gone = Answer(404, b"<Error><Code>NoSuchUpload</Code></Error>")
    with answering(tls, lambda asked: torn(asked, gone)) as server:
        assert put(S3(server.place), LARGE) == len(LARGE)
        assert all("uploadId=1" in asked.path for asked in server.asked if asked.method == "PUT")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(503, b"<Error><Code><x/></Code></Error>"),
        Answer(200, b"<Error><Code><x/></Code></Error>"),
        Answer(411, b"no chunk", {"Transfer-Encoding": "chunked"}),
    ],
    ids=["a code that is no text", "an error that looks like success", "chunks that are none"],
)
def test_nonsense_that_the_library_stumbles_over_is_an_error_of_the_destination(tls: TlsAuthority, answer: Answer) -> None:
    with answering(tls, lambda _: answer) as server:
        store = S3(server.place)
        for ask in (lambda: put(store, SMALL), lambda: store.sizes(SERIAL), lambda: store.names(SERIAL)):
            with pytest.raises(OffloadError, match=r"speaks no S3|connection failed"):
                ask()


def test_parts_that_the_store_lost_are_not_met_again_and_stop_no_other_object(tls: TlsAuthority) -> None:
    lost = Answer(400, b"<Error><Code>InvalidPart</Code></Error>")
    with answering(tls, ending(lost)) as server:
        with pytest.raises(ObjectError, match="sent anew"):
            put(S3(server.place), LARGE)
        begun = [number for number, asked in enumerate(server.asked) if asked.method == "POST" and "uploads" in asked.path]
        ended = [number for number, asked in enumerate(server.asked) if asked.method == "POST" and "uploadId" in asked.path]
    assert len(begun) == 2 and begun[0] < ended[0] < begun[1]


def test_a_listing_without_an_end_ends(tls: TlsAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_client, "PAGES", 5)
    pages = count()

    def endless(_: Asked) -> Answer:
        token = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{next(pages)}</NextContinuationToken>"
        return Answer(200, f"<ListBucketResult>{token}</ListBucketResult>".encode())

    with answering(tls, endless) as server, pytest.raises(OffloadError, match="more than 5 pages"):
        S3(server.place).sizes(SERIAL)
