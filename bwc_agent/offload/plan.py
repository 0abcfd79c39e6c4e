"""What is to be delivered of one device, in which order, and how much of each file: logs and certificates, then segments.

A file that may still grow goes up to its last signature, under a name that says so (`log@20480.jsonl`); one that is
closed, or that a power cut ended with its start, goes whole and as it lies, torn tail included, because the next journal
has stated exactly these bytes. Keys, trust and receipts are never named here.

What the recorder is still writing is made durable once it is read: a power cut must not leave the device with less than
the agency has seen, which would look like a card that was set back.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.receipts import is_sealed_file
from bwc_agent.files import make_durable
from bwc_agent.offload.log_state import LogState, log_state, signed_length


@dataclass(frozen=True, slots=True)
class Item:
    """The first `size` bytes of `path`, to be kept as the object `name`.

    `sealed`: a segment or its notes, which the custodian may release meanwhile. `certificate`: the chain of a start.
    """

    path: Path
    name: str
    size: int
    sealed: bool = False
    certificate: bool = False


def latest_start(vault: Vault) -> int | None:
    """The newest start that left a journal or a recording: the one that may be running. None in an empty vault."""
    starts = [start for path in _files(vault.journals, "*.jsonl") if (start := _start(path)) is not None]
    return max([*starts, *(name.start for name in vault.names())], default=None)


def plan(vault: Vault, serial: str, running: int | None) -> list[Item]:
    """Everything that can be delivered now, logs and certificates first, then sealed files from the oldest on.

    `running` is the start whose recorder may still write; None if none does (a card in a reader). Raises ConfigError for a
    serial that cannot name a folder, StorageError if the vault cannot be read.
    """
    check_serial(serial)
    logs, sealed = [*_journals(vault, running)], list[Item]()
    for name in vault.names():
        state = _state(vault.recording(name))
        if name.start == running and state.signed:
            make_durable(vault.recording(name) / "log.jsonl")
        over = state.stopped or name.start != running
        logs += _log_and_signer(vault, name, state, over)
        sealed += _sealed(vault, name, None if name.start != running else state.ended)
    return [replace(item, name=f"{serial}/{item.name}") for item in logs + sealed]


def _journals(vault: Vault, running: int | None) -> Iterator[Item]:
    for pem in _files(vault.journals, "*.pem"):
        yield Item(pem, f"journal/{pem.name}", _size(pem), certificate=True)
    for path in _files(vault.journals, "*.jsonl"):
        start = _start(path)
        if start is None:
            continue
        if start != running:
            yield Item(path, f"journal/{path.name}", _size(path))
        elif signed := signed_length(_bytes(path)):
            make_durable(path)
            yield Item(path, f"journal/{path.stem}@{signed}.jsonl", signed)


def _log_and_signer(vault: Vault, name: RecordingName, state: LogState, over: bool) -> Iterator[Item]:
    folder = vault.recording(name)
    signer, log = folder / "signer.pem", folder / "log.jsonl"
    if signer.exists():
        yield Item(signer, f"recordings/{name}/signer.pem", _size(signer))
    if over and log.exists():
        yield Item(log, f"recordings/{name}/log.jsonl", _size(log))
    elif state.signed:
        yield Item(log, f"recordings/{name}/log@{state.signed}.jsonl", state.signed)


def _sealed(vault: Vault, name: RecordingName, ended: frozenset[str] | None) -> Iterator[Item]:
    """The recording's sealed files, of those in `ended` where it is given; the media of a number before its notes."""
    for path in sorted(_files(vault.recording(name), "*.tink"), key=_by_number):
        if is_sealed_file(path.name) and (ended is None or path.name in ended):
            try:
                yield Item(path, f"recordings/{name}/{path.name}", _size(path), sealed=True)
            except FileNotFoundError:
                # The custodian released it between the listing and here: what a receipt covers need not go again.
                continue


def _by_number(path: Path) -> tuple[int, str, int]:
    """Numbers have four digits or more: the longer is the larger."""
    number = path.name.partition(".")[0]
    return len(number), number, path.name.count(".")


def _state(folder: Path) -> LogState:
    log = folder / "log.jsonl"
    return log_state(_bytes(log) if log.exists() else b"")


def _start(journal: Path) -> int | None:
    return int(journal.stem) if journal.stem.isascii() and journal.stem.isdigit() else None


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern)) if folder.is_dir() else []


def _size(path: Path) -> int:
    """Bytes of a plain file. Raises FileNotFoundError, and StorageError for everything else that is wrong."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(f"cannot look at {path}: {error.strerror or error}; check the card") from error
    if not stat.S_ISREG(found.st_mode):
        raise StorageError(f"{path} is not a plain file: it is not evidence; find out who put it there, and move it away")
    return found.st_size


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; check the card") from error
