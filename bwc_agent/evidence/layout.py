"""Where everything stands on the card (FORMAT.md, Layout). Paths only; nothing here opens a file."""

import re
from dataclasses import dataclass
from pathlib import Path

MAILBOX = "mailbox"
"""The folder beside `journal` and `recordings` at a destination in which the agency leaves messages for a device."""
REPORTS = "reports"
"""The folder beside them in which the device's offloader says what a docking did; signed by nobody."""

_NAME = re.compile(r"([0-9]{6,15})-([0-9]{4,15})")


@dataclass(frozen=True, slots=True, order=True)
class RecordingName:
    """A recording is named by the start that made it and a counter within it: no clock can step a name."""

    start: int
    number: int

    def __str__(self) -> str:
        return f"{self.start:06d}-{self.number:04d}"

    @classmethod
    def parse(cls, text: str) -> "RecordingName | None":
        """The name that `text` is, or None."""
        match = _NAME.fullmatch(text)
        name = cls(int(match[1]), int(match[2])) if match else None
        return name if str(name) == text else None


@dataclass(frozen=True, slots=True)
class Vault:
    """The device's evidence folder."""

    root: Path

    @property
    def trust(self) -> Path:
        """What the agency gave: authority, receipt certificate, recipients."""
        return self.root / "trust"

    @property
    def keys(self) -> Path:
        """The next start's key."""
        return self.root / "keys"

    @property
    def journals(self) -> Path:
        """One journal a start, each with its signer's chain."""
        return self.root / "journal"

    @property
    def recordings(self) -> Path:
        """One folder a recording."""
        return self.root / "recordings"

    @property
    def inbox(self) -> Path:
        """What the offloader brought back from the mailbox."""
        return self.root / "inbox"

    @property
    def released(self) -> Path:
        """The custodian's list of what it released; signed by nobody, the receipts beside the logs are the proof."""
        return self.root / "released.jsonl"

    def journal(self, start: int) -> Path:
        """The journal of one start."""
        return self.journals / f"{start:06d}.jsonl"

    def journal_signer(self, start: int) -> Path:
        """The chain of the key that signs that journal."""
        return self.journals / f"{start:06d}.pem"

    def recording(self, name: RecordingName) -> Path:
        """A recording's folder."""
        return self.recordings / str(name)

    def names(self) -> list[RecordingName]:
        """Every recording there is, in order; anything else in the folder is left alone."""
        if not self.recordings.is_dir():
            return []
        return sorted(n for p in self.recordings.iterdir() if (n := RecordingName.parse(p.name)))


def segment_file(number: int) -> str:
    """The name of a sealed segment within its recording."""
    return f"{number:04d}.tink"


def notes_file(number: int) -> str:
    """The name of the sealed notes beside that segment."""
    return f"{number:04d}.notes.tink"
