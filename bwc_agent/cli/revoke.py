"""`bwc evidence revoke`: the agency says from when on a lost or stolen camera's signatures count no more."""

import time
from pathlib import Path

import typer

from bwc_agent.agency.trial import TrialAgency, read_signer
from bwc_agent.cli.common import PASSPHRASE, console, passphrase
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.revocations import Revocation, revocation_file, write_revocation
from bwc_agent.evidence.trusted import read_certificate
from bwc_agent.evidence.verify_journals import read_journals
from bwc_agent.files import make_directory, write_new


def revoke(
    serial: str = typer.Argument(..., help="The camera's serial."),
    last_start: int = typer.Option(..., "--last-start", min=-1, help="The last start that counts; -1: none does."),
    why: str = typer.Option(..., "--why", help="Lost, stolen, opened: it stands in every verdict."),
    agency: Path = typer.Option(..., "--agency", help="The agency's folder: authority.pem and authority.key."),
    out: Path = typer.Option(..., "--out", help="The folder of revocations: what `verify --revocations` takes."),
    seen: Path | None = typer.Option(
        None, "--seen", help="The camera's folder at your storage: its last start counts as far as it is there."
    ),
    passphrase_file: Path | None = PASSPHRASE,
) -> None:
    """Sign that a camera's later starts count no more; what it signed before stays as good as it was."""
    check_serial(serial)
    trial = TrialAgency(agency)
    signer = read_signer(trial.authority, agency / "authority.key", passphrase(passphrase_file))
    journal = _seen(seen, trial, serial, last_start) if seen is not None else None
    revocation = Revocation(serial, last_start, journal, time.time_ns() // 1000, why)
    if not out.is_dir():
        make_directory(out)
    written = write_revocation(revocation, signer)
    path = out / revocation_file(revocation.device, written)
    write_new(path, written)
    console.print(f"{path}: {revocation}", soft_wrap=True, markup=False)


def _seen(folder: Path, agency: TrialAgency, serial: str, start: int) -> tuple[int, str]:
    """Length and digest of what that start's journal is last signed over. Raises ConfigError where there is none that holds."""
    journals, reasons = read_journals(Vault(folder).journals, read_certificate(agency.authority))
    found = next((journal for journal in journals if (journal.who.serial, journal.start) == (serial, start)), None)
    if found is None:
        raise ConfigError(
            f"{folder} has no journal of start {start} of {serial} that holds: {'; '.join(map(str, reasons)) or 'none is there'}; "
            "give --last-start as `bwc evidence verify --starts` lists it, or leave --seen out"
        )
    return found.spoken_for
