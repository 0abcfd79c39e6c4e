"""`bwc sim`: play a scenario on a device, real time or faster."""

import datetime
import secrets
import sys
from pathlib import Path

import typer
from rich.progress import Progress, TimeElapsedColumn

from bwc_agent.agency.trial import TrialAgency, enrol_device, make_agency
from bwc_agent.cli.common import PASSPHRASE, console, errors, passphrase
from bwc_agent.control.inputs import Input
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.layout import Vault
from bwc_agent.files import make_directory, write_new
from bwc_agent.packets import Packet
from bwc_agent.units import TICKS
from simulator.run import Pace, Played, Simulation
from simulator.scenario import Scenario, load_scenario
from simulator.world import SimulatedWorld

SERIAL = "SIM-0001"


def sim(
    scenario: Path = typer.Argument(..., help="The scenario (TOML)."),
    out: Path = typer.Option(..., "--out", help="Where device, storage and throwaway keys go; an existing device starts again."),
    keys: Path | None = typer.Option(None, "--keys", help="A trial agency made by bwc keys; throwaway keys otherwise."),
    camera: Path | None = typer.Option(None, "--camera", help="A clip to see and hear instead of the drawn scene."),
    speed: str = typer.Option("max", "--speed", help="At most so many times as fast as real time, or max."),
    passphrase_file: Path | None = PASSPHRASE,
) -> None:
    """Play SCENARIO through the real agent: sealed recordings in OUT/device, what the dock delivered in OUT/storage."""
    played, pace = load_scenario(scenario), pace_of(speed)
    agency, word = TrialAgency(keys or out / "keys"), b"throwaway"
    if keys is not None:
        word = passphrase(passphrase_file)
    prepare(out, agency, word, throwaway=keys is None)
    for start in play(Simulation(played, Vault(out / "device"), SERIAL, out / "storage", camera, pace), played):
        heard = ", ".join(f"{at / TICKS:.2f} s {cue.name}" for at, cue in start.cues)
        console.print(f"start {start.start:06d}: {heard or 'nothing was signalled'}")
        if (done := start.offloaded) is not None:
            console.print(f"  dock: {done.files_done} of {done.files} files, {done.bytes_done / 1e6:.1f} MB delivered")
        for fault in start.faults:
            errors.print(f"offload: {fault}")
    console.print(f"next: {sys.argv[0]} evidence list {out / 'device'} --trust {agency.authority}", soft_wrap=True)


def pace_of(speed: str) -> Pace | None:
    """How fast to play. Raises ConfigError."""
    if speed == "max":
        return None
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    if not 0 < factor < 1e6:
        raise ConfigError(f"--speed {speed!r}: give a number above 0, or max")
    return Pace(factor)


def prepare(out: Path, agency: TrialAgency, word: bytes, throwaway: bool) -> None:
    """Folders, keys and an enrolled device in `out`, as far as they are not there. Raises StorageError, ConfigError."""
    now, vault = datetime.datetime.now(datetime.UTC), Vault(out / "device")
    for folder in (out, out / "storage"):
        if not folder.is_dir():
            make_directory(folder)
    if throwaway and not agency.authority.is_file():
        make_agency(agency.root, word, now)
    if not vault.keys.is_dir():
        enrol_device(agency, word, vault, SERIAL, now)


def throwaway_agency(out: Path, agency: TrialAgency, word: Path) -> bytes:
    """A trial agency in the new folder `out`, under a passphrase of its own in the file `word`. Raises StorageError."""
    secret = secrets.token_hex(16).encode()
    make_directory(out)
    write_new(word, secret + b"\n")
    make_agency(agency.root, secret, datetime.datetime.now(datetime.UTC))
    return secret


def play(simulation: Simulation, scenario: Scenario) -> list[Played]:
    """Every start, with a bar of simulated time on standard error."""
    with Progress(
        *Progress.get_default_columns(), TimeElapsedColumn(), console=errors, transient=True, disable=not errors.is_terminal
    ) as progress:
        task = progress.add_task("simulated time", total=scenario.world.length)

        def watch(now: int, world: SimulatedWorld, item: Packet | Input) -> None:
            progress.update(task, completed=now)

        return list(simulation.play(watch))
