"""One message of the inbox and its answer: a receipt frees a file, a revocation is kept, what is for others is left to them.

Everything in the inbox is read as an enemy's. What is not right is left where it is, and its answer says why.
"""

from dataclasses import dataclass
from typing import Final

from bwc_agent.errors import BwcError, IntegrityError, StorageError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import Json, decode, encode, writable
from bwc_agent.evidence.receipts import KIND as RECEIPT
from bwc_agent.evidence.receipts import is_receipt_file, read_receipt, receipt_file
from bwc_agent.evidence.revocations import KIND as REVOCATION
from bwc_agent.storage.closed import Proofs
from bwc_agent.storage.inbox import Inbox
from bwc_agent.storage.release import Outcome, Releaser
from bwc_agent.storage.released import Released
from bwc_agent.storage.trust import Trust, keep_revocation, read_trust

_DONE: Final = (Outcome.RELEASED, Outcome.FILED)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the message `name`: its outcome, or the error that refused it.

    `file` is what it is about, where known: `RECORDING/FILE`, or the revocation as it is kept. `waits_for` is the recording
    that is not closed yet. `stays` says why a message that is done could not be removed from the inbox.
    """

    name: str
    outcome: Outcome | BwcError
    file: str = ""
    waits_for: RecordingName | None = None
    stays: StorageError | None = None

    def line(self) -> bytes:
        """As it is printed."""
        said: dict[str, Json] = {"file": self.file, "message": writable(self.name)}
        if isinstance(self.outcome, Outcome):
            said["kind"] = self.outcome.value
        else:
            said |= {"code": self.outcome.code, "kind": "refused", "why": writable(str(self.outcome))}
        if self.stays is not None:
            said |= {"code": self.stays.code, "why": writable(str(self.stays))}
        return encode(said)

    @property
    def exit_status(self) -> int:
        """0 for a good message that is done or waits, else that of the error."""
        error = self.stays if isinstance(self.outcome, Outcome) else self.outcome
        return 0 if error is None else error.exit_status


class Clerk:
    """Answers messages for `vault`; each log and journal is read at most once, so a clerk serves for one pass."""

    def __init__(self, vault: Vault, trust: Trust) -> None:
        self._vault = vault
        self._believe(trust)

    def _believe(self, trust: Trust) -> None:
        self.trust = trust
        self.proofs = Proofs(self._vault, trust.authority, trust.revocations)
        self._releaser = Releaser(self._vault, self.proofs, Released(self._vault.released))

    def answer(self, box: Inbox, name: str) -> Answer:
        """Read the message, do what it allows, and remove it if it is done. Raises nothing."""
        file, waits_for = "", None
        try:
            data = box.read(name)
            if not is_receipt_file(name) or receipt_file(data) != name:
                raise IntegrityError("is not named by its own SHA-256: it is no message, or half of one")
            kind = _kind(data)
            if kind == RECEIPT:
                receipt = read_receipt(data, self.trust.receipts)
                file = f"{receipt.recording}/{receipt.file}"
                outcome = self._releaser.take(receipt, data)
                waits_for = receipt.recording if outcome is Outcome.WAITS else None
            elif kind == REVOCATION:
                outcome, file = Outcome.FILED, keep_revocation(self.trust, data)
                self._believe(read_trust(self.trust.folder))
            else:
                outcome = Outcome.KEPT
        except BwcError as error:
            return Answer(name, error, file)
        except OSError as error:
            return Answer(name, failed(error), file)
        return Answer(name, outcome, file, waits_for, _removed(box, name) if outcome in _DONE else None)


def failed(error: OSError) -> StorageError:
    """What the card refused where nothing more is known of it."""
    return StorageError(f"cannot read {error.filename or 'the vault'}: {error.strerror or error}; check the card")


def _kind(data: bytes) -> str:
    """What a message says it is. Raises IntegrityError for bytes that are no signed file of this format."""
    line = decode(data[: data.find(b"\n") + 1])
    if line.get("bwc") != 1 or not isinstance(kind := line.get("kind"), str):
        raise IntegrityError("is no signed file of this format: it has no kind")
    return kind


def _removed(box: Inbox, name: str) -> StorageError | None:
    """What was freed stays freed where the inbox does not let the message go; it is asked again only if it changes."""
    try:
        box.remove(name)
    except StorageError as error:
        return error
    return None
