"""Tink's AES-GCM-HKDF streaming, template AES256_GCM_HKDF_4KB, so that any Tink library opens what is sealed here.

    ciphertext = header (40 bytes) | chunk 0 | chunk 1 | ...
    header     = 40 | salt (32) | nonce prefix (7)
    chunk key  = HKDF-SHA256(key, salt, info = associated data, 32 bytes)
    chunk i    = AES-256-GCM(plaintext, nonce = prefix | i as 4 bytes, big endian | 1 if it is the last, else 0)

The header and chunk 0 share the first 4096 bytes of ciphertext; every further chunk but the last fills 4096 bytes, 16 of
them the tag. A chunk is given out as soon as it is full, so the writer must know that more follows; the last chunk tells
a reader that nothing was cut off.
"""

import secrets
from collections.abc import Sequence
from itertools import pairwise
from struct import Struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bwc_agent.errors import IntegrityError

CHUNK: Final = 4096
"""Bytes of ciphertext in a full chunk (the first shares them with the header)."""
HEADER: Final = 40
"""Bytes before the first chunk."""
TAG: Final = 16
"""Bytes by which a chunk's ciphertext is longer than its plaintext."""
CHUNK_PLAINTEXT: Final = CHUNK - TAG
"""Bytes of plaintext in every full chunk but the first."""
FIRST_PLAINTEXT: Final = CHUNK - HEADER - TAG
"""Bytes of plaintext in a full first chunk."""
KEY: Final = 32
"""Bytes of a key."""

_SALT: Final = 32
_PREFIX: Final = 7
_NONCE: Final = Struct(">7sIB")
_MAX_CHUNKS: Final = 1 << 32


def _chunk_cipher(key: bytes, salt: bytes, associated: bytes) -> AESGCM:
    if len(key) != KEY:
        raise IntegrityError(f"a key has {KEY} bytes, not {len(key)}")
    return AESGCM(HKDF(SHA256(), 32, salt, associated).derive(key))


class Encryptor:
    """Seals one stream under `key` (32 bytes used for nothing else) and `associated`; salt and prefix are drawn now.

    Pieces of any length go in; whole chunks come out. The concatenation of all that `write` and `finish` returned is
    what Tink would have written for the concatenation of all that went in.
    """

    def __init__(self, key: bytes, associated: bytes) -> None:
        salt = secrets.token_bytes(_SALT)
        self._prefix = secrets.token_bytes(_PREFIX)
        self._cipher = _chunk_cipher(key, salt, associated)
        self._header = bytes((HEADER,)) + salt + self._prefix
        self._pending = bytearray()
        self._buffer = bytearray()
        self._counter = 0

    def _capacity(self) -> int:
        if self._counter >= _MAX_CHUNKS:
            raise IntegrityError("the stream is finished; begin a new one under a new key")
        return CHUNK_PLAINTEXT if self._counter else FIRST_PLAINTEXT

    def gap(self) -> int:
        """Plaintext bytes until the current chunk is full; a whole chunk's worth if nothing waits."""
        return self._capacity() - len(self._pending)

    def gap_after(self, size: int) -> int:
        """What `gap` will say once `size` more bytes are written."""
        left = self.gap() - size
        return left if left > 0 else CHUNK_PLAINTEXT - (-left % CHUNK_PLAINTEXT)

    def write(self, plaintext: bytes | memoryview) -> bytes:
        """Ciphertext of every chunk that is now full, none of them the last; holds back less than a chunk."""
        return bytes(self.seal((plaintext,)))

    def seal(self, pieces: Sequence[bytes | memoryview]) -> memoryview:
        """As `write` of all `pieces` in order, but the result lies in a buffer that the next call reuses: use it at once.

        Fresh memory for each fragment cost more in page faults than the cipher itself (measured).
        """
        chunks = (len(self._pending) + sum(map(len, pieces)) + CHUNK) // CHUNK_PLAINTEXT + 1
        if len(self._buffer) < chunks * CHUNK + HEADER:
            self._buffer = bytearray(chunks * CHUNK + HEADER)
        out, at = memoryview(self._buffer), 0
        for piece in pieces:
            at = self._take(memoryview(piece), out, at)
        return out[:at]

    def _take(self, view: memoryview, out: memoryview, at: int) -> int:
        """Seal what is full of the pending bytes and `view` into `out` from `at` on; returns where it ends."""
        gap = self.gap()
        if len(view) < gap:
            self._pending += view
            return at
        if self._pending or not self._counter:
            self._pending += view[:gap]
            sealed = self._seal(self._pending, 0)
            out[at : at + len(sealed)] = sealed
            at += len(sealed)
            self._pending = bytearray()
            view = view[gap:]
        whole = len(view) // CHUNK_PLAINTEXT
        self._seal_whole(view, whole, out[at:])
        self._pending += view[whole * CHUNK_PLAINTEXT :]
        return at + whole * CHUNK

    def _seal_whole(self, view: memoryview, chunks: int, out: memoryview) -> None:
        """The way of nearly every byte: no copy, and no call of ours for each chunk."""
        first, self._counter = self._counter, self._counter + chunks
        if self._counter > _MAX_CHUNKS:
            raise IntegrityError("a stream has at most 2^32 chunks; begin a new segment long before")
        encrypt, nonce, prefix, size = self._cipher.encrypt_into, _NONCE.pack, self._prefix, CHUNK_PLAINTEXT
        for i in range(chunks):
            encrypt(nonce(prefix, first + i, 0), view[i * size : (i + 1) * size], None, out[i * CHUNK : (i + 1) * CHUNK])

    def finish(self, plaintext: bytes = b"") -> bytes:
        """Ciphertext of all that is left and of `plaintext`, the last chunk marked as the last; nothing may follow.

        Raises IntegrityError where the last chunk of a longer stream would be empty: Tink never writes that, so the
        last bytes must be given here.
        """
        self._pending += plaintext
        whole = memoryview(bytes(self._pending))
        out = []
        while len(whole) > (capacity := self._capacity()):
            out.append(self._seal(whole[:capacity], 0))
            whole = whole[capacity:]
        if self._counter and not whole:
            raise IntegrityError("the last chunk of a stream cannot be empty; give its last bytes to finish()")
        out.append(self._seal(whole, 1))
        self._pending = bytearray()
        self._counter = _MAX_CHUNKS
        return b"".join(out)

    def _seal(self, plaintext: bytearray | memoryview, last: int) -> bytes:
        sealed = self._cipher.encrypt(_NONCE.pack(self._prefix, self._counter, last), plaintext, None)
        if not self._counter:
            sealed = self._header + sealed
        self._counter += 1
        return sealed


