"""What a destination holds of one device, as far as the device signed it: the claims that custody checks bytes against.

Nothing here believes a name: the chain says whose the log is, the log says which files there are, and a later journal
says how long a file is that a power cut ended.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError, OffloadError
from bwc_agent.evidence.certs import chain_from_pem, verify_chain
from bwc_agent.evidence.fields import Line, digest, fields, integer, text
from bwc_agent.evidence.identity import Identity, identity_from_fields
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.receipts import JournalSeen, is_sealed_file
from bwc_agent.evidence.signed import SignedFile, read_signed

State = tuple[int, str]
"""Length and SHA-256 (hex) of a file, or of its first bytes."""

_JOURNAL: Final = re.compile(r"([0-9]{6,15})(?:@[0-9]+)?\.jsonl")
_OPEN: Final = re.compile(r"@([0-9]+)")


@dataclass(frozen=True, slots=True)
class Claim:
    """What the device signed of one sealed file; None where it signed nothing.

    `line` announces the file, `end` is all of it, `mark` its first bytes up to the last mark, `found` what a later start
    found of it after a cut.
    """

    line: Line
    identity: Identity
    end: State | None
    mark: State | None
    found: State | None


@dataclass(frozen=True, slots=True)
class Journals:
    """The newest journal there is, and by path what any of them found after a cut."""

    newest: JournalSeen | None
    found: dict[str, State]


def read_journals(device: Path, authority: Certificate) -> Journals:
    """Every journal below the device's folder, each under its own chain. Raises IntegrityError, OffloadError."""
    newest: JournalSeen | None = None
    found: dict[str, State] = {}
    names = (_JOURNAL.fullmatch(path.name) for path in (device / "journal").glob("*.jsonl"))
    for start in sorted({int(match[1]) for match in names if match}):
        path = best_copy(device / "journal", f"{start:06d}")
        signed, _ = _signed(device / "journal" / f"{start:06d}.pem", path, StartIdentity(device.name, start), authority)
        prefix = _bytes(path)[: signed.signed_bytes]
        newest = JournalSeen(start, len(prefix), sha256_hex(prefix))
        found |= {text(line, "path"): _state(line) for line in signed.of_kind("found")}
    return Journals(newest, found)


def read_claims(device: Path, name: RecordingName, authority: Certificate, journals: Journals) -> dict[str, Claim]:
    """The claims of recording `name` by file name. Raises IntegrityError, OffloadError."""
    folder = device / "recordings" / str(name)
    who = StartIdentity(device.name, name.start)
    signed, chain_digest = _signed(folder / "signer.pem", best_copy(folder, "log"), who, authority)
    if not signed.lines or signed.kind != "recording":
        raise IntegrityError("the log is not signed, or no log of a recording")
    first = signed.lines[0]
    stated = (text(first, "device"), integer(first, "start"), integer(first, "recording"), digest(first, "signer"))
    if stated != (who.serial, name.start, name.number, chain_digest):
        raise IntegrityError("the log is another recording's, or signer.pem was changed")
    ends = {text(line, "file"): _state(line) for line in signed.of_kind("end")}
    marks = _marks(signed)
    claims = [_claim(line, name, who) for line in signed.of_kind("segment")]
    return {
        file: Claim(
            line, identity, ends.get(file), marks.get((identity.segment, identity.kind)), journals.found.get(f"recordings/{name}/{file}")
        )
        for file, line, identity in claims
    }


def best_copy(folder: Path, stem: str) -> Path:
    """The most complete copy of a lines file: `STEM.jsonl`, or the longest of its `STEM@BYTES.jsonl`. Raises OffloadError."""
    closed = folder / f"{stem}.jsonl"
    if closed.exists():
        return closed
    copies = {int(match[1]): path for path in folder.glob(f"{stem}@*.jsonl") if (match := _OPEN.fullmatch(path.stem[len(stem) :]))}
    if not copies:
        raise OffloadError(f"{closed} is not here: the docking was interrupted before it; dock again")
    return copies[max(copies)]


def _signed(pem: Path, lines: Path, who: StartIdentity, authority: Certificate) -> tuple[SignedFile, str]:
    """The signed part of `lines`, by start `who`, and the digest of its chain's file."""
    chain_pem = _bytes(pem)
    chain = chain_from_pem(chain_pem)
    if (found := verify_chain(chain, authority)) != who:
        raise IntegrityError(
            f"{pem.name} is for start {found.start} of {found.serial}, the folder for start {who.start} of {who.serial}: it was moved"
        )
    return read_signed(_bytes(lines), chain[0]), sha256_hex(chain_pem)


def _marks(signed: SignedFile) -> dict[tuple[int, str], State]:
    """The last mark of each segment and of its notes."""
    marks: dict[tuple[int, str], State] = {}
    for line in signed.of_kind("mark"):
        segment = integer(line, "segment")
        marks[segment, "media"] = _state(line)
        if "notes" in line:
            marks[segment, "notes"] = _state(fields(line, "notes"))
    return marks


def _claim(line: Line, name: RecordingName, who: StartIdentity) -> tuple[str, Line, Identity]:
    identity, file = identity_from_fields(fields(line, "identity")), text(line, "file")
    expected = Identity(who.serial, name.start, name.number, identity.segment, identity.kind)
    wanted = f"{identity.segment:04d}{'.notes' if identity.kind == 'notes' else ''}.tink"
    if identity != expected or file != wanted or not is_sealed_file(file):
        raise IntegrityError(f"the log announces {file[:64]!r} under the identity of another file")
    return file, line, identity


def _state(line: Line) -> State:
    return integer(line, "bytes"), digest(line, "sha256")


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path)
    except FileNotFoundError as error:
        raise OffloadError(f"{path} is not here: the docking was interrupted before it; dock again") from error
    except OSError as error:
        raise OffloadError(f"cannot read {path}: {error.strerror or error}; check the destination") from error
