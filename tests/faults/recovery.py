"""A vault after a fault, as an auditor would look at it: does it verify no worse than a cut allows, and did the next start state all?

Every row of the table asks here, whatever the fault was: a cut, a kill, a refusal, a journal cut short.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import BwcError
from bwc_agent.evidence.certs import chain_from_pem
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.plain import digest_plain
from bwc_agent.evidence.signed import SignedFile, read_signed
from bwc_agent.evidence.trusted import trusted_recipients
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.files import is_leftover
from bwc_agent.storage.closed import State as FileState
from bwc_agent.storage.starts import Starts

NO_BOOT: Final = "does not boot"
LOG: Final = "log.jsonl"


def complaints(root: Path, authority: Certificate, allowed: State = State.UNSIGNED_TAIL) -> list[str]:
    """Everything that verifies worse than `allowed`, in the vault or the destination's folder `root`.

    The default is what may be said of a device that only lost power. One that has not started yet has no journal, and
    must have nothing else.
    """
    if not any(Vault(root).journals.glob("*.jsonl")):
        return [f"{path.name} is there, and no journal" for path in Vault(root).recordings.glob("*")]
    verdict = verify_device(root, authority)
    told = [("device", verdict.reasons), *((recording.name, recording.reasons) for recording in verdict.recordings)]
    reasons = [(where, reason) for where, found in told for reason in found if reason.state.gravity > allowed.gravity]
    return [f"{where}: {reason.state.value}: {reason}" for where, reason in reasons]


def booted(vault: Vault, serial: str) -> int:
    """One more start of the device, which ends in order at once; its number. Raises as `boot`."""
    start = Starts(vault, serial, trusted_recipients(vault.trust), []).begin(0)
    start.filing.close()
    return start.device.start


def judged(vault: Vault, authority: Certificate) -> list[str]:
    """What is wrong with a vault on which the device has started again."""
    return [*complaints(vault.root, authority), *unstated(vault)]


def recovered(vault: Vault, serial: str, begun: frozenset[int]) -> Iterator[str]:
    """Boot on `vault`; what went wrong with that. `begun` are the starts that a journal was ever made for."""
    before = contents(vault)
    try:
        start = booted(vault, serial)
    except BwcError as error:
        yield f"{NO_BOOT}: {error}"
        return
    if taken := [number for number in begun if number >= start]:
        yield f"start {start} begins although start {max(taken)} may have signed before"
    after = contents(vault)
    yield from (f"{path} was changed or removed by the boot" for path, data in before.items() if after.get(path) != data)
    yield from unstated(vault)


def contents(vault: Vault) -> dict[str, FileState]:
    """Length and SHA-256 of every file but the keys, by its path in the vault; what a cut left half-written aside."""
    return {str(path.relative_to(vault.root)): digest_plain(path) for path in _whole(vault.root, "**/*") if path.parent != vault.keys}


def unstated(vault: Vault) -> list[str]:
    """Files of recordings for which no signed line of a journal speaks: neither `found` nor, for the whole recording, `closed`."""
    found: dict[str, FileState] = {}
    closed: dict[str, FileState] = {}
    for journal in _journals(vault):
        found |= {str(line["path"]): _state(line) for line in journal.of_kind("found")}
        closed |= {str(line["recording"]): _state(line) for line in journal.of_kind("closed")}
    left = [name for name in vault.names() if str(name) not in closed or _files(vault, name).get(LOG) != closed[str(name)]]
    files = {f"recordings/{name}/{file}": state for name in left for file, state in _files(vault, name).items()}
    return [f"{path} is not stated as it lies" for path, state in files.items() if found.get(path) != state]


def _journals(vault: Vault) -> Iterator[SignedFile]:
    for path in sorted(vault.journals.glob("*.jsonl")):
        if (signer := path.with_suffix(".pem")).exists():
            yield read_signed(path.read_bytes(), chain_from_pem(signer.read_bytes())[0])


def _files(vault: Vault, name: RecordingName) -> dict[str, FileState]:
    return {path.name: digest_plain(path) for path in _whole(vault.recording(name), "*")}


def _whole(folder: Path, pattern: str) -> Iterator[Path]:
    return (path for path in folder.glob(pattern) if path.is_file() and not is_leftover(path))


def _state(line: Mapping[str, object]) -> FileState:
    return int(str(line["bytes"])), str(line["sha256"])
