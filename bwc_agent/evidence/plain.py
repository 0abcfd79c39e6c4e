"""Reading a file that somebody else may have put there: one that is a file, not a link, a pipe or a folder, opened once.

Evidence is plain files. A link would lead a reader elsewhere, a pipe would hang it, and a name that is opened twice may
be two files.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
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
    with open(open_plain(path), "rb", buffering=0) as file:
        while piece := file.read(size):
            yield piece


def read_plain(path: Path) -> bytes:
    """All bytes of a plain file. Raises OSError."""
    return b"".join(pieces(path))


def digest_plain(path: Path) -> tuple[int, str]:
    """Length and SHA-256 (hex) of a plain file. Raises OSError."""
    running, length = hashlib.sha256(), 0
    for piece in pieces(path):
        running.update(piece)
        length += len(piece)
    return length, running.hexdigest()