class Decryptor:
    """Opens the chunks of one stream whose first 40 bytes are `header`. Raises IntegrityError if it is no header."""

    def __init__(self, key: bytes, associated: bytes, header: bytes | memoryview) -> None:
        head = bytes(header)
        if len(head) != HEADER or head[0] != HEADER:
            raise IntegrityError(f"a sealed file begins with a header of {HEADER} bytes; this is cut within it, or no sealed file")
        self._prefix = head[1 + _SALT :]
        self._cipher = _chunk_cipher(key, head[1 : 1 + _SALT], associated)

    def open(self, data: memoryview, number: int, last: bool) -> bytes:
        """Plaintext of chunk `number` (from 0), `data` its ciphertext. Raises IntegrityError naming its first byte."""
        try:
            return self._cipher.decrypt(_NONCE.pack(self._prefix, number, last), data, None)
        except InvalidTag as error:
            begin = number * CHUNK if number else HEADER
            raise IntegrityError(
                f"chunk {number}, from byte {begin} on, does not open: wrong key, or altered, cut, or not of this segment line"
            ) from error


def _chunks(data: memoryview) -> list[memoryview]:
    """`data` cut into chunks, the header left out; the last may be short."""
    bounds = [HEADER, *range(CHUNK, len(data), CHUNK), len(data)]
    return [data[begin:end] for begin, end in pairwise(bounds)]


def decrypt(key: bytes, associated: bytes, ciphertext: bytes | memoryview) -> bytes:
    """The whole plaintext of a whole stream, last chunk included. Raises IntegrityError for anything less."""
    data = memoryview(ciphertext)
    opener = Decryptor(key, associated, data[:HEADER])
    chunks = _chunks(data)
    last = len(chunks) - 1
    return b"".join([opener.open(chunk, number, number == last) for number, chunk in enumerate(chunks)])


def decrypt_prefix(key: bytes, associated: bytes, ciphertext: bytes | memoryview) -> bytes:
    """The plaintext of every whole chunk of a stream that was cut: what stands in a last, partial chunk is not given.

    Raises IntegrityError if a whole chunk is wrong; the last chunk of a *finished* stream is one, if it is full.
    """
    data = memoryview(ciphertext)
    whole = data[: len(data) - len(data) % CHUNK]
    if not whole:
        return b""
    opener = Decryptor(key, associated, whole[:HEADER])
    return b"".join([opener.open(chunk, number, False) for number, chunk in enumerate(_chunks(whole))])
