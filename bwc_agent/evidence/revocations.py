"""Revocations: the agency's signed word that a device's starts count no further.

Who steals a running device signs what he likes from then on. A revocation says up to which start, and up to which byte of
that start's journal, the agency still stands behind the device; what was signed before stays as good as it was. It is one
line and the authority's signature. Nobody can see that one is *missing*: whoever verifies brings his own.
"""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, digest, fields, integer, text
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import Json, sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.receipts import JournalSeen
from bwc_agent.evidence.signed import SignedLines, Signer, read_signed
from bwc_agent.evidence.verdict import Reason, State
from bwc_agent.evidence.verify_copies import read_file
from bwc_agent.evidence.verify_files import listing

KIND: Final = "revocation"
"""Kind of the first line."""
FOLDER: Final = "revocations"
"""The folder of a vault's `trust` that they stand in."""
NO_START: Final = -1
"""The last start that counts where none does."""

# The agency's machine has no clock that a recording knows: `at` is its claim, `t` only satisfies the form of a line.
_NO_TIME: Final = 0


@dataclass(frozen=True, slots=True)
class Revocation:
    """The last `start` of `device` that counts (-1: none), since `at` (microseconds since 1970), and why.

    `journal` is length and SHA-256 of that start's journal as the agency last saw it: the start counts so far and no
    further. None: all of it counts.
    """

    device: str
    start: int
    journal: tuple[int, str] | None
    at: int
    why: str

    @property
    def seen(self) -> JournalSeen | None:
        """What the journal of the last start must begin with."""
        return JournalSeen(self.start, *self.journal) if self.journal else None

    def __str__(self) -> str:
        since = datetime.datetime.fromtimestamp(self.at / 1_000_000, datetime.UTC).isoformat(timespec="seconds")
        upto = f" up to byte {self.journal[0]} of its journal" if self.journal else ""
        last = f"its last start that counts is {self.start}{upto}" if self.start > NO_START else "none of its starts counts"
        return f"the agency revoked {self.device} on {since} ({self.why}): {last}"


@dataclass(frozen=True, slots=True)
class Revocations:
    """All that are known to whoever asks."""

    held: tuple[Revocation, ...] = ()

    def __add__(self, more: "Revocations") -> "Revocations":
        return Revocations(tuple(dict.fromkeys((*self.held, *more.held))))

    def of(self, device: str) -> Revocation | None:
        """The one of `device` that leaves the least standing, if there is one."""
        own = [revocation for revocation in self.held if revocation.device == device]
        return min(own, key=lambda r: (r.start, r.journal[0] if r.journal else float("inf")), default=None)

    def against(self, who: StartIdentity) -> Revocation | None:
        """What says that nothing which `who` signed counts."""
        found = self.of(who.serial)
        return found if found is not None and who.start > found.start else None

    def unknown(self) -> str:
        """What a verdict under these does not say."""
        if not self.held:
            return "revocations: none were given"
        newest = max(self.held, key=lambda revocation: revocation.at)
        return f"revocations after the {len(self.held)} that were given; the newest: {newest}"


NO_REVOCATIONS: Final = Revocations()


def write_revocation(revocation: Revocation, authority: Signer) -> bytes:
    """The whole file, signed by the authority. Raises IntegrityError for what a line cannot hold, HardwareError from the key."""
    lines = SignedLines(KIND, authority)
    return lines.first(_NO_TIME, **_to_fields(revocation)) + lines.sign()


def revocation_file(device: str, data: bytes) -> str:
    """The name of the file that holds `data`: a device is revoked more than once (found again, seen further), so its digest is in it."""
    return f"{device}-{sha256_hex(data)[:16]}.jsonl"


def read_revocation(data: bytes, authority: Certificate) -> Revocation:
    """What `authority` signed, if `data` is exactly a revocation. Raises IntegrityError."""
    signed = read_signed(data, authority)
    if signed.tail or [line["kind"] for line in signed.lines] != [KIND, "sig"]:
        raise IntegrityError("a revocation is one line and the authority's signature, nothing else")
    line = signed.lines[0]
    journal = None if line.get("journal") is None else _journal(fields(line, "journal"))
    found = Revocation(text(line, "device"), integer(line, "start", NO_START), journal, integer(line, "at"), text(line, "why"))
    if {**_to_fields(found), "bwc": 1, "kind": KIND, "n": 0, "t": _NO_TIME} != dict(line):
        raise IntegrityError("a revocation has missing or foreign fields; it was not written by this format")
    return found


def _to_fields(revocation: Revocation) -> dict[str, Json]:
    seen = revocation.journal
    journal: Json = {"bytes": seen[0], "sha256": seen[1]} if seen else None
    return {"at": revocation.at, "device": revocation.device, "journal": journal, "start": revocation.start, "why": revocation.why}


def _journal(line: Line) -> tuple[int, str]:
    return integer(line, "bytes"), digest(line, "sha256")


def own_revocations(vault: Vault, authority: Certificate) -> tuple[Revocations, list[Reason]]:
    """Those that stand in a vault's `trust`, as `read_revocations`."""
    return read_revocations(vault.trust / FOLDER, authority)


def read_revocations(folder: Path, authority: Certificate) -> tuple[Revocations, list[Reason]]:
    """Those in `folder` (which need not be there), and a finding for each file that is none by `authority`. Raises StorageError."""
    if folder.is_symlink() or not folder.is_dir():
        return NO_REVOCATIONS, []
    files, reasons = listing(folder)
    held: list[Revocation] = []
    for name, path in files.items():
        try:
            held.append(read_revocation(read_file(path), authority))
        except IntegrityError as error:
            reasons.append(Reason(State.ALTERED, f"is no revocation by the agency: {error}", f"{folder.name}/{name}"))
    return Revocations(tuple(held)), reasons
