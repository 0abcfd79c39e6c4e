"""What is sealed here is Tink's own format, bit for bit, at every length; a cut stream opens up to its last whole chunk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tink
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.tink_stream import CHUNK, CHUNK_PLAINTEXT, FIRST_PLAINTEXT, HEADER, Encryptor, decrypt, decrypt_prefix
from tests.evidence import foreign_tink

KEY, ASSOCIATED = bytes(range(32)), b"associated with this".ljust(32, b".")
VECTORS = json.loads((Path(__file__).parent.parent / "vectors/evidence/tink_stream.json").read_text())
AROUND = (-1, 0, 1, 16, 40)
FULL = (FIRST_PLAINTEXT, FIRST_PLAINTEXT + CHUNK_PLAINTEXT, 10 * CHUNK_PLAINTEXT)
BORDERS = sorted({0, 1, 100} | {border + more for border in FULL for more in AROUND})


def material(size: int) -> bytes:
    """`size` bytes that differ from chunk to chunk: byte i is (i * i // 7 + i) mod 251."""
    return bytes((i * i // 7 + i) % 251 for i in range(size))


def encryptor(salt: bytes, prefix: bytes) -> Encryptor:
    """An encryptor whose draws are given."""
    draws: Iterator[bytes] = iter((salt, prefix))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bwc_agent.evidence.tink_stream.secrets.token_bytes", lambda size: next(draws))
        return Encryptor(KEY, ASSOCIATED)


@pytest.mark.parametrize("size", BORDERS)
def test_tink_and_we_write_the_same_bytes_and_open_each_others(size: int) -> None:
    plaintext = material(size)
    theirs = foreign_tink.seal(KEY, ASSOCIATED, plaintext)
    assert decrypt(KEY, ASSOCIATED, theirs) == plaintext
    ours = encryptor(theirs[1:33], theirs[33:40]).finish(plaintext)
    assert ours == theirs
    assert foreign_tink.open_all(KEY, ASSOCIATED, Encryptor(KEY, ASSOCIATED).finish(plaintext)) == plaintext


@given(st.lists(st.integers(0, 9000), max_size=6), st.integers(1, 9000))
@settings(max_examples=60, deadline=None)
def test_pieces_make_the_same_stream_as_the_whole(sizes: list[int], last: int) -> None:
    plaintext = material(sum(sizes) + last)
    pieces, made, at = b"", encryptor(b"s" * 32, b"p" * 7), 0
    for size in sizes:
        pieces += made.write(memoryview(plaintext)[at : at + size])
        at += size
        assert len(pieces) % CHUNK == 0
        full = FIRST_PLAINTEXT if at < FIRST_PLAINTEXT else CHUNK_PLAINTEXT
        assert made.gap() == full - (at - len(pieces) + (HEADER + 16 * (len(pieces) // CHUNK) if pieces else 0))
    pieces += made.finish(plaintext[at:])
    assert pieces == encryptor(b"s" * 32, b"p" * 7).finish(plaintext)
    assert foreign_tink.open_all(KEY, ASSOCIATED, pieces) == plaintext


def test_a_chunk_is_given_out_as_soon_as_it_is_full() -> None:
    made = Encryptor(KEY, ASSOCIATED)
    assert made.gap() == FIRST_PLAINTEXT
    assert made.write(bytes(FIRST_PLAINTEXT - 1)) == b""
    assert made.gap() == 1
    first = made.write(b"x")
    assert len(first) == CHUNK and made.gap() == CHUNK_PLAINTEXT
    assert len(made.write(bytes(3 * CHUNK_PLAINTEXT))) == 3 * CHUNK
    assert made.gap() == CHUNK_PLAINTEXT


def test_the_last_chunk_of_a_long_stream_is_never_empty() -> None:
    made = Encryptor(KEY, ASSOCIATED)
    made.write(bytes(FIRST_PLAINTEXT))
    with pytest.raises(IntegrityError, match="cannot be empty"):
        made.finish()
    made.finish(b"the last bytes")
    for more in (made.write, made.finish):
        with pytest.raises(IntegrityError, match="finished"):
            more(b"x")


def test_salt_and_prefix_are_fresh_each_time() -> None:
    heads = {Encryptor(KEY, ASSOCIATED).finish(b"")[:HEADER] for _ in range(20)}
    assert len({head[1:33] for head in heads}) == len({head[33:] for head in heads}) == 20


STREAM = Encryptor(KEY, ASSOCIATED).finish(material(3 * CHUNK))


@pytest.mark.parametrize("cut", [0, 39, 40, 56, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1, 3 * CHUNK, len(STREAM) - 1])
def test_a_cut_stream_opens_up_to_its_last_whole_chunk(cut: int) -> None:
    whole = cut // CHUNK
    expected = max(0, whole * CHUNK_PLAINTEXT - HEADER)
    assert decrypt_prefix(KEY, ASSOCIATED, STREAM[:cut]) == material(3 * CHUNK)[:expected]
    with pytest.raises(IntegrityError):
        decrypt(KEY, ASSOCIATED, STREAM[:cut])


@pytest.mark.parametrize(("at", "where"), [(0, "header"), (20, "chunk 0, from byte 40"), (39, "chunk 0"), (40, "chunk 0"),
                                           (CHUNK, "chunk 1, from byte 4096"), (len(STREAM) - 1, "chunk 3, from byte 12288")])  # fmt: skip
def test_a_changed_byte_is_named_by_its_chunk(at: int, where: str) -> None:
    altered = STREAM[:at] + bytes([STREAM[at] ^ 1]) + STREAM[at + 1 :]
    with pytest.raises(IntegrityError, match=where):
        decrypt(KEY, ASSOCIATED, altered)
    with pytest.raises((tink.TinkError, OSError)):
        foreign_tink.open_all(KEY, ASSOCIATED, altered)


def test_a_prefix_with_a_wrong_chunk_is_refused_by_its_byte() -> None:
    altered = STREAM[: CHUNK + 5] + b"\0\0" + STREAM[CHUNK + 7 :]
    with pytest.raises(IntegrityError, match="chunk 1, from byte 4096"):
        decrypt_prefix(KEY, ASSOCIATED, altered)
    assert decrypt_prefix(KEY, ASSOCIATED, altered[:CHUNK]) == material(FIRST_PLAINTEXT)


def test_chunks_moved_lengthened_or_of_another_line_do_not_open() -> None:
    swapped = STREAM[:CHUNK] + STREAM[2 * CHUNK : 3 * CHUNK] + STREAM[CHUNK : 2 * CHUNK] + STREAM[3 * CHUNK :]
    for altered in (swapped, STREAM + b"\0", STREAM[:CHUNK] + STREAM[2 * CHUNK :]):
        with pytest.raises(IntegrityError, match="does not open"):
            decrypt(KEY, ASSOCIATED, altered)
    for key, associated in ((KEY[::-1], ASSOCIATED), (KEY, ASSOCIATED[::-1])):
        with pytest.raises(IntegrityError, match="wrong key"):
            decrypt(key, associated, STREAM)
    with pytest.raises(IntegrityError, match="32 bytes"):
        Encryptor(b"short", ASSOCIATED)


@pytest.mark.parametrize("vector", VECTORS["streams"], ids=lambda v: str(v["plaintext_bytes"]))
def test_vectors(vector: dict[str, Any]) -> None:
    plaintext = material(vector["plaintext_bytes"])
    ciphertext = encryptor(bytes.fromhex(vector["salt_hex"]), bytes.fromhex(vector["prefix_hex"])).finish(plaintext)
    assert (VECTORS["key_hex"], VECTORS["associated_hex"]) == (KEY.hex(), ASSOCIATED.hex())
    assert sha256_hex(plaintext) == vector["plaintext_sha256"]
    assert len(ciphertext) == vector["ciphertext_bytes"]
    assert sha256_hex(ciphertext) == vector["ciphertext_sha256"]
    assert ciphertext.hex().startswith(vector["ciphertext_begins_hex"])
