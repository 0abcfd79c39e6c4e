"""One shift of a device, what of it must arrive at a destination, and the mail that waits there."""

from pathlib import Path

from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.receipts import receipt_file
from tests.evidence.trial import SERIAL
from tests.offload.shift import Shift, tree


def expected(vault: Vault) -> dict[str, bytes]:
    """What must be at the destination once no start is running: the evidence as it lies, nothing else."""
    return {name: data for name, data in tree(vault.root).items() if name.split("/")[0] in ("journal", "recordings")}


def one_shift(shift: Shift) -> None:
    """Start 0: a closed recording with notes, and one that the power cut ended. Start 1: an orderly one."""
    first = shift.start()
    first.record(1, segments=2, notes=True)
    first.begin(2)
    first.cut()
    second = shift.start()
    second.record(1)
    second.off()


def put_mail(dock: Path, *messages: bytes) -> None:
    folder = dock / SERIAL / "mailbox"
    folder.mkdir(parents=True, exist_ok=True)
    for message in messages:
        (folder / receipt_file(message)).write_bytes(message)
