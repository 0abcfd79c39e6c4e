"""`bwc`, its commands grouped by chair: try, evidence, device. Each command is thin; each error has its exit status."""

import os
import sys

# OpenBLAS, which comes with OpenCV, starts threads as it is loaded; one that a film's memory limit catches there ends the process.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import typer

from bwc_agent.cli import custody, demo, devices, evidence, excerpts, keys, mailbox, offload, revoke, sim, status
from bwc_agent.cli import run as running
from bwc_agent.errors import BwcError
from hal.errors import HardwareError

TRY, DEVICE, EVIDENCE = "Try it", "The device", "The evidence"

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="rich", help="A body-worn camera, and the evidence it makes."
)
evidence_app = typer.Typer(
    no_args_is_help=True, help="List, verify, export and excerpt what a camera made; say of a lost one what counts no more; hold, send."
)

app.command("demo", rich_help_panel=TRY)(demo.demo)
app.command("sim", rich_help_panel=TRY)(sim.sim)
app.command("keys", rich_help_panel=TRY)(keys.keys)
app.command("run", rich_help_panel=DEVICE)(running.run)
app.command("offload", rich_help_panel=DEVICE)(offload.offload)
app.command("devices", rich_help_panel=DEVICE)(devices.devices)
app.command("status", rich_help_panel=DEVICE)(status.status)
app.command("custody", rich_help_panel=EVIDENCE)(custody.custody)
app.add_typer(evidence_app, name="evidence", rich_help_panel=EVIDENCE)
evidence_app.command("list")(evidence.list_)
evidence_app.command("verify")(evidence.verify)
evidence_app.command("export")(evidence.export)
evidence_app.command("excerpt")(excerpts.excerpt)
evidence_app.command("link")(excerpts.link)
evidence_app.command("revoke")(revoke.revoke)
evidence_app.command("send")(mailbox.send)
evidence_app.command("hold")(mailbox.hold)

app.info.epilog = (
    "Exit status: 0 well; 2 input; 3 integrity; 4 storage; 5 offload; 6 hardware; verdicts: 10-16, see bwc evidence verify --help"
)


def run() -> None:
    """The console script. Exits with the status of the error's class."""
    try:
        app()
    except (BwcError, HardwareError) as error:
        print(f"bwc: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
