"""One sealed file as a stream of ciphertext: what goes in is padded so that everything up to a mark opens.

Each piece is followed by a `free` box (segments) or a `pad` line (notes) that fills its cipher chunk; the layout
depends on the pieces alone. The last chunk is one 8-byte `free` box, or an empty `pad` line. See FORMAT.md, Segment.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from bwc_agent.evidence.lines import encode
from bwc_agent.evidence.tink_stream import CHUNK_PLAINTEXT, Encryptor
from bwc_agent.fmp4.boxes import free

PAD_LINE = encode({"fill": "", "kind": "pad"})
"""The shortest pad line; longer ones carry spaces in `fill`."""


def pad_line(size: int) -> bytes:
    """A `pad` line of exactly `size` bytes, at least `len(PAD_LINE)`."""
    return encode({"fill": " " * (size - len(PAD_LINE)), "kind": "pad"})


_Ciphertext = TypeVar("_Ciphertext", bytes, memoryview)


class Sealer:
    """Ciphertext of one file under one key, with its running length and SHA-256.

    `key` is 32 random bytes used for nothing else; `associated` the 32 bytes SHA-256 of the file's `segment` line.
    """

    def __init__(self, key: bytes, associated: bytes, filler: Callable[[int], bytes] = free, shortest: int = 8) -> None:
        self._cipher = Encryptor(key, associated)
        self._filler = filler
        self._shortest = shortest
        self._hash = hashlib.sha256()
        self.bytes = 0
        """Ciphertext bytes given out so far."""

    def piece(self, plaintext: Sequence[bytes | memoryview]) -> memoryview:
        """Ciphertext of `plaintext` and its padding, whole chunks, so that all of it opens; valid until the next call."""
        gap = self._cipher.gap_after(sum(map(len, plaintext)))
        if gap == CHUNK_PLAINTEXT:
            return self._given(self._cipher.seal(plaintext))
        while gap < self._shortest:
            gap += CHUNK_PLAINTEXT
        return self._given(self._cipher.seal((*plaintext, self._filler(gap))))

    def finish(self) -> bytes:
        """The last chunk; without it a reader knows that the file is cut."""
        return self._given(self._cipher.finish(self._filler(self._shortest)))

    def digest(self) -> str:
        """SHA-256 of all ciphertext so far, hex."""
        return self._hash.hexdigest()

    def _given(self, ciphertext: _Ciphertext) -> _Ciphertext:
        self.bytes += len(ciphertext)
        self._hash.update(ciphertext)
        return ciphertext


def notes_sealer(key: bytes, associated: bytes) -> Sealer:
    """A sealer for lines instead of boxes."""
    return Sealer(key, associated, pad_line, len(PAD_LINE))
