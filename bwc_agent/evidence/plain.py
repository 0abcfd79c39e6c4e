"""Reading a file that somebody else may have put there: one that is a file, not a link, a pipe or a folder, opened once.

Evidence is plain files. A link would lead a reader elsewhere, a pipe would hang it, and a name that is opened twice may
be two files.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PIECE: Final = 1 << 20
"""Bytes read at once."""

_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


def open_plain(path: Path) -> int:
    """A descriptor for reading of the plain file `path`. Raises OSError for everything else, without hanging."""
    descriptor = os.open(path, _FLAGS)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(f"{path} is not a plain file")


def pieces(path: Path, size: int = PIECE) -> Iterator[bytes]:
    """The bytes of a plain file in pieces of at most `size`, through one descriptor. Raises OSError."""
    with opened(path) as descriptor:
        yield from _rest(descriptor, size)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """The descriptor of `open_plain`, closed at the end. Raises OSError."""
    descriptor = open_plain(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _rest(descriptor: int, size: int) -> Iterator[bytes]:
    while piece := os.read(descriptor, size):
        yield piece


def read_plain(path: Path) -> bytes:
    """All bytes of a plain file. Raises OSError."""
    return b"".join(pieces(path))


def digest_plain(path: Path) -> tuple[int, str]:
    """Length and SHA-256 (hex) of a plain file. Raises OSError."""
    with opened(path) as descriptor:
        return digest_opened(descriptor)


def digest_opened(descriptor: int) -> tuple[int, str]:
    """Length and SHA-256 (hex) of what is left to read of an open file. Raises OSError."""
    running, length = hashlib.sha256(), 0
    for piece in _rest(descriptor, PIECE):
        running.update(piece)
        length += len(piece)
    return length, running.hexdigest()
