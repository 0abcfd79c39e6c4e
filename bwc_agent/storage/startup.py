"""A start of the recorder, as FORMAT.md orders it: take the key, open the journal, state what was found, sign, sync.

Nothing that is found is touched: the old start's key is gone, so nobody could honestly close it. What is found is
stated with length and SHA-256, torn tails included, and only the export trims.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.keys import StartKey
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import Json, decode
from bwc_agent.evidence.plain import digest_plain
from bwc_agent.evidence.recipients import RecipientPublic
from bwc_agent.evidence.requests import Fields
from bwc_agent.evidence.signed import Signer
from bwc_agent.files import make_directory, write_new
from bwc_agent.storage.device import Device
from bwc_agent.storage.lines_file import LinesFile


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a recording that nobody closed, as it lies on the card."""

    path: str
    bytes: int
    sha256: str


def _is_plain(path: Path) -> bool:
    """A file and no link: what somebody laid there must neither lead elsewhere nor stop a start."""
    return path.is_file() and not path.is_symlink()


def _starts_before(vault: Vault, start: int) -> list[int]:
    """Starts before `start` that left a journal, the latest first."""
    found = (int(p.stem) for p in vault.journals.glob("*.jsonl") if p.stem.isascii() and p.stem.isdigit() and _is_plain(p))
    return sorted((n for n in found if n < start), reverse=True)


def previous_start(vault: Vault, start: int) -> int | None:
    """The latest start before `start` that left a journal."""
    return next(iter(_starts_before(vault, start)), None)


def _lines(journal: Path) -> Iterator[dict[str, Json]]:
    """What a journal says, believed or not; a torn line says nothing."""
    for line in journal.read_bytes().splitlines(keepends=True):
        try:
            yield decode(line)
        except IntegrityError:
            continue


def _unstated_from(vault: Vault, start: int) -> tuple[int, set[str]]:
    """The latest start whose journal holds a signature (0 if none), and what was closed since.

    A journal cut before its first signature stated nothing that counts, so what it found must be found again.
    """
    closed: set[str] = set()
    for before in _starts_before(vault, start):
        lines = list(_lines(vault.journal(before)))
        closed |= {str(line.get("recording")) for line in lines if line.get("kind") == "closed"}
        if any(line.get("kind") == "sig" for line in lines):
            return before, closed
    return 0, closed


def found_files(vault: Vault, start: int) -> Iterator[Found]:
    """Every file of every recording that no journal closed, back to the latest journal that is signed."""
    since, closed = _unstated_from(vault, start)
    for name in vault.names():
        if name.start < since or name.start >= start or str(name) in closed:
            continue
        for path in sorted(vault.recording(name).iterdir()):
            if _is_plain(path):
                size, digest = digest_plain(path)
                yield Found(f"recordings/{name}/{path.name}", size, digest)


def _predecessor(vault: Vault, start: int) -> dict[str, Json]:
    before = previous_start(vault, start)
    if before is None:
        return {"missing": list(range(start)), "previous": None}
    size, digest = digest_plain(vault.journal(before))
    previous: dict[str, Json] = {"bytes": size, "sha256": digest, "start": before}
    return {"missing": list(range(before + 1, start)), "previous": previous}


def open_device(vault: Vault, serial: str, key: StartKey, recipients: Sequence[RecipientPublic]) -> Device:
    """The device as this start knows it, its signing key in RAM."""
    pem = chain_to_pem(key.chain)
    return Device(vault, serial, key.start, Signer(key.key, key.chain[0]), pem, hashlib.sha256(pem).hexdigest(), recipients)


def open_journal(device: Device, at: int, lines: Sequence[tuple[str, Fields]]) -> LinesFile:
    """The start's journal: what was before, what was found, then `lines`; signed and durable. Raises StorageError."""
    vault = device.vault
    for folder in (vault.journals, vault.recordings):
        if not folder.is_dir():
            make_directory(folder)
    found = list(found_files(vault, device.start))
    write_new(vault.journal_signer(device.start), device.chain_pem)
    first: dict[str, Json] = {"device": device.serial, "start": device.start, **_predecessor(vault, device.start)}
    journal = LinesFile(vault.journal(device.start), "journal", device.signer, at, first)
    for item in found:
        journal.add("found", at, bytes=item.bytes, path=item.path, sha256=item.sha256)
    for kind, fields in lines:
        journal.add(kind, at, **fields)
    journal.sync()
    return journal
