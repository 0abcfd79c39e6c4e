"""Whether it is worth asking again if a recording is closed: the cheap questions before the proof, which reads all of its log."""

import os
from pathlib import Path
from typing import Final

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import RecordingName, Vault, start_of
from bwc_agent.evidence.plain import opened, pieces

Stamp = tuple[int, int, int]
"""The newest start that has signed its journal, and the log's length and time of change; -1 where there is none."""

_TAIL: Final = 64 * 1024
"""A log that is closed ends with `stop` and a signature: so many bytes hold both."""


def starts(vault: Vault) -> list[int]:
    """The starts that left a journal, in order. Raises StorageError."""
    try:
        found = [start_of(path.stem) for path in vault.journals.iterdir() if path.suffix == ".jsonl"]
    except OSError as error:
        raise StorageError(f"cannot list {vault.journals}: {error.strerror or error}; check the card") from error
    return sorted(start for start in found if start is not None)


def newest_start(vault: Vault) -> int:
    """The newest start whose journal has a signature, so that what it found is stated; -1 if there is none."""
    return next((start for start in reversed(starts(vault)) if _is_signed(vault.journal(start))), -1)


def stamp(vault: Vault, name: RecordingName, newest: int) -> Stamp:
    """What `newest_start` and the log of `name` look like now; as long as it is the same, so is what they prove."""
    try:
        found = os.stat(vault.recording(name) / "log.jsonl", follow_symlinks=False)
    except OSError:
        return newest, -1, -1
    return newest, found.st_size, found.st_mtime_ns


def may_be_closed(vault: Vault, name: RecordingName, newest: int) -> bool:
    """False where `name` is still being recorded, for certain."""
    if name.start < newest:
        return True
    try:
        with opened(vault.recording(name) / "log.jsonl") as log:
            return b'"kind":"stop"' in os.pread(log, _TAIL, max(0, os.fstat(log).st_size - _TAIL))
    except OSError:
        return False


def _is_signed(journal: Path) -> bool:
    before = b""
    try:
        for piece in pieces(journal):
            if b'"kind":"sig"' in before + piece:
                return True
            before = piece[-16:]
    except OSError:
        return False
    return False
