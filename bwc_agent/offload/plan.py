"""What is to be delivered of one device, in which order, and how much of each file: logs and certificates, then segments.

A file that may still grow goes up to its last signature, under a name that says so (`log@20480.jsonl`); one that is
closed, or that a power cut ended with its start, goes whole and as it lies, torn tail included, because the next journal
has stated exactly these bytes. Keys, trust and receipts are never named here.

What the recorder is still writing is made durable once it is read: a power cut must not leave the device with less than
the agency has seen, which would look like a card that was set back.
"""

import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import RecordingName, Vault, start_of
from bwc_agent.evidence.lines import whole_lines
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.off_time import Claim
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.receipts import is_sealed_file
from bwc_agent.files import make_durable
from bwc_agent.offload.log_state import LogState, log_state, signed_length
from bwc_agent.offload.oldest import captured, journal_claims

Order: TypeAlias = Literal["oldest", "marked"]
"""What goes first, once logs and certificates are there: what is oldest, or the recordings in which the officer marked a moment."""


@dataclass(frozen=True, slots=True)
class Item:
    """The first `size` bytes of `path`, to be kept as the object `name`.

    `age` is its place from the oldest on. `sealed`: a segment or its notes, which the custodian may release meanwhile.
    `certificate`: the chain of a start. `marked`: of a recording in which the officer marked a moment. `captured`: UTC
    (microseconds since 1970) of its first second, as the device's clocks claimed it; None where nobody knows.
    """

    path: Path
    name: str
    size: int
    age: int = 0
    sealed: bool = False
    certificate: bool = False
    marked: bool = False
    captured: int | None = None


def latest_start(vault: Vault) -> int | None:
    """The newest start that left a journal or a recording: the one that may be running. None in an empty vault."""
    starts = [start for path in _files(vault.journals, "*.jsonl") if (start := start_of(path.stem)) is not None]
    return max([*starts, *(name.start for name in vault.names())], default=None)


def plan(vault: Vault, serial: str, running: int | None) -> list[Item]:
    """Everything that can be delivered now, logs and certificates first, then sealed files from the oldest on.

    `running` is the first start whose recorder may still write; None if none does (a card in a reader). Raises ConfigError for
    a serial that cannot name a folder, StorageError if the vault cannot be read.
    """
    check_serial(serial)
    claims = cache(lambda start: _claims(vault, start))
    logs, sealed = [*_journals(vault, running)], list[Item]()
    for name in vault.names():
        files, writes = _sealed_files(vault, name), _may_write(name.start, running)
        # A log that is over and whose files are all released is asked nothing: after a year the logs of a card are gigabytes.
        state = _state(vault.recording(name)) if files or writes else LogState(0, True, frozenset())
        if writes and state.signed:
            make_durable(vault.recording(name) / "log.jsonl")
        logs += _log_and_signer(vault, name, state, state.stopped or not writes)
        sealed += _sealed(name, [file for file in files if not writes or file.name in state.ended], state, claims)
    return [replace(item, name=f"{serial}/{item.name}", age=age) for age, item in enumerate(logs + sealed)]


def in_order(items: Sequence[Item], order: Order) -> list[Item]:
    """`items`, planned from the oldest on, in the order in which they go."""
    return sorted(items, key=lambda item: order == "marked" and item.sealed and not item.marked)


def _may_write(start: int, running: int | None) -> bool:
    """A start that began since `running` was asked for may write as well: its files must never go as if they were whole."""
    return running is not None and start >= running


def _journals(vault: Vault, running: int | None) -> Iterator[Item]:
    for pem in _files(vault.journals, "*.pem"):
        yield Item(pem, f"journal/{pem.name}", _size(pem), certificate=True)
    for path in _files(vault.journals, "*.jsonl"):
        start = start_of(path.stem)
        if start is None:
            continue
        if not _may_write(start, running):
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


def _sealed(name: RecordingName, files: list[Path], state: LogState, claims: Callable[[int], Sequence[Claim]]) -> Iterator[Item]:
    known = () if not files else (state.claim,) if state.claim else claims(name.start)
    begins = captured(state.begins, known)
    for path in files:
        # Notes begin with the segment whose number they have.
        since = begins.get(f"{path.name.partition('.')[0]}.tink")
        try:
            yield Item(path, f"recordings/{name}/{path.name}", _size(path), sealed=True, marked=state.marked, captured=since)
        except FileNotFoundError:
            # The custodian released it between the listing and here: what a receipt covers need not go again.
            continue


def _sealed_files(vault: Vault, name: RecordingName) -> list[Path]:
    """The recording's sealed files, the media of a number before its notes."""
    return sorted((path for path in _files(vault.recording(name), "*.tink") if is_sealed_file(path.name)), key=_by_number)


def _by_number(path: Path) -> tuple[int, str, int]:
    """Numbers have four digits or more: the longer is the larger."""
    number = path.name.partition(".")[0]
    return len(number), number, path.name.count(".")


def _claims(vault: Vault, start: int) -> Sequence[Claim]:
    journal = vault.journal(start)
    return journal_claims(whole_lines(_bytes(journal))) if journal.exists() else ()


def _state(folder: Path) -> LogState:
    log = folder / "log.jsonl"
    return log_state(_bytes(log) if log.exists() else b"")


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
