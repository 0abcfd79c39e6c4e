"""Real inputs of every parser, made once in a run by the agent's own code; and the keys for what is said under a signature.

Behind a signature no mutation goes unless it is signed anew. A thief of the running device can do that, so a reader of lines
must withstand whatever they say: `said` and `signed_anew` give it lines that are well formed, signed, and wrong.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import Json, b64, decode, encode, sha256_hex
from bwc_agent.evidence.receipts import JournalSeen, Receipt, write_receipt
from bwc_agent.evidence.recipients import RecipientPrivate, recipient_to_lines
from bwc_agent.evidence.signed import SignedFile, Signer
from tests.evidence.trial import SERIAL
from tests.offload.shift import UTC, Shift

_FOLDER = TemporaryDirectory(prefix="bwc-fuzz-")
RECORDING = RecordingName(0, 1)
WORD = b"a passphrase of the tests"


@dataclass(frozen=True)
class Material:
    """A device after two starts: start 0 closed a recording with notes and lost power in a second one; start 1 runs."""

    shift: Shift
    signers: tuple[Signer, Signer]
    key_file: bytes

    @property
    def vault(self) -> Vault:
        return self.shift.vault

    @property
    def authority(self) -> Certificate:
        return self.shift.authority

    @property
    def recipient(self) -> RecipientPrivate:
        return self.shift.desk.recipient

    @property
    def folder(self) -> Path:
        return self.vault.recording(RECORDING)

    def journal(self, start: int) -> bytes:
        return self.vault.journal(start).read_bytes()

    @property
    def log(self) -> bytes:
        return (self.folder / "log.jsonl").read_bytes()

    @property
    def chain(self) -> bytes:
        return self.vault.journal_signer(1).read_bytes()

    @property
    def segment_line(self) -> dict[str, Json]:
        return next(line for line in map(decode, self.log.splitlines(keepends=True)) if line["kind"] == "segment")

    def receipt(self, journal: JournalSeen | None = None) -> bytes:
        sealed = (self.folder / "0001.tink").read_bytes()
        receipt = Receipt(self.shift.serial, RECORDING, "0001.tink", len(sealed), sha256_hex(sealed), True, UTC, "dock", "1", journal)
        return write_receipt(receipt, self.shift.desk.receipts)

    def recipient_file(self) -> bytes:
        return recipient_to_lines(self.recipient.public("evidence room"), self.shift.desk.agency.signer)


@cache
def material() -> Material:
    """Made once; its folder is called by the device's serial, as at a destination."""
    shift = Shift(Path(_FOLDER.name) / SERIAL)
    first_key = next(shift.vault.keys.iterdir()).read_bytes()
    first = shift.start()
    first.record(RECORDING.number, notes=True)
    first.begin(2)
    first.cut()
    second = shift.start()
    second.record(1)
    second.off()
    return Material(shift, (first.device.signer, second.device.signer), first_key)


def said(data: bytes) -> tuple[dict[str, Json], ...]:
    """The lines that `data` comes nearest to, in their one form, numbered as a signer would."""
    lines: list[dict[str, Json]] = []
    for piece in data.split(b"\n"):
        try:
            found = json.loads(piece)
            fields = {"kind": "", "t": 0, **found, "n": len(lines)}
            if isinstance(fields["kind"], str) and type(fields["t"]) is int and fields["kind"] != "sig":
                lines.append(decode(encode(fields)))
        except (ValueError, TypeError, RecursionError, IntegrityError):
            continue
    return tuple(lines)


def as_read(data: bytes) -> SignedFile:
    """What a reader believes once the signatures of such lines are found right."""
    return SignedFile(said(data), len(data), b"")


def signed_anew(data: bytes, signer: Signer) -> bytes:
    """Such lines as a file, under one signature that holds."""
    lines = said(data)
    body = b"".join(map(encode, lines))
    t = lines[-1]["t"] if lines else 0
    signature = b64(signer.key.sign_digest(bytes.fromhex(sha256_hex(body))))
    return body + encode({"by": signer.fingerprint, "kind": "sig", "n": len(lines), "sig": signature, "t": t})
