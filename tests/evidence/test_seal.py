"""Everything up to a mark opens: each piece ends with a whole cipher chunk, and the padding depends on the pieces alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.evidence.lines import decode, encode, sha256_hex
from bwc_agent.evidence.seal import PAD_LINE, Sealer, notes_sealer, pad_line
from bwc_agent.evidence.tink_stream import CHUNK, CHUNK_PLAINTEXT, FIRST_PLAINTEXT, decrypt, decrypt_prefix
from bwc_agent.fmp4.boxes import HEAD, box
from tests.evidence import foreign_tink

KEY, ASSOCIATED = bytes(range(32)), b"a" * 32
sizes = st.integers(8, 3 * CHUNK) | st.sampled_from([FIRST_PLAINTEXT - 8, FIRST_PLAINTEXT - 7, FIRST_PLAINTEXT, CHUNK_PLAINTEXT - 1])


def boxes(plaintext: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and body of each box, to the last byte."""
    found, at = [], 0
    while at < len(plaintext):
        size, kind = HEAD.unpack_from(plaintext, at)
        found.append((kind, plaintext[at + 8 : at + size]))
        at += size
    assert at == len(plaintext)
    return found


def contents(plaintext: bytes) -> list[bytes]:
    return [body for kind, body in boxes(plaintext) if kind == b"mdat"]


@given(st.lists(sizes, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_after_each_piece_all_of_it_opens_and_the_end_is_one_short_chunk(lengths: list[int]) -> None:
    sealer, stored = Sealer(KEY, ASSOCIATED), b""
    pieces = [bytes([index]) * (length - 8) for index, length in enumerate(lengths)]
    for index, piece in enumerate(pieces):
        stored += sealer.piece([box(b"mdat", piece)])
        assert len(stored) == sealer.bytes and len(stored) % CHUNK == 0
        assert sha256_hex(stored) == sealer.digest()
        assert contents(decrypt_prefix(KEY, ASSOCIATED, stored)) == pieces[: index + 1]
    stored += sealer.finish()
    assert len(stored) % CHUNK == 8 + 16
    assert contents(decrypt(KEY, ASSOCIATED, stored)) == pieces
    assert foreign_tink.open_all(KEY, ASSOCIATED, stored) == decrypt(KEY, ASSOCIATED, stored)


@given(st.lists(sizes, min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_padding_is_as_short_as_boxes_allow(lengths: list[int]) -> None:
    sealer = Sealer(KEY, ASSOCIATED)
    stored = b"".join(bytes(sealer.piece([box(b"mdat", bytes(length - 8))])) for length in lengths)
    fills = [len(body) + 8 for kind, body in boxes(decrypt_prefix(KEY, ASSOCIATED, stored)) if kind == b"free"]
    assert len(fills) <= len(lengths)
    assert all(8 <= fill < CHUNK_PLAINTEXT + 8 for fill in fills)


@given(st.lists(st.text(max_size=5000), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_notes_are_lines_padded_by_lines(words: list[str]) -> None:
    sealer = notes_sealer(KEY, ASSOCIATED)
    stored = b"".join(bytes(sealer.piece([encode({"kind": "note", "text": word})])) for word in words)
    for plaintext in (decrypt_prefix(KEY, ASSOCIATED, stored), decrypt(KEY, ASSOCIATED, stored + sealer.finish())):
        lines = [decode(line + b"\n") for line in plaintext.split(b"\n")[:-1]]
        assert [line["text"] for line in lines if line["kind"] == "note"] == words
        assert {line["kind"] for line in lines} <= {"note", "pad"}


def test_a_pad_line_has_exactly_the_size_asked_for() -> None:
    for size in (len(PAD_LINE), len(PAD_LINE) + 1, 4080, 9000):
        assert len(pad_line(size)) == size
        assert decode(pad_line(size))["kind"] == "pad"
