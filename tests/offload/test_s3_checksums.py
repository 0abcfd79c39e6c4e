"""The store's names for digests, and cutting into parts."""

import hashlib
from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.offload.s3_checksums import checksum, composite, contradicts, cut


@given(st.lists(st.binary(max_size=20), max_size=12), st.integers(1, 9))
def test_parts_have_the_same_bytes_and_all_but_the_last_one_the_length(pieces: list[bytes], length: int) -> None:
    parts = list(cut(pieces, length))
    assert b"".join(parts) == b"".join(pieces)
    assert all(len(part) == length for part in parts[:-1])
    assert all(0 < len(part) <= length for part in parts[-1:])


@given(st.binary(max_size=64))
def test_the_name_of_one_piece_is_its_digest(data: bytes) -> None:
    assert b64decode(checksum(data)) == hashlib.sha256(data).digest()


def test_the_name_of_parts_is_the_one_that_a_store_gave() -> None:
    # Of SeaweedFS 4.48 and, by its manual, of S3: the digest over the digests, and how many they are.
    digests = [hashlib.sha256(data).digest() for data in (b"a", b"b")]
    name, _, count = composite(digests).partition("-")
    assert count == "2" and b64decode(name) == hashlib.sha256(digests[0] + digests[1]).digest()


@given(st.binary(max_size=8), st.binary(max_size=8))
def test_names_contradict_each_other_where_they_are_of_one_kind_and_differ(one: bytes, other: bytes) -> None:
    assert contradicts(checksum(one), checksum(other)) == (one != other)
    assert not contradicts(None, checksum(one))
    digests = [hashlib.sha256(one).digest(), hashlib.sha256(other).digest()]
    assert not contradicts(composite(digests), checksum(one)) and not contradicts(composite(digests[:1]), composite(digests))
    assert contradicts(composite(digests), composite(digests[::-1])) == (one != other)
