"""The brick of MP4: a box is its length, its four-letter kind, and its body (ISO/IEC 14496-12, 4.2).

Lengths are always in 4 bytes here: no fragment comes near 4 GiB, and one form only is one form only to check.
"""

from struct import Struct
from typing import Final

from bwc_agent.errors import IntegrityError

HEAD: Final = Struct(">I4s")
"""Length of the whole box in bytes, and its kind."""


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of `kind` (4 bytes) around `parts`, in one copy."""
    return b"".join((HEAD.pack(HEAD.size + sum(map(len, parts)), kind), *parts))


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box whose body begins with a version (1 byte) and flags (3 bytes)."""
    return box(kind, (version << 24 | flags).to_bytes(4), *parts)


def free(size: int) -> bytes:
    """A box of exactly `size` bytes that every reader skips, filled with zeros.

    Raises IntegrityError under 8 bytes: no box is shorter than its head.
    """
    if size < HEAD.size:
        raise IntegrityError(f"a free box cannot have {size} bytes; ask for at least {HEAD.size}, or fill through the next chunk")
    return HEAD.pack(size, b"free") + bytes(size - HEAD.size)


def head(view: memoryview, offset: int) -> tuple[int, bytes] | None:
    """Length in bytes and kind of the box at `offset`, or None where fewer than 8 bytes are left.

    Raises IntegrityError, naming the offset, at a length that is shorter than a box's head: the forms "to the end" (0)
    and "64 bits" (1) included, which our writer does not write.
    """
    if len(view) - offset < HEAD.size:
        return None
    size, kind = HEAD.unpack_from(view, offset)
    if size < HEAD.size:
        raise IntegrityError(f"offset {offset}: a box of length {size}; the file is damaged or not one of the agent's")
    return size, kind
