"""The seam to storage that the agency runs: what a folder on a dock's disk and an object store can both give.

Objects have names of parts joined by `/` (`SERIAL/recordings/000003-0001/0001.tink`), come into being whole, and are
never changed: there is no method that replaces or deletes.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from bwc_agent.errors import OffloadError

PIECE: Final = 1 << 20
"""Bytes of one piece as it is read, unless the caller asks for less."""

_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._-]{0,127}")


class ObjectError(OffloadError):
    """Something is wrong with this one object; the destination takes others."""


class Destination(Protocol):
    """Keeps objects under names, each whole or not at all. Every method raises OffloadError, which names the mend.

    The methods may be called from several threads at once.
    """

    def sizes(self, folder: str) -> dict[str, int]:
        """Bytes of every object below `folder`, by its whole name; an absent folder has none."""
        ...

    def put(self, name: str, size: int, pieces: Iterable[bytes]) -> Iterator[int]:
        """`name` holds exactly `pieces`, `size` bytes together, durably, once the iterator is exhausted; before that it is not there.

        Yields the bytes taken, `size` in the end; a caller may stop at any of them, and a later `put` begins anew, or goes on
        with what is kept of it. If `name` is there already nothing is written: other content raises ObjectError and is left as
        it is. Pieces of another length than `size` raise ObjectError.
        """
        ...

    def names(self, folder: str) -> list[str]:
        """Names of the objects right in `folder`, without it, sorted; an absent folder has none."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """The whole object `name`; one longer than `limit` bytes, or that is no plain object, raises ObjectError."""
        ...


def parts(name: str) -> list[str]:
    """The parts of an object's name. Raises OffloadError for one that could lead out of the destination or hide in it."""
    found = name.split("/")
    for part in found:
        if not _PART.fullmatch(part):
            raise OffloadError(
                f"{name[:200]!r} cannot name an object: its parts hold only letters, digits and @ . _ -, none of these first"
            )
    return found


def exactly(name: str, size: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, which are `size` bytes together. Raises ObjectError at the first byte too many, or at the end."""
    taken = 0
    for piece in pieces:
        taken += len(piece)
        if taken > size:
            break
        yield piece
    if taken != size:
        raise ObjectError(f"{name} gave {taken} bytes instead of {size}: its source changed; dock again")
