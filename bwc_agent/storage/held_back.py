"""What on the card has no receipt yet: by what lies there, whatever anybody says of it.

A sealed file goes only against a receipt (custodian.py). So each that is there waits for one, and the oldest is in the first
recording that has any, for recordings are numbered and no clock orders them. How old it is, its start's journal tells: the
line that opened it, and what clocks claimed then.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.fields import Line, ticks
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import whole_lines
from bwc_agent.evidence.off_time import claims, surest
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.receipts import is_sealed_file
from bwc_agent.units import seconds

COUNT_FIRST: Final = seconds(10)
"""Ticks from a start to the first count of what has no receipt: a start has better to do."""
COUNT_EVERY: Final = seconds(60)
"""Ticks between two counts."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A tick of some start, and the wall time (microseconds since 1970) that its clocks claimed for it, None where none did."""

    at: int
    utc_us: int | None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Sealed `files` without a receipt, of so many `recordings`, `bytes` together; the `oldest` of these, and when it `began` if known."""

    recordings: int
    files: int
    bytes: int
    oldest: RecordingName | None
    began: Moment | None

    def tick(self, first: int) -> int | None:
        """When the oldest began, where start `first` or one that took over from it counts these ticks; else None."""
        return self.began.at if self.began is not None and self.oldest is not None and self.oldest.start >= first else None

    @property
    def utc_us(self) -> int | None:
        """When it began by its own start's clocks."""
        return None if self.began is None else self.began.utc_us


def opened(journal: Sequence[Line], name: RecordingName) -> Moment | None:
    """When the recording `name` of this journal's start began; None where the journal does not say."""
    try:
        found = [ticks(line, "t") for line in journal if line.get("kind") == "opened" and line.get("recording") == str(name)]
        if not found:
            return None
        claim = surest(claims(journal), found[0])
        return Moment(found[0], None if claim is None else claim.utc_of(found[0]))
    except (IntegrityError, KeyError):
        return None


class Holdings:
    """Looks again and again at one vault, and reads nothing twice that cannot have changed."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._empty: set[RecordingName] = set()
        self._known: tuple[RecordingName, Moment] | None = None

    def look(self, running: int | None = None) -> HeldBack:
        """What is held now; `running` is the start that may still write. Raises StorageError for the folder of all recordings."""
        try:
            names = self._vault.names()
        except OSError as error:
            raise StorageError(f"cannot look into {self._vault.recordings}: {error.strerror or error}; check the card") from error
        held: dict[RecordingName, list[int]] = {}
        for name in names:
            if name not in self._empty:
                self._count(name, running, held)
        oldest = min(held, default=None)
        sizes = [size for found in held.values() for size in found]
        return HeldBack(len(held), len(sizes), sum(sizes), oldest, None if oldest is None else self._began(oldest))

    def _count(self, name: RecordingName, running: int | None, held: dict[RecordingName, list[int]]) -> None:
        with suppress(OSError):  # a bad block under one recording must not hide the others
            if sizes := list(_sealed_sizes(self._vault.recording(name))):
                held[name] = sizes
            elif running is not None and name.start < running:
                self._empty.add(name)

    def _began(self, name: RecordingName) -> Moment | None:
        if self._known is not None and self._known[0] == name:
            return self._known[1]
        with suppress(OSError):
            moment = opened(list(whole_lines(read_plain(self._vault.journal(name.start)))), name)
            if moment is not None:
                self._known = name, moment
            return moment
        return None


def _sealed_sizes(folder: Path) -> Iterator[int]:
    """Of the sealed files; one that goes away meanwhile has its receipt. Raises OSError."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if is_sealed_file(entry.name)]
    for name in names:
        with suppress(FileNotFoundError):
            yield (folder / name).lstat().st_size
