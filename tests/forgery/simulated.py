"""The honest shift as the whole simulated agent makes it."""

import datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from bwc_agent.agency.trial import TrialAgency, enrol_device, make_agency, read_signer
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.recipients import RecipientPrivate
from simulator.run import Simulation
from simulator.scenario import load_scenario
from tests.forgery.honest import STORAGES, AgencyKeys, Honest, Live, Lives, storage_of, tell

SERIAL, OTHER = "SIM-0001", "SIM-0002"
_WORD = b"for the test only"
_HERE = Path(__file__).parent


def _keys(agency: TrialAgency) -> AgencyKeys:
    return AgencyKeys(
        read_signer(agency.authority, agency.root / "authority.key", _WORD),
        read_signer(agency.receipt, agency.receipt_key, _WORD),
        RecipientPrivate.load(agency.recipient_key().read_bytes(), _WORD),
    )


def _plays(name: str, storage: Path) -> Live:
    scenario = load_scenario(_HERE / f"{name}.toml")

    def live(vault: Vault) -> None:
        serial = OTHER if vault.root.name == "other" else SERIAL
        list(Simulation(scenario, vault, serial, storage_of(vault, storage)).play())

    return live


@cache
def simulated() -> Honest:
    """The story of `honest.py`, played once a test run by the simulated agent."""
    root, now = Path(mkdtemp(prefix="bwc-forgery-")), datetime.datetime.now(datetime.UTC)
    agency, stranger = (make_agency(root / name, _WORD, now) for name in ("keys", "foreign-keys"))
    enrol_device(agency, _WORD, Vault(root / "device"), SERIAL, now)
    enrol_device(agency, _WORD, Vault(root / "other"), OTHER, now)
    enrol_device(stranger, _WORD, Vault(root / "foreign"), SERIAL, now)
    for name in STORAGES:
        (root / name).mkdir(parents=True)
    lives = Lives(_plays("first", root / "storage"), _plays("later", root / "storage"), _plays("later", root / "strays"))
    return tell(root, SERIAL, _keys(agency), root / "device", root / "other", root / "foreign", lives)
