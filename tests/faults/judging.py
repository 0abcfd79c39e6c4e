"""A vault after a fault, as an auditor would look at it: does it verify no worse than a cut allows, and did the next start state all?"""

from collections.abc import Iterator
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.agent import boot
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import Json, decode
from bwc_agent.evidence.trusted import trusted_recipients
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.files import is_leftover


def complaints(root: Path, authority: Certificate, allowed: State = State.UNSIGNED_TAIL) -> list[str]:
    """Everything that verifies worse than `allowed`, in the vault or the destination's folder `root`.

    A device that has not started yet has no journal, and must have nothing else.
    """
    if not any(Vault(root).journals.glob("*.jsonl")):
        return [f"{path.name} is there, and no journal" for path in Vault(root).recordings.glob("*")]
    verdict = verify_device(root, authority)
    reasons = [*verdict.reasons, *(reason for recording in verdict.recordings for reason in recording.reasons)]
    return [str(reason) for reason in reasons if reason.state.gravity > allowed.gravity]


def booted(vault: Vault, serial: str, at: int = 0) -> int:
    """One more start of the device, which ends in order at once; its number. Raises as `boot`."""
    start = boot(vault, serial, trusted_recipients(vault.trust), at, [])
    start.filing.close()
    return start.device.start


def unstated(vault: Vault) -> list[str]:
    """Files of recordings that no journal closed and no later journal found."""
    lines = [(int(path.stem), line) for path in sorted(vault.journals.glob("*.jsonl")) for line in _lines(path)]
    closed = {line["recording"] for _, line in lines if line["kind"] == "closed"}
    found = {line["path"] for _, line in lines if line["kind"] == "found"}
    left = [name for name in vault.names() if str(name) not in closed]
    return [path for name in left for path in _paths(vault, name) if path not in found]


def _lines(journal: Path) -> Iterator[dict[str, Json]]:
    """Every whole line; what a cut tore at the end says nothing."""
    whole, _, _ = journal.read_bytes().rpartition(b"\n")
    yield from (decode(line + b"\n") for line in whole.split(b"\n") if line)


def _paths(vault: Vault, name: RecordingName) -> Iterator[str]:
    for path in vault.recording(name).iterdir():
        if path.is_file() and not is_leftover(path):
            yield f"recordings/{name}/{path.name}"
