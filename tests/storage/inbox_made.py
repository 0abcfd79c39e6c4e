"""A vault with recordings in each state, and messages for its custodian."""

import json
from pathlib import Path

from bwc_agent.errors import BwcError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.receipts import Receipt, receipt_file, write_receipt
from bwc_agent.evidence.signed import Signer
from bwc_agent.storage.custodian import release
from bwc_agent.storage.messages import Answer
from bwc_agent.storage.trust import read_trust
from tests.offload.shift import UTC, Shift, tree

FIRST, CUT, LAST = RecordingName(0, 1), RecordingName(0, 2), RecordingName(1, 1)


def worked(root: Path) -> Shift:
    """Start 0: a closed recording with notes and one that a power cut ended; start 1: one recording open."""
    made = Shift(root)
    first = made.start()
    first.record(1, notes=True)
    first.begin(2)
    first.cut()
    made.start().begin(1, segments=2)
    return made


def receipt(shift: Shift, name: RecordingName = FIRST, file: str = "0001.tink") -> Receipt:
    data = (shift.vault.recording(name) / file).read_bytes()
    return Receipt(shift.serial, name, file, len(data), sha256_hex(data), True, UTC, "trial dock")


def deliver(shift: Shift, what: Receipt | bytes, signer: Signer | None = None) -> str:
    data = what if isinstance(what, bytes) else write_receipt(what, signer or shift.desk.receipts)
    (shift.vault.inbox / receipt_file(data)).write_bytes(data)
    return receipt_file(data)


def run(shift: Shift) -> list[Answer]:
    return list(release(shift.vault, shift.vault.inbox, read_trust(shift.vault.trust)))


def refusal(shift: Shift) -> str:
    """The one refusal of a run in which nothing at all changed on disk."""
    before = tree(shift.vault.root)
    (answer,) = run(shift)
    assert isinstance(answer.outcome, BwcError)
    assert tree(shift.vault.root) == before
    return str(answer.outcome)


def released(shift: Shift) -> list[tuple[str, str, str]]:
    """The whole lines of the list; a cut may have left a torn one."""
    lines = [json.loads(line) for line in shift.vault.released.read_text().splitlines() if line.endswith("}")]
    return [(line["recording"], line["file"], line["receipt"]) for line in lines]
