"""The most complete copy of a lines file in a folder, where a docking may have left several.

A file that was still open at a docking is called `NAME@BYTES.jsonl`. Every copy must be a beginning of the longest: two
that differ are two lives of one device.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.plain import read_plain


class Contradiction(IntegrityError):
    """Two `copies` of one file, neither a beginning of the other."""

    def __init__(self, what: str, copies: tuple[bytes, bytes]) -> None:
        super().__init__(what)
        self.copies = copies


@dataclass(frozen=True, slots=True)
class Copy:
    """All bytes of the longest copy, the file it is, and whether the device was still writing it at the docking."""

    path: Path
    data: bytes
    open: bool


def read_file(path: Path) -> bytes:
    """All bytes of a plain file. Raises StorageError."""
    try:
        return read_plain(path)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; check permissions and the disk") from error


def is_copy(name: str, stem: str) -> bool:
    """True if `name` is `STEM.jsonl` or one of its open copies."""
    return re.fullmatch(rf"{re.escape(stem)}(@[1-9][0-9]*)?\.jsonl", name, re.ASCII) is not None


def longest(files: Mapping[str, Path], stem: str) -> Copy | None:
    """The longest copy of `STEM.jsonl` among `files`, None if there is none.

    Raises Contradiction (an IntegrityError) if the copies differ, IntegrityError for a wrong name, StorageError if one cannot be read.
    """
    copies = {name: read_file(path) for name, path in files.items() if is_copy(name, stem)}
    if not copies:
        return None
    for name, data in copies.items():
        if "@" in name and name != f"{stem}@{len(data)}.jsonl":
            raise IntegrityError(f"{name} has {len(data)} bytes, not as many as its name says; it was changed")
    closed = f"{stem}.jsonl"
    best = closed if closed in copies else max(copies, key=lambda name: len(copies[name]))
    for name, data in copies.items():
        if not copies[best].startswith(data):
            what = f"{name} is not a beginning of {best}: one was changed, or the device was set back in between, or it has a double"
            raise Contradiction(what, (data, copies[best]))
    return Copy(files[best], copies[best], best != closed)
