"""One honestly recorded shift, and everything that a forger could lay his hands on: the material of every alteration.

    start 0   recording 1 (docked, then released against the first round's receipts), 2 (closed), 3 (a power cut ends it)
    start 1   recording 1, docked; the second round of custody
    start 2   recording 1; docked, and seen by no custody yet

Beside it lie the same card at two earlier moments, a double of it that lived on by itself, another device of the agency,
and one of the same serial under another authority.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.agency.custody import custody
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.signed import Signer
from bwc_agent.storage.custodian import release
from bwc_agent.storage.trust import read_trust
from tests.forgery.trees import Tree, below, taken

RELEASED, CLOSED, CUT, LATER, NEWEST = (RecordingName(*name) for name in ((0, 1), (0, 2), (0, 3), (1, 1), (2, 1)))
NEWEST_START = 2


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """The agency's private side."""

    authority: Signer
    receipts: Signer
    recipient: RecipientPrivate


@dataclass(frozen=True, slots=True)
class Honest:
    """The shift as trees: the card (`vault`) and its folder at the agency's storage (`store`), and what lies beside them.

    `early` and `middle` are the card after start 0 and after start 1; `double` a copy of `early` that lived on by itself.
    """

    serial: str
    keys: AgencyKeys
    vault: Tree
    store: Tree
    early: Tree
    middle: Tree
    double: Tree
    other: Tree
    foreign: Tree

    @property
    def authority(self) -> Certificate:
        return self.keys.authority.certificate

    @property
    def receipts(self) -> Tree:
        """What the agency holds of the device's receipts, of two rounds."""
        return below(self.store, "mailbox")


STORAGES = ("storage", "strays/double", "strays/foreign")
"""Where devices dock: the agency's own at its storage, a double and a foreigner each at one of its own."""


def storage_of(vault: Vault, storage: Path) -> Path:
    """The one of `STORAGES` that a device docks at."""
    return storage / vault.root.name if storage.name == "strays" else storage


Live = Callable[[Vault], None]
"""One start of a device, from its boot to its end."""


@dataclass(frozen=True, slots=True)
class Lives:
    """What a device does in its first start, and in each later one; docked at the agency's storage, or at another's."""

    first: Live
    later: Live
    strays: Live


def tell(root: Path, serial: str, keys: AgencyKeys, device: Path, other: Path, foreign: Path, lives: Lives) -> Honest:
    """Play the story that is told above on the three vaults; `root` gets the copies, `root`/storage is where they dock."""
    storage, vault = root / "storage", Vault(device)
    lives.first(vault)
    _custody(storage, keys)
    early = taken(device)
    shutil.copytree(device, root / "double")
    lives.later(vault)
    list(release(vault, vault.inbox, read_trust(vault.trust)))
    _custody(storage, keys)
    middle = taken(device)
    lives.later(vault)
    for _ in range(2):
        lives.strays(Vault(root / "double"))
    for life in (lives.first, lives.later, lives.later):
        life(Vault(other))
    for life in (lives.strays, lives.strays):
        life(Vault(foreign))
    trees = [taken(path) for path in (device, storage / serial)]
    beside = [taken(path) for path in (root / "double", other, foreign)]
    return Honest(serial, keys, trees[0], trees[1], early, middle, *beside)


def _custody(storage: Path, keys: AgencyKeys) -> None:
    report = custody(storage, keys.authority.certificate, keys.receipts.key, keys.receipts.certificate, keys.recipient)
    assert report.exit_status in (0, 11), report.wrong
