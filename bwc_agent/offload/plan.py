"""What is to be delivered of one device, in which order, and how much of each file: logs and certificates, then segments.

A file that may still grow goes up to its last signature, under a name that says so (`log@20480.jsonl`); one that is
closed, or that a power cut ended with its start, goes whole and as it lies, torn tail included, because the next journal
has stated exactly these bytes. Keys, trust and receipts are never named here.

What the recorder is still writing is made durable once it is read: a power cut must not leave the device with less than
the agency has seen, which would look like a card that was set back.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

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

Unread: TypeAlias = Callable[[StorageError], None]
Order: TypeAlias = Literal["oldest", "marked"]
"""What goes first, once logs and certificates are there: what is oldest, or the recordings in which the officer marked a moment."""

_LOG: Final = "log.jsonl"
_ABSENT: Final = (FileNotFoundError, NotADirectoryError)


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
    """The newest start that left a journal or a recording: the one that may be running. None in an empty vault. Raises StorageError."""
    starts = [start for path in _files(vault.journals, ".jsonl") if (start := start_of(path.stem)) is not None]
    return max([*starts, *(name.start for name in _names(vault))], default=None)


def _raised(error: StorageError) -> None:
    raise error


def plan(vault: Vault, serial: str, running: int | None, unread: Unread = _raised) -> list[Item]:
    """Everything that can be delivered now, logs and certificates first, then sealed files from the oldest on.

    `running` is the first start whose recorder may still write; None if none does (a card in a reader). What the card does not give
    back is told to `unread`, one after another, and everything else is planned: a bad block under one log holds up no other
    recording. Raises ConfigError for a serial that cannot name a folder, StorageError if the vault cannot be listed.
    """
    check_serial(serial)
    claims = cache(lambda start: _claims(vault, start))
    logs, sealed = [*_journals(vault, running, unread)], list[Item]()
    for name in _names(vault):
        with _told(unread):
            files, writes = _sealed_files(vault, name), _may_write(name.start, running)
            # A log that is over and whose files are all released is asked nothing: after a year the logs of a card are gigabytes.
            state = _read_state(vault, name, writes, unread) if files or writes else LogState(0, True, frozenset())
            logs += _log_and_signer(vault, name, state, writes, unread)
            ended = [file for file in files if not writes or file.name in state.ended]
            sealed += _sealed(name, ended, state, claims, unread)
    return [replace(item, name=f"{serial}/{item.name}", age=age) for age, item in enumerate(logs + sealed)]


def in_order(items: Sequence[Item], order: Order) -> list[Item]:
    """`items`, planned from the oldest on, in the order in which they go."""
    return sorted(items, key=lambda item: order == "marked" and item.sealed and not item.marked)


def _may_write(start: int, running: int | None) -> bool:
    """A start that began since `running` was asked for may write as well: its files must never go as if they were whole."""
    return running is not None and start >= running


@contextmanager
def _told(unread: Unread) -> Iterator[None]:
    """What is raised inside is told, and passed over; so is what went away, which the custodian released."""
    try:
        yield
    except StorageError as error:
        unread(error)
    except _ABSENT:
        pass


def _journals(vault: Vault, running: int | None, unread: Unread) -> Iterator[Item]:
    for pem in _files(vault.journals, ".pem"):
        if start_of(pem.stem) is not None:
            with _told(unread):
                yield Item(pem, f"journal/{pem.name}", _size(pem), certificate=True)
    for path in _files(vault.journals, ".jsonl"):
        start = start_of(path.stem)
        if start is None:
            continue
        with _told(unread):
            if not _may_write(start, running):
                yield Item(path, f"journal/{path.name}", _size(path))
            elif signed := signed_length(_bytes(path)):
                make_durable(path)
                yield Item(path, f"journal/{path.stem}@{signed}.jsonl", signed)


def _read_state(vault: Vault, name: RecordingName, writes: bool, unread: Unread) -> LogState:
    """Of its log; where that cannot be read, of one that says nothing: what is over goes all the same."""
    with _told(unread):
        state = log_state(_bytes(log := vault.recording(name) / _LOG))
        if writes and state.signed:
            make_durable(log)
        return state
    return LogState(0, False, frozenset())


def _log_and_signer(vault: Vault, name: RecordingName, state: LogState, writes: bool, unread: Unread) -> Iterator[Item]:
    folder = vault.recording(name)
    signer, log = folder / "signer.pem", folder / _LOG
    with _told(unread):
        yield Item(signer, f"recordings/{name}/{signer.name}", _size(signer))
    with _told(unread):
        if state.stopped or not writes:
            yield Item(log, f"recordings/{name}/{log.name}", _size(log))
        elif state.signed:
            yield Item(log, f"recordings/{name}/log@{state.signed}.jsonl", state.signed)


def _sealed(
    name: RecordingName, files: list[Path], state: LogState, claims: Callable[[int], Sequence[Claim]], unread: Unread
) -> Iterator[Item]:
    known = () if not files else (state.claim,) if state.claim else claims(name.start)
    begins = captured(state.begins, known)
    for path in files:
        # Notes begin with the segment whose number they have.
        since = begins.get(f"{path.name.partition('.')[0]}.tink")
        with _told(unread):
            yield Item(path, f"recordings/{name}/{path.name}", _size(path), sealed=True, marked=state.marked, captured=since)


def _sealed_files(vault: Vault, name: RecordingName) -> list[Path]:
    """The recording's sealed files, the media of a number before its notes."""
    return sorted((path for path in _files(vault.recording(name), ".tink") if is_sealed_file(path.name)), key=_by_number)


def _by_number(path: Path) -> tuple[int, str, int]:
    """Numbers have four digits or more: the longer is the larger."""
    number = path.name.partition(".")[0]
    return len(number), number, path.name.count(".")


def _claims(vault: Vault, start: int) -> Sequence[Claim]:
    """None where the journal cannot be read, which is told where it is planned."""
    try:
        return journal_claims(whole_lines(_bytes(vault.journal(start))))
    except (*_ABSENT, StorageError):
        return ()


def _names(vault: Vault) -> list[RecordingName]:
    try:
        return vault.names()
    except OSError as error:
        raise _refused("list", vault.recordings, error) from error


def _files(folder: Path, ending: str) -> list[Path]:
    try:
        return sorted(folder / name for name in os.listdir(folder) if name.endswith(ending))
    except _ABSENT:
        return []
    except OSError as error:
        raise _refused("list", folder, error) from error


def _size(path: Path) -> int:
    """Bytes of a plain file. Raises FileNotFoundError, and StorageError for everything else that is wrong."""
    try:
        found = path.lstat()
    except _ABSENT:
        raise
    except OSError as error:
        raise _refused("look at", path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise StorageError(f"{path} is not a plain file: it is not evidence; find out who put it there, and move it away")
    return found.st_size


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path)
    except _ABSENT:
        raise
    except OSError as error:
        raise _refused("read", path, error) from error


def _refused(doing: str, path: Path, error: OSError) -> StorageError:
    return StorageError(f"cannot {doing} {path}: {error.strerror or error}; check the card")
