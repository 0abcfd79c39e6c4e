"""A device that was docked, and the agency's look at what arrived."""

from pathlib import Path

from bwc_agent.agency.custody import Report, custody
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.receipts import Receipt, read_receipt
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from tests.evidence.trial import SERIAL
from tests.offload.shift import UTC, Shift, tree

FIRST = "recordings/000000-0001"
CUT = "recordings/000000-0002"


def worked(root: Path) -> Shift:
    """Start 0: a closed recording with notes and one that a power cut ended; start 1 runs, with one recording."""
    made = Shift(root)
    first = made.start()
    first.record(1, segments=2, notes=True)
    first.begin(2, segments=2)
    first.cut()
    torn = made.vault.recording(RecordingName(0, 2)) / "0002.tink"
    torn.write_bytes(torn.read_bytes() + bytes(5000))
    made.start().record(1)
    return made


def dock_device(shift: Shift, folder: Path) -> None:
    for _ in offload(shift.vault, shift.serial, Folder(folder), 1):
        pass


def run(shift: Shift, dock: Path, open_with: RecipientPrivate | None = None) -> Report:
    return custody(dock, shift.authority, shift.desk.receipts.key, shift.desk.receipts.certificate, open_with, UTC)


def receipts(shift: Shift, dock: Path) -> dict[str, Receipt]:
    found = [read_receipt(data, shift.desk.receipts.certificate) for data in tree(dock / SERIAL / "mailbox").values()]
    return {f"recordings/{receipt.recording}/{receipt.file}": receipt for receipt in found}


def sealed(dock: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(dock / SERIAL).items() if name.endswith(".tink")}


def evidence(dock: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(dock / SERIAL).items() if not name.startswith("mailbox/")}


def flip(path: Path, at: int = 1000) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
