"""`bwc demo`: the whole way, once: press, thirty seconds back, dock, custody, release, verify, export, and a forged byte."""

import json
import shutil
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import typer
from rich.table import Table

from bwc_agent.agency.export import Exported, Order
from bwc_agent.agency.export import export as export_recording
from bwc_agent.agency.listing import Summary, summary
from bwc_agent.agency.trial import TrialAgency
from bwc_agent.cli.common import console, given, passphrase, recipient, shown
from bwc_agent.cli.demo_live import demo_live
from bwc_agent.cli.evidence import zone_of
from bwc_agent.cli.sim import SERIAL, play, prepare, throwaway_agency
from bwc_agent.errors import ConfigError, IntegrityError, OffloadError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.trusted import read_certificate
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.files import make_directory
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from simulator.run import Simulation
from simulator.scenario import load_scenario, shipped

RECORDING = "000000-0001"


def demo(
    out: Path | None = typer.Option(None, "--out", help="A new folder for everything the demo makes; demo, demo-2, … otherwise."),
    live: bool = typer.Option(False, "--live", help="Your own camera and microphone instead of simulated ones."),
    config: Path | None = typer.Option(None, "--config", help="With --live: a folder with device.toml; the default devices otherwise."),
    length: float | None = typer.Option(None, "--seconds", min=1, max=3600, help="With --live: record so long, without hands."),
) -> None:
    """Play a shift and follow its evidence to an MP4 (a few seconds)."""
    if out is not None and out.exists():
        raise ConfigError(f"{out} is there already: remove it, or give another folder with --out")
    if not live and (config is not None or length is not None):
        raise ConfigError("--config and --seconds belong to --live: add it, or leave them out")
    folder = out or first_free(Path("demo"))
    if live:
        demo_live(folder, config, length)
    else:
        Demo(folder).run()


def first_free(path: Path) -> Path:
    """`path`, or the first of path-2, path-3, … that is not there: what a demo made before is never touched."""
    names = (path if k == 1 else path.with_name(f"{path.name}-{k}") for k in count(1))
    return next(name for name in names if not name.exists())


