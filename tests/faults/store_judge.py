"""The judge of every docking: is each byte of evidence somewhere, and did nothing leave the card before it was proven elsewhere?

It believes nobody who took part. It knows what was on the card before, looks at the card, and is given what really lies in
the store, read by a client that has no part in the story.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.receipts import Receipt, read_receipt
from tests.offload.shift import Shift, tree

Held: TypeAlias = Mapping[str, Mapping[str | None, bytes]]
"""By name below the device's serial: every version of the object that the store really has, by the store's own word for it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Paths in the vault: of what neither the card nor, against a receipt, the store has; and of what was given up without proof."""

    lost: tuple[str, ...] = ()
    early: tuple[str, ...] = ()

    def __add__(self, other: "Judgement") -> "Judgement":
        return Judgement((*self.lost, *other.lost), (*self.early, *other.early))


class StoreJudge:
    """Knows what the device of `shift` has now; to be asked later, as often as wanted."""

    def __init__(self, shift: Shift) -> None:
        self._shift = shift
        self._before = evidence(shift)

    def judge(self, held: Held) -> Judgement:
        """What is wrong at this moment."""
        after = evidence(self._shift)
        gone = [(path, data) for path, data in self._before.items() if after.get(path) != data]
        proven = {path for path, data in gone if self._proven(path, data, held)}
        lost = [path for path, data in gone if data not in held.get(path, {}).values()]
        return Judgement(tuple(lost), tuple(path for path, _ in gone if path not in proven))

    def _proven(self, path: str, data: bytes, held: Held) -> bool:
        """A good receipt stands beside the log, and the store has these bytes in the version that it names."""
        versions = held.get(path, {})
        for receipt in self._receipts(path):
            there = versions.get(receipt.version) if receipt.version is not None else data if data in versions.values() else None
            if there == data and (receipt.bytes, receipt.sha256) == (len(data), sha256(data).hexdigest()) and receipt.opened is not False:
                return True
        return False

    def _receipts(self, path: str) -> Iterator[Receipt]:
        folder = self._shift.vault.root / Path(path).parent
        for file in sorted(folder.glob("receipts/*.jsonl")):
            try:
                receipt = read_receipt(file.read_bytes(), self._shift.desk.receipts.certificate)
            except IntegrityError:
                continue  # no word of the agency
            if (receipt.device, receipt.recording, receipt.file) == (self._shift.serial, _recording(folder), Path(path).name):
                yield receipt


def evidence(shift: Shift) -> dict[str, bytes]:
    """All that must be on the card, or proven elsewhere, by its path in the vault."""
    folders = shift.vault.journals, shift.vault.recordings
    found = {f"{folder.name}/{path}": data for folder in folders for path, data in tree(folder).items()}
    return {path: data for path, data in found.items() if "/receipts/" not in path}


def sealed(shift: Shift) -> list[str]:
    """What the device has still not been allowed to give up."""
    return [path for path in evidence(shift) if path.endswith(".tink")]


def _recording(folder: Path) -> RecordingName | None:
    return RecordingName.parse(folder.name)
