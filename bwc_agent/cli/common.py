"""What the commands share: passphrases, trust, and how numbers are shown."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import typer
from cryptography.x509 import Certificate
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, FileSizeColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

from bwc_agent.agency.trial import TrialAgency, read_signer
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.given import Given, given_revocations, receipt_folders
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.revocations import NO_REVOCATIONS
from bwc_agent.evidence.signed import Signer
from bwc_agent.evidence.trusted import read_authority, read_bytes, read_certificate
from bwc_agent.evidence.verify_files import Progress as Report
from bwc_agent.fleet.units import parse_span
from bwc_agent.units import TICKS

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

TRUST = typer.Option(..., "--trust", help="The authority's certificate (PEM).")
PASSPHRASE = typer.Option(None, "--passphrase-file", help="A file whose first line is the passphrase; asked for otherwise.")
RECEIPTS = typer.Option(
    None, "--receipts", help="The agency's own receipts, a mailbox or the storage folder: they tell a card that was set back."
)
REVOCATIONS = typer.Option(None, "--revocations", help="A folder with the agency's revocations of devices.")
AGENCY = typer.Option(None, "--agency", help="Sign the statement: the folder of receipt.key and receipt.pem; unsigned otherwise.")
JSON = typer.Option(False, "--json", help="One JSON object, for scripts.")


def passphrase(file: Path | None, confirm: bool = False) -> bytes:
    """The passphrase of the keys: from the file's first line, or asked for at a terminal. Raises ConfigError."""
    if file is not None:
        return read_bytes(file, "the passphrase file").split(b"\n", 1)[0].rstrip(b"\r")
    if not sys.stdin.isatty():
        raise ConfigError("the keys are under a passphrase: give --passphrase-file, or run at a terminal")
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm)).encode()


def recipient(key: Path, word: bytes) -> RecipientPrivate:
    """A recipient's private key under the passphrase `word`. Raises ConfigError, IntegrityError."""
    return RecipientPrivate.load(read_bytes(key, "the key"), word)


def agency_signer(keys: Path | None, word: bytes) -> Signer | None:
    """The agency's key in the folder `keys`, under the passphrase `word`, or None. Raises ConfigError, IntegrityError."""
    if keys is None:
        return None
    agency = TrialAgency(keys)
    return read_signer(agency.receipt, agency.receipt_key, word)


def receipts(trust: Path) -> list[Certificate]:
    """The receipt certificate that stands beside the authority's, if there is one."""
    beside = trust.parent / "receipt.pem"
    return [read_certificate(beside)] if beside.is_file() else []


def given(trust: Path, held: Path | None = None, revocations: Path | None = None) -> Given:
    """What counts besides the authority: the receipt certificate beside it, and the folders named. Raises ConfigError, IntegrityError."""
    return Given(
        receipts(trust),
        receipt_folders(held) if held is not None else [],
        given_revocations(revocations, read_authority(trust)) if revocations is not None else NO_REVOCATIONS,
    )


def span(text: str, option: str) -> int:
    """Seconds of a time such as "5 min" or "180 days"; see `parse_span`. Raises ConfigError, naming `option`."""
    try:
        return parse_span(text)
    except ValueError as error:
        raise ConfigError(f"{option} {error}") from error


def shown(ticks: int | None) -> str:
    """A time in seconds."""
    return "-" if ticks is None else f"{ticks / TICKS:.2f} s"


def size_below(folder: Path) -> int:
    """Bytes of all files below a folder, for a progress bar."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # what cannot be looked at is told where it is read
            size += path.stat().st_size if path.is_file() else 0
    return size


def print_json(fields: Mapping[str, object]) -> None:
    """One object on standard output."""
    print(json.dumps(fields, default=str, sort_keys=True), flush=True)


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Report]:
    """A progress bar over bytes, of which nobody may know the `total`, on standard error, where that is a terminal."""
    size = FileSizeColumn() if total is None else DownloadColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), size, TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def steps(what: str, *more: ProgressColumn) -> Iterator[Callable[[int, int], None]]:
    """A progress bar over steps, told as (done, of), on standard error, where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), *more, TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
