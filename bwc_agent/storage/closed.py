"""What the vault itself proves finished: only a file that its device signed as whole may ever be given up.

A file is finished when the signed log of its recording has its `end`, or when the signed journal of a later start states
it as *found* (a power cut ended it). A recording is closed when its log has `stop`, or a later journal found that log.
What the vault cannot prove is kept, whatever a receipt says.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.certs import chain_from_pem, verify_chain
from bwc_agent.evidence.fields import digest, integer, text
from bwc_agent.evidence.layout import RecordingName, Vault, start_of
from bwc_agent.evidence.lines import Json, sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.revocations import NO_REVOCATIONS, Revocations
from bwc_agent.evidence.signed import read_signed

State = tuple[int, str]
"""Length and SHA-256 (hex) of a whole file."""

_LOG: Final = "log.jsonl"


@dataclass(frozen=True, slots=True)
class Closed:
    """One recording as its device signed it: whose it is, whether it is closed, and its finished files by name."""

    device: str
    closed: bool
    files: dict[str, State]


class Proofs:
    """Reads each log and journal of `vault` at most once; every chain is checked under `authority`."""

    def __init__(self, vault: Vault, authority: Certificate, revocations: Revocations = NO_REVOCATIONS) -> None:
        self._vault = vault
        self._authority = authority
        self._revocations = revocations
        self._recordings: dict[RecordingName, Closed] = {}
        self._found: dict[int, dict[str, State]] = {}

    def of(self, name: RecordingName) -> Closed:
        """What is proven of recording `name`. Raises IntegrityError if its chain or log does not hold, StorageError."""
        if name not in self._recordings:
            self._recordings[name] = self._read(name)
        return self._recordings[name]

    def _read(self, name: RecordingName) -> Closed:
        folder = self._vault.recording(name)
        chain_pem = _bytes(folder / "signer.pem")
        chain = chain_from_pem(chain_pem)
        who = self._signer(chain)
        signed = read_signed(_bytes(folder / _LOG), chain[0])
        if not signed.lines or signed.kind != "recording":
            raise IntegrityError(f"the log of {name} is not signed, or no log of a recording")
        _check_first(signed.lines[0], name, who, sha256_hex(chain_pem))
        files = {text(line, "file"): _state(line) for line in signed.of_kind("end")}
        if signed.of_kind("stop"):
            return Closed(who.serial, True, files)
        found = self._found_of(name, who.serial)
        return Closed(who.serial, _LOG in found, {**found, **files})

    def _signer(self, chain: list[Certificate]) -> StartIdentity:
        who = verify_chain(chain, self._authority)
        if (revoked := self._revocations.against(who)) is not None:
            raise IntegrityError(f"start {who.start} of {who.serial} counts no more, nothing is given up for it: {revoked}")
        return who

    def _found_of(self, name: RecordingName, serial: str) -> dict[str, State]:
        """The files of `name` as the first later journal that knows of them found them; the same device's, of course."""
        prefix = f"recordings/{name}/"
        for start in self._starts_after(name.start):
            stated = self._journal(start, serial)
            if prefix + _LOG in stated:
                return {path.removeprefix(prefix): state for path, state in stated.items() if path.startswith(prefix)}
        return {}

    def _starts_after(self, start: int) -> list[int]:
        found = (start_of(path.stem) for path in self._vault.journals.glob("*.jsonl"))
        return sorted(later for later in found if later is not None and later > start)

    def _journal(self, start: int, serial: str) -> dict[str, State]:
        if start not in self._found:
            chain = chain_from_pem(_bytes(self._vault.journal_signer(start)))
            who = self._signer(chain)
            if who != StartIdentity(serial, start):
                raise IntegrityError(f"the journal of start {start} is signed by start {who.start} of {who.serial}")
            signed = read_signed(_bytes(self._vault.journal(start)), chain[0])
            self._found[start] = {text(line, "path"): _state(line) for line in signed.of_kind("found")}
        return self._found[start]


def _check_first(line: dict[str, Json], name: RecordingName, who: StartIdentity, chain_digest: str) -> None:
    stated = (text(line, "device"), integer(line, "start"), integer(line, "recording"), digest(line, "signer"))
    if stated != (who.serial, name.start, name.number, chain_digest) or who.start != name.start:
        raise IntegrityError(f"the log in the folder {name} is of another recording, or was signed by another start")


def _state(line: dict[str, Json]) -> State:
    return integer(line, "bytes"), digest(line, "sha256")


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; nothing is released that it should prove") from error
