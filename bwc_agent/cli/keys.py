"""`bwc keys`: a trial agency, and devices enrolled under it."""

import datetime
from pathlib import Path

import typer

from bwc_agent.agency.trial import TrialAgency, enrol_device, make_agency
from bwc_agent.cli.common import PASSPHRASE, console, passphrase
from bwc_agent.evidence.layout import Vault


def keys(
    out: Path = typer.Option(..., "--out", help="The agency's folder: made new, or used if it is there and --device is given."),
    device: Path | None = typer.Option(None, "--device", help="Also enrol a device: its new vault."),
    serial: str = typer.Option("SIM-0001", "--serial", help="The device's serial."),
    passphrase_file: Path | None = PASSPHRASE,
) -> None:
    """Make a trial authority, receipt key and two recipients; with --device, enrol a device under them."""
    agency, now, word = TrialAgency(out), datetime.datetime.now(datetime.UTC), passphrase(passphrase_file, confirm=True)
    if device is None or not agency.authority.is_file():
        make_agency(out, word, now)
        console.print(f"agency   {out}: give {agency.authority} with --trust, {agency.recipient_key()} with --key", soft_wrap=True)
    if device is not None:
        enrol_device(agency, word, Vault(device), serial, now)
        console.print(f"device   {serial}: its vault is {device}", soft_wrap=True)
