"""The immutable flag on what is closed: nobody has reason to change it any more, and until the custodian takes it off nobody can.

Flagged are the sealed files, chain and log of recordings that the vault itself proves closed, and journal and chain of past
starts. The log comes last, so that a log with the flag says that all of its recording was done; a cut in between leaves files
that are flagged and files that will be. A sealed file loses the flag only when it has just been hashed and is about to go.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bwc_agent.errors import BwcError, IntegrityError, StorageError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import encode, writable
from bwc_agent.evidence.plain import opened
from bwc_agent.evidence.receipts import is_sealed_file
from bwc_agent.storage.changes import Stamp, may_be_closed, newest_start, stamp, starts
from bwc_agent.storage.closed import Proofs
from bwc_agent.storage.immutable import Unprotectable, is_immutable, set_immutable

PROTECTED: Final = "immutable"
TROUBLE: Final = "trouble"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the custodian says by itself: of what `kind`, about what, and why."""

    kind: str
    about: str = ""
    error: BwcError | None = None

    def line(self) -> bytes:
        """As it is printed."""
        why = {} if self.error is None else {"code": self.error.code, "why": writable(str(self.error))}
        return encode({"about": self.about, "kind": self.kind, **why})

    @property
    def exit_status(self) -> int:
        """Flags are a second wall: that one is missing is said, and is no failure."""
        return 0


class Protector:
    """Sets the flag as recordings and starts are closed; what it has done it does not look at again."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._able = True
        self._starts: set[int] = set()
        self._done: set[RecordingName] = set()
        self._tried: dict[RecordingName, Stamp] = {}

    def go(self, proofs: Proofs) -> Iterator[Notice]:
        """One pass, a notice for each recording and start that has the flag from now on. Raises StorageError for the vault's folders.

        Where the flag cannot be set at all, that is said once, and nothing more is tried.
        """
        newest = newest_start(self._vault)
        try:
            for start in starts(self._vault):
                if self._able and start < newest and start not in self._starts:
                    self._starts.add(start)
                    journal = self._vault.journal(start)
                    yield from self._flag([self._vault.journal_signer(start), journal], f"journal/{journal.stem}")
            for name in self._vault.names() if self._able else ():
                yield from self._recording(name, newest, proofs)
        except Unprotectable as error:
            self._able = False
            yield Notice(TROUBLE, "immutable flag", error)

    def _recording(self, name: RecordingName, newest: int, proofs: Proofs) -> Iterator[Notice]:
        now = stamp(self._vault, name, newest)
        if name in self._done or self._tried.get(name) == now or not may_be_closed(self._vault, name, newest):
            return
        self._tried[name] = now
        folder = self._vault.recording(name)
        try:
            files = [] if _has_flag(folder / "log.jsonl") else _closed_files(proofs, name)
        except IntegrityError:
            return  # what does not prove itself is touched by nobody; `verify` says what is wrong
        except StorageError as error:
            yield Notice(TROUBLE, f"recordings/{name}", error)
            return
        if files is None:
            return
        self._done.add(name)
        del self._tried[name]
        yield from self._flag([folder / file for file in files], f"recordings/{name}")

    def _flag(self, paths: list[Path], about: str) -> Iterator[Notice]:
        try:
            if any([_protect(path) for path in paths]):
                yield Notice(PROTECTED, about)
        except Unprotectable:
            raise
        except StorageError as error:
            yield Notice(TROUBLE, about, error)


def _closed_files(proofs: Proofs, name: RecordingName) -> list[str] | None:
    """The files to be flagged, the log last; None while the recording is open."""
    proof = proofs.of(name)
    return [*sorted(filter(is_sealed_file, proof.files)), "signer.pem", "log.jsonl"] if proof.closed else None


def _has_flag(path: Path) -> bool:
    try:
        with opened(path) as descriptor:
            return is_immutable(descriptor)
    except OSError:
        return False


def _protect(path: Path) -> bool:
    """True if the flag was set now. Raises Unprotectable, StorageError."""
    try:
        with opened(path) as descriptor:
            # A second name is what a cut left of the writing of this one; the flag would keep it from being removed.
            if is_immutable(descriptor) or os.fstat(descriptor).st_nlink != 1:
                return False
            set_immutable(descriptor)
            return True
    except FileNotFoundError:
        return False  # released, or never written
    except OSError as error:
        raise StorageError(f"cannot protect {path}: {error.strerror or error}; check the card") from error
