"""How a store that speaks S3 names the SHA-256 of what it keeps. Pure.

An object that came in one piece is named by the digest of its bytes; one that came in parts by the digest over its parts'
digests and their count, as in `...-3`. Names of different kinds say nothing about each other.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence


def named_digest(digest: bytes) -> str:
    """A digest in the store's words: base64."""
    return b64encode(digest).decode()


def checksum(data: bytes) -> str:
    """The store's name for an object, or a part, of these bytes."""
    return named_digest(hashlib.sha256(data).digest())


def composite(digests: Sequence[bytes]) -> str:
    """The store's name for an object that came in parts with these SHA-256 digests."""
    return f"{checksum(b''.join(digests))}-{len(digests)}"


def contradicts(theirs: str | None, ours: str) -> bool:
    """True if two names of one kind differ; a missing one, and one of another kind, contradicts nothing."""
    return theirs is not None and theirs.partition("-")[2] == ours.partition("-")[2] and theirs != ours


def cut(pieces: Iterable[bytes], length: int) -> Iterator[bytes]:
    """The same bytes, in parts of `length` bytes; the last one may be shorter."""
    held, have = list[bytes](), 0
    for piece in pieces:
        held.append(piece)
        have += len(piece)
        while have >= length:
            data = b"".join(held)
            yield data[:length]
            held, have = [data[length:]], have - length
    if have:
        yield b"".join(held)
