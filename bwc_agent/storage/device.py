"""Who writes: the device, its start, its key in RAM, and whom it seals for."""

from collections.abc import Sequence
from dataclasses import dataclass

from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.recipients import RecipientPublic
from bwc_agent.evidence.signed import Signer


@dataclass(frozen=True, slots=True)
class Device:
    """One start of one device. `chain_pem` is signer.pem: this start's certificate first; `chain_digest` its SHA-256."""

    vault: Vault
    serial: str
    start: int
    signer: Signer
    chain_pem: bytes
    chain_digest: str
    recipients: Sequence[RecipientPublic]

    def recording_name(self, number: int) -> RecordingName:
        """The name of this start's recording `number`."""
        return RecordingName(self.start, number)
