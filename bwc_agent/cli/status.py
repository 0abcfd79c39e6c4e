"""`bwc status`: what a vault holds, at a glance."""

from pathlib import Path

import typer

from bwc_agent.cli.common import JSON, console, print_json, size_below
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.layout import Vault


def status(
    vault: Path = typer.Argument(..., help="The device's vault."),
    as_json: bool = JSON,
) -> None:
    """Starts, recordings, and what the vault still holds. Says nothing about proof: bwc evidence verify does."""
    found = Vault(vault)
    if not found.recordings.is_dir():
        raise ConfigError(f"{vault} is no vault: it has no folder recordings")
    names = found.names()
    held = {str(name): sorted(p.name for p in found.recording(name).glob("*.tink")) for name in names}
    fields = {
        "starts": len(list(found.journals.glob("*.jsonl"))),
        "recordings": len(names),
        "segments_held": sum(len(files) for files in held.values()),
        "segments_released": sum(1 for line in found.released.read_bytes().splitlines()) if found.released.is_file() else 0,
        "bytes": size_below(vault),
        "inbox": len(list(found.inbox.iterdir())) if found.inbox.is_dir() else 0,
    }
    if as_json:
        print_json(fields)
        return
    for name, value in fields.items():
        console.print(f"{name.replace('_', ' '):18} {value:,}")