class Demo:
    """The steps, in the order in which evidence lives."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.vault = Vault(out / "device")
        self.storage = out / "storage"
        self.agency = TrialAgency(out / "keys")
        self._word = out / "passphrase"

    def run(self) -> None:
        """Everything. Raises whatever a step cannot do."""
        began = time.monotonic()
        self._prepare()
        self._shift()
        self._custody()
        self._release()
        exported, found = self._export()
        self._forge()
        self._tell(exported, found, time.monotonic() - began)

    def _prepare(self) -> None:
        word = throwaway_agency(self.out, self.agency, self._word)
        prepare(self.out, self.agency, word, throwaway=False)
        console.print(f"[bold]1  keys[/bold]      a trial agency with two recipients; device {SERIAL} enrolled under it")

    def _shift(self) -> None:
        scenario, began = load_scenario(shipped("demo")), time.monotonic()
        played = play(Simulation(scenario, self.vault, SERIAL, self.storage), scenario)[0]
        if played.offloaded is None or played.faults:
            raise OffloadError("the dock delivered nothing: " + "; ".join(played.faults))
        simulated, wall = scenario.world.length / 48_000, time.monotonic() - began
        console.print(
            f"[bold]2  shift[/bold]     {simulated:.0f} s simulated in {wall:.1f} s of wall time ({simulated / wall:.0f} times real time)"
        )
        for at, cue in played.cues:
            pulses = f"{cue.tones} tones, {cue.vibrations} vibrations"
            console.print(f"             {at / 48_000:6.2f} s simulated: [italic]{cue.name}[/italic] ({pulses})")
        done = played.offloaded
        console.print(f"[bold]3  dock[/bold]      {done.files_done} files, {done.bytes_done / 1e6:.1f} MB delivered to {self.storage}")

    def _custody(self) -> None:
        keys = self.agency
        command = ["custody", str(self.storage), "--trust", str(keys.authority), "--key", str(keys.receipt_key)]
        command += ["--open", str(keys.recipient_key()), "--passphrase-file", str(self._word), "--json"]
        items = json.loads(_process("bwc_agent.cli", *command))["items"]
        signed = sum(1 for item in items if item["new"])
        console.print(
            f"[bold]4  custody[/bold]   a process of its own re-read, hashed and opened {len(items)} files; {signed} receipts signed"
        )

    def _release(self) -> None:
        held = _sealed(self.vault)
        bring_mail(self.vault, SERIAL, Folder(self.storage))
        trust = ["--vault", str(self.vault.root), "--inbox", str(self.vault.inbox), "--trust", str(self.vault.trust)]
        _process("bwc_agent.storage.custodian", *trust)
        freed = (held - _sealed(self.vault)) / 1e6
        console.print(f"[bold]5  release[/bold]   the custodian, a process without keys, freed {freed:.1f} MB against the receipts")

    def _export(self) -> tuple[Exported, Summary]:
        device, authority = self.storage / SERIAL, read_certificate(self.agency.authority)
        verdict = verify_device(device, authority, given(self.agency.authority))
        console.print(f"[bold]6  verify[/bold]    {verdict.name}: [bold green]{verdict.state.value}[/bold green], without any private key")
        folder = device / "recordings" / RECORDING
        make_directory(self.out / "export")
        order = Order("demo", "demonstration", zone_of(folder, self.agency.authority, None), given=given(self.agency.authority))
        exported = export_recording(
            folder, authority, recipient(self.agency.recipient_key(), passphrase(self._word)), order, self.out / "export"
        )
        console.print(
            f"[bold]7  export[/bold]    {exported.mp4.name}: {shown(exported.length)}, {exported.pictures} pictures, not re-encoded"
        )
        if exported.verdict.log is None:
            raise IntegrityError("the log was lost between verify and export")
        return exported, summary(exported.verdict.log)

    def _forge(self) -> None:
        copy = self.out / "forged" / RECORDING
        shutil.copytree(self.storage / SERIAL / "recordings" / RECORDING, copy)
        target = copy / "0001.tink"
        data = bytearray(target.read_bytes())
        data[len(data) // 2] ^= 1
        target.write_bytes(data)
        verdict = verify_recording(copy, read_certificate(self.agency.authority))
        console.print(f"[bold]8  forgery[/bold]   one bit of a copy flipped: [bold red]{verdict.state.value}[/bold red]")
        for reason in verdict.reasons[:2]:
            console.print(f"             {reason}", markup=False)

    def _tell(self, exported: Exported, found: Summary, wall: float) -> None:
        table = Table(title="The recording (times simulated)", show_header=False)
        table.add_row("press, first edge", shown(found.press))
        table.add_row("heard / secured, after the deciding edge", f"{shown(found.heard)} / {shown(found.secured)}")
        table.add_row("pre-roll, picture / sound", f"{shown(found.preroll)} / {shown(found.preroll_audio)} (at least {shown(found.asked)})")
        table.add_row("length, segments", f"{shown(found.length)}, {found.segments}")
        table.add_row("pictures, lost", f"{found.pictures}, {found.lost} lost, {found.gaps} gaps")
        table.add_row("markers, mutes", f"{found.markers}, {found.mutes}")
        console.print(table)
        console.print(f"Everything took {wall:.1f} s of wall time. To look at:")
        for path in (exported.mp4, exported.srt, exported.statement, self.storage / SERIAL / "recordings" / RECORDING / "log.jsonl"):
            console.print(f"  {path}", soft_wrap=True)
        console.print("To try next:")
        console.print(f"  {sys.argv[0]} evidence verify {self.storage / SERIAL} --trust {self.agency.authority}", soft_wrap=True)
        record = self.storage / SERIAL / "recordings" / RECORDING
        console.print(f"  {sys.argv[0]} evidence verify {exported.mp4} --record {record} --trust {self.agency.authority}", soft_wrap=True)


def _process(module: str, *arguments: str) -> str:
    """Another program's output. Raises IntegrityError with what it said, if it failed."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise IntegrityError(f"{module} {arguments[0]} exited with {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def _sealed(vault: Vault) -> int:
    return sum(path.stat().st_size for path in vault.recordings.rglob("*.tink"))
