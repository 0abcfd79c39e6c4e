"""`bwc evidence hold` and `bwc evidence send`: what the agency does at its store beside custody."""

from pathlib import Path

import typer

from bwc_agent.agency.legal_hold import hold_recording
from bwc_agent.cli.common import console
from bwc_agent.cli.stores import STORE, bucket_store, cache_folder, split, store_of
from bwc_agent.errors import ConfigError, OffloadError
from bwc_agent.evidence.lines import whole_lines
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.receipts import MAX_RECEIPT, receipt_file
from bwc_agent.evidence.trusted import read_bytes


def hold(
    recording: str = typer.Argument(..., help="s3://BUCKET/SERIAL/recordings/NAME"),
    on: bool = typer.Option(..., "--on/--off", help="Put the hold, or take it away."),
    store: Path | None = STORE,
) -> None:
    """Put a legal hold on every version of a recording's objects, or take it away; needs rights that custody has not."""
    bucket, path = split(recording)
    failed = 0
    with cache_folder(None) as folder:
        for placed in hold_recording(bucket_store(f"s3://{bucket}", store, folder), path, on):
            failed += bool(placed.why)
            done = placed.why or ("legal hold on" if on else "legal hold off")
            console.print(f"{placed.version}: {done}", soft_wrap=True, markup=False)
    if failed:
        raise typer.Exit(OffloadError.exit_status)


def send(
    message: Path = typer.Argument(..., help="A signed message, as `bwc evidence revoke` writes one."),
    storage: str = typer.Argument(..., help="What devices deliver to: a folder, or s3://BUCKET."),
    serial: str = typer.Argument(..., help="The camera's serial."),
    store: Path | None = STORE,
) -> None:
    """Leave a signed message for a camera, which fetches it at its next docking and judges it by what it trusts."""
    data = read_bytes(message, "the message")
    if len(data) > MAX_RECEIPT:
        raise ConfigError(f"{message} has {len(data)} bytes, and a message at most {MAX_RECEIPT}: no camera would fetch it")
    if [line.get("kind") for line in whole_lines(data)][-1:] != ["sig"]:
        raise ConfigError(f"{message} does not end in a signature: no camera would believe it; give a signed message")
    with cache_folder(None) as folder:
        place = store_of(storage, store, folder, check_serial(serial))
        if serial not in place.devices():
            raise ConfigError(f"{storage} has nothing of a camera {serial}: check the serial")
        place.give(serial, receipt_file(data), data)
    console.print(f"{serial}/mailbox/{receipt_file(data)}", soft_wrap=True, markup=False)
