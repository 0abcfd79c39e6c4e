"""`bwc status`: what a vault holds, what of it waits for its receipt, and what recorder and offloader say, at a glance.

Each figure has the name of a metric, as Prometheus writes them, and one place where it is defined: `METRICS`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from bwc_agent.cli.common import JSON, console, print_json, size_below
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.layout import Vault
from bwc_agent.offload.told import OffloadTold, RecorderTold, hear
from bwc_agent.storage.held_back import HeldBack, Holdings

Value = int | str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found; `now_us` is microseconds since 1970 by this machine's clock."""

    vault: Vault
    held: HeldBack
    recorder: RecorderTold | None
    offload: OffloadTold | None
    now_us: int


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure: its name, what it says, and how it is read; None where nobody knows."""

    name: str
    says: str
    read: Callable[[Seen], Value]


def look(vault: Vault, run: Path | None, now_us: int) -> Seen:
    """Everything that the metrics are read from. Raises StorageError."""
    told = (None, None) if run is None else (hear(run, RecorderTold), hear(run, OffloadTold))
    return Seen(vault, Holdings(vault).look(), *told, now_us)


def status(
    vault: Path = typer.Argument(..., help="The device's vault."),
    run: Path | None = typer.Option(None, "--run", help="Where recorder and offloader tell how far they are (device.toml: run)."),
    as_json: bool = JSON,
) -> None:
    """Starts, recordings, what waits for its receipt. Says nothing about proof: bwc evidence verify does."""
    found = Vault(vault)
    if not found.recordings.is_dir():
        raise ConfigError(f"{vault} is no vault: it has no folder recordings")
    seen = look(found, run, time.time_ns() // 1000)
    metrics = [metric for metric in METRICS if run is not None or not metric.name.startswith(TOLD)]
    if as_json:
        print_json({metric.name: metric.read(seen) for metric in metrics})
        return
    for metric in metrics:
        value = metric.read(seen)
        console.print(f"{metric.says:42} {_shown(value)}", markup=False, soft_wrap=True)


def _shown(value: Value) -> str:
    if isinstance(value, str):  # the offloader's own words may be anything
        return "".join(c if c.isprintable() else " " for c in value) or "nothing"
    return "not known" if value is None else f"{value:,}"


def _lines(path: Path) -> int:
    return len(path.read_bytes().splitlines()) if path.is_file() else 0


def _entries(folder: Path) -> int:
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def _age(seen: Seen) -> int | None:
    """Whole seconds, by claims of clocks on both sides; 0 where the clock went back."""
    if not seen.held.recordings:
        return 0
    return None if seen.held.utc_us is None else max(0, seen.now_us - seen.held.utc_us) // 1_000_000


def _recorder(read: Callable[[RecorderTold], Value]) -> Callable[[Seen], Value]:
    return lambda seen: None if seen.recorder is None else read(seen.recorder)


def _offload(read: Callable[[OffloadTold], Value]) -> Callable[[Seen], Value]:
    return lambda seen: None if seen.offload is None else read(seen.offload)


TOLD: Final = ("bwc_recorder_", "bwc_offload_")
"""What only the folder `--run` tells."""
METRICS: Final = (
    Metric("bwc_starts", "starts", lambda seen: len(list(seen.vault.journals.glob("*.jsonl")))),
    Metric("bwc_recordings", "recordings", lambda seen: len(seen.vault.names())),
    Metric("bwc_released_files", "files released against receipts", lambda seen: _lines(seen.vault.released)),
    Metric("bwc_vault_bytes", "bytes of the vault", lambda seen: size_below(seen.vault.root)),
    Metric("bwc_inbox_messages", "messages in the inbox", lambda seen: _entries(seen.vault.inbox)),
    Metric("bwc_undelivered_recordings", "recordings without all their receipts", lambda seen: seen.held.recordings),
    Metric("bwc_undelivered_files", "sealed files without a receipt", lambda seen: seen.held.files),
    Metric("bwc_undelivered_bytes", "bytes of these", lambda seen: seen.held.bytes),
    Metric("bwc_undelivered_oldest_age_seconds", "age of the oldest of these, by clocks (s)", _age),
    Metric("bwc_recorder_start", "the recorder's start", _recorder(lambda told: told.start)),
    Metric("bwc_recorder_state", "the recorder's state", _recorder(lambda told: told.state)),
    Metric("bwc_recorder_idle", "idle in the dock (1: may be delivered)", _recorder(lambda told: int(told.idle))),
    Metric("bwc_offload_running", "the offloader says: it delivers (1: yes)", _offload(lambda told: int(told.running))),
    Metric("bwc_offload_files", "files of this docking", _offload(lambda told: told.files)),
    Metric("bwc_offload_files_done", "of these delivered", _offload(lambda told: told.files_done)),
    Metric("bwc_offload_bytes", "bytes of this docking", _offload(lambda told: told.bytes)),
    Metric("bwc_offload_bytes_done", "of these delivered", _offload(lambda told: told.bytes_done)),
    Metric("bwc_offload_oldest", "what waits longest", _offload(lambda told: told.oldest)),
    Metric("bwc_offload_failing", "what is in its way", _offload(lambda told: told.failing)),
)  # fmt: skip
"""The figures, in the order in which they are shown."""
