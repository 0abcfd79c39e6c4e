"""What whoever verifies brings along besides the authority's certificate: all that the evidence cannot say of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.layout import MAILBOX
from bwc_agent.evidence.receipts import is_receipt_file
from bwc_agent.evidence.revocations import NO_REVOCATIONS, Revocations, read_revocations


@dataclass(frozen=True, slots=True)
class Given:
    """`receipt_keys`: certificates of the agency's receipt keys besides the vault's own. `receipts`: folders of receipts in
    the agency's own hands; a card that was set back as a whole contradicts them and nothing else. `revocations`: of devices.
    """

    receipt_keys: Sequence[Certificate] = ()
    receipts: Sequence[Path] = ()
    revocations: Revocations = NO_REVOCATIONS


NOTHING: Final = Given()


def receipt_folders(path: Path) -> list[Path]:
    """The folders of receipts at `path`: itself, a device's folder with its mailbox, or a storage folder with several.

    Raises ConfigError if there is none: receipts that were meant and not found would prove nothing unnoticed.
    """
    places = [path, path / MAILBOX, *sorted(path.glob(f"*/{MAILBOX}"))] if path.is_dir() else []
    found = [place for place in places if place.is_dir() and any(is_receipt_file(file.name) for file in place.iterdir())]
    if not found:
        raise ConfigError(f"{path} holds no receipts: give a mailbox, or the storage folder with the devices' mailboxes")
    return found


def given_revocations(folder: Path, authority: Certificate) -> Revocations:
    """Every revocation in the folder that a person named. Raises ConfigError, IntegrityError for a file that is none."""
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder: give the one that holds the agency's revocations")
    found, wrong = read_revocations(folder, authority)
    if wrong:
        raise IntegrityError(f"{folder}: {'; '.join(map(str, wrong))}; move away what is none")
    return found
