"""A boot on a card that lost power: what must hold afterwards, in words of what does not."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.agent import boot
from bwc_agent.errors import BwcError
from bwc_agent.evidence.certs import chain_from_pem
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.plain import digest_plain
from bwc_agent.evidence.signed import SignedFile, read_signed
from bwc_agent.evidence.trusted import trusted_recipients
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.files import is_leftover
from bwc_agent.storage.closed import State as FileState
from tests.faults.story import SERIAL

HONEST: Final = (State.COMPLETE, State.TRUNCATED, State.UNSIGNED_TAIL, State.END_UNPROVEN)
"""What may be said of a device that only lost power."""
NO_BOOT: Final = "does not boot"


def accused(root: Path, authority: Certificate) -> Iterator[str]:
    """Everything that a verifier holds against the device, beyond what a power cut explains."""
    verdict = verify_device(root, authority)
    for where, reasons in [("device", verdict.reasons), *((recording.name, recording.reasons) for recording in verdict.recordings)]:
        yield from (f"{where}: {reason.state.value}: {reason}" for reason in reasons if reason.state not in HONEST)


def starts_begun(vault: Vault) -> set[int]:
    """Starts that left anything in `journal/`."""
    return {int(path.stem) for path in vault.journals.iterdir() if path.stem.isdigit()}


def restart(vault: Vault) -> int:
    """A boot and an orderly end; returns the start's number. Raises BwcError."""
    begun = boot(vault, SERIAL, trusted_recipients(vault.trust), 0, [("parts", {"board": "trial"})])
    begun.filing.close()
    return begun.device.start


def recovered(vault: Vault, begun: frozenset[int]) -> Iterator[str]:
    """Boot on `vault`; what went wrong with it. `begun` are the starts that a journal was ever made for."""
    before = contents(vault)
    try:
        start = restart(vault)
    except BwcError as error:
        yield f"{NO_BOOT}: {error}"
        return
    if taken := [number for number in begun if number >= start]:
        yield f"start {start} begins although start {max(taken)} may have signed before"
    after = contents(vault)
    yield from (f"{path} was changed or removed by the boot" for path, data in before.items() if after.get(path) != data)
    yield from (f"{path} is not stated as it lies" for path in unstated(vault))


def contents(vault: Vault) -> dict[str, bytes]:
    """SHA-256 of every file but the keys, by its path in the vault; what a cut left half-written aside."""
    found = (path for path in vault.root.rglob("*") if path.is_file() and path.parent != vault.keys and not is_leftover(path))
    return {str(path.relative_to(vault.root)): hashlib.sha256(path.read_bytes()).digest() for path in found}


def _journals(vault: Vault) -> Iterator[SignedFile]:
    for start in sorted(starts_begun(vault)):
        if vault.journal(start).exists() and vault.journal_signer(start).exists():
            chain = chain_from_pem(vault.journal_signer(start).read_bytes())
            yield read_signed(vault.journal(start).read_bytes(), chain[0])


def unstated(vault: Vault) -> Iterator[str]:
    """Files of recordings for which no signed line of a journal speaks: neither `found` nor, for the whole recording, `closed`."""
    found: dict[str, FileState] = {}
    closed: dict[str, FileState] = {}
    for journal in _journals(vault):
        found |= {str(line["path"]): _state(line) for line in journal.of_kind("found")}
        closed |= {str(line["recording"]): _state(line) for line in journal.of_kind("closed")}
    for name in vault.names():
        folder = vault.recording(name)
        if str(name) in closed and digest_plain(folder / "log.jsonl") == closed[str(name)]:
            continue
        for path in folder.iterdir():
            where = f"recordings/{name}/{path.name}"
            if path.is_file() and not is_leftover(path) and found.get(where) != digest_plain(path):
                yield where


def _state(line: Mapping[str, object]) -> FileState:
    return int(str(line["bytes"])), str(line["sha256"])
