"""One device's days, played once on a taped disk: every system call has its time, its packets and its agency beside it.

Start 0 records with notes over a rotation, stops, records again, is docked and releases what the agency has; it records
a third time and its process is killed, which leaves the kernel with bytes that nobody synced. Start 1 finds them,
is docked, releases, records and goes off.
"""

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from cryptography.x509 import Certificate

from bwc_agent.agency.custody import custody
from bwc_agent.agency.trial import TrialAgency, enrol_device, make_agency, read_signer
from bwc_agent.control.inputs import Input
from bwc_agent.errors import BwcError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.signed import Signer
from bwc_agent.evidence.trusted import read_certificate
from bwc_agent.files import is_leftover
from bwc_agent.media import assembler
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from bwc_agent.packets import Packet
from bwc_agent.storage.custodian import release
from bwc_agent.storage.trust import read_trust
from bwc_agent.units import seconds
from simulator.run import Simulation
from simulator.scenario import Scenario, load_scenario
from simulator.world import SimulatedWorld
from tests.faults.card import Asked, Ledger, at_the_last_moment
from tests.faults.taped import Tape, taped

WORD: Final = b"for the test only"
SERIAL: Final = "CUT-0001"
UTC: Final = 1_767_225_600_000_000
SEGMENT: Final = seconds(2)
"""No setting makes segments so short that a run of seconds rotates; the assembler's constant is replaced."""
SCENARIO: Final = Path(__file__).with_name("story.toml")
AT_THE_DESK: Final = (seconds(11.4), seconds(16.4))
"""When, in each docking, the agency has looked at what it got, and its receipts come back."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The start that ran last, the ticks of its clock, and the objects that the agency's storage held."""

    start: int
    at: int
    held: frozenset[str]


@dataclass
class Desk:
    """The agency's side: its keys, and the storage that the dock fills."""

    agency: TrialAgency
    storage: Path

    @property
    def authority(self) -> Certificate:
        return read_certificate(self.agency.authority)

    @property
    def recipient(self) -> RecipientPrivate:
        return RecipientPrivate.load(self.agency.recipient_key().read_bytes(), WORD)

    @property
    def receipts(self) -> Signer:
        return read_signer(self.agency.receipt, self.agency.receipt_key, WORD)


def objects(storage: Path) -> frozenset[str]:
    """Names of all objects in the agency's storage."""
    return frozenset(str(p.relative_to(storage)) for p in storage.rglob("*") if p.is_file() and not is_leftover(p))


@dataclass
class Story:
    """What was played: the tape, what the core asked for, and what each start was handed (ticks of its clock, packet)."""

    desk: Desk
    vault: Vault
    tape: Tape[Moment]
    asked: dict[RecordingName, Asked]
    handed: dict[int, list[tuple[int, Packet]]] = field(default_factory=dict)


@dataclass
class _Watcher:
    """Notes what the agent is handed, and works at the desk when it is time."""

    desk: Desk
    vault: Vault
    ledger: Ledger
    handed: dict[int, list[tuple[int, Packet]]] = field(default_factory=dict)
    done: int = 0

    def __call__(self, now: int, _world: SimulatedWorld, item: Packet | Input) -> None:
        if isinstance(item, Packet):
            self.handed.setdefault(self.ledger.start, []).append((self.ledger.now, item))
        if self.done < len(AT_THE_DESK) and now >= AT_THE_DESK[self.done]:
            self.done += 1
            receive(self.desk, self.vault)


def receive(desk: Desk, vault: Vault) -> list[str]:
    """Custody at the agency, the mail, the custodian on the device; returns what any of them refused."""
    report = custody(desk.storage, desk.authority, desk.receipts.key, desk.receipts.certificate, desk.recipient, UTC)
    mail = bring_mail(vault, SERIAL, Folder(desk.storage))
    answers = list(release(vault, vault.inbox, read_trust(vault.trust)))
    return [
        *(f"custody: {item.path}: {item.checked.why}" for item in report.wrong),
        *(f"mail: {name}: {why}" for name, why in mail.refused),
        *(f"custodian: {answer.file}: {answer.outcome}" for answer in answers if isinstance(answer.outcome, BwcError)),
    ]


def tell(root: Path, scenario: Scenario | None = None) -> Story:
    """Play the story in the new folder `root`."""
    now = datetime.datetime.now(datetime.UTC)
    root.mkdir()
    desk, vault, ledger = Desk(make_agency(root / "keys", WORD, now), root / "storage"), Vault(root / "device"), Ledger()
    enrol_device(desk.agency, WORD, vault, SERIAL, now)
    desk.storage.mkdir()
    watcher = _Watcher(desk, vault, ledger)

    def moment() -> Moment:
        return Moment(max(0, ledger.start), ledger.now, objects(desk.storage))

    with pytest.MonkeyPatch.context() as patch, taped(vault.root, moment) as tape, at_the_last_moment(ledger):
        patch.setattr(assembler, "SEGMENT", SEGMENT)
        simulation = Simulation(scenario or load_scenario(SCENARIO), vault, SERIAL, desk.storage)
        for _ in simulation.play(watcher):
            pass
    return Story(desk, vault, tape, ledger.asked, watcher.handed)
