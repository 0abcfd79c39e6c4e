"""What the agency left for a device at its destination, brought into the device's inbox: the only way back.

Receipts, bundles, assignments, revocations: the offloader judges nothing that it carries; the custodian, which has no network,
does. Here only form is asked: a plain object of at most 64 KiB, named by the SHA-256 of its content, so that half a message is
not carried. A store that is an enemy's can leave out messages, and it can fill the inbox with rubbish; it can neither hang the
device nor fill its card, because each look takes so many messages and the inbox holds so many bytes.
"""

import errno
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import MAILBOX, Vault
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.receipts import MAX_RECEIPT, is_receipt_file, receipt_file
from bwc_agent.evidence.revocations import FOLDER
from bwc_agent.files import is_leftover, make_directory, unlink, write_new
from bwc_agent.offload.destination import Destination, ObjectError

MOST: Final = 200
"""New messages that one look takes; the rest wait for the next, which comes at once: in between the dock is looked at, too."""
INBOX_BYTES: Final = 16 << 20
"""Bytes that may wait in the inbox: some twenty thousand receipts."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Mail:
    """Names newly `brought` into the inbox, and what was `refused`: name and why. `left` more were not looked at this time.

    `full`: the inbox takes no more until the custodian has worked, which is no error.
    """

    brought: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    left: int = 0
    full: bool = False


def bring_mail(vault: Vault, serial: str, destination: Destination, inbox: Path | None = None, passed: Collection[str] = ()) -> Mail:
    """The messages in the device's mailbox are in `inbox` (the vault's own if None), durably, or were filed from there before.

    Messages stay in the mailbox; twice is once. Names in `passed` were refused before and are not read again. Raises OffloadError
    if the destination fails, StorageError from the card, ConfigError for the serial.
    """
    inbox, folder = inbox or vault.inbox, f"{check_serial(serial)}/{MAILBOX}"
    room = INBOX_BYTES - _tidied(inbox)
    known = {*_filed(vault, inbox), *passed}
    new = [name for name in destination.names(folder) if name not in known]
    brought: list[str] = []
    refused: list[tuple[str, str]] = []
    full = False
    for name in new[:MOST]:
        try:
            data = _message(destination, folder, name)
        except ObjectError as error:
            refused.append((name, str(error)))
            continue
        if full := len(data) > room or not _kept(inbox / name, data):
            break
        room -= len(data)
        brought.append(name)
    return Mail(tuple(brought), tuple(refused), len(new) - len(brought) - len(refused), full)


def make_room(inbox: Path) -> set[str]:
    """Names of what waited in the inbox and is now gone from it. It stays in the mailbox. Raises StorageError."""
    gone = set[str]()
    for path in _listed(inbox):
        with suppress(StorageError):  # a folder, or what the custodian has just taken
            unlink(path)
            gone.add(path.name)
    return gone


def _tidied(inbox: Path) -> int:
    """Bytes that wait in the inbox. What a cut left is removed: a second name of a message, which the custodian would refuse, too."""
    total = 0
    for path in _listed(inbox):
        if is_leftover(path):
            unlink(path)
            continue
        with suppress(FileNotFoundError):  # the custodian has just taken it
            total += path.lstat().st_size
    return total


def _filed(vault: Vault, inbox: Path) -> Iterator[str]:
    """Names of messages that wait, or that the custodian has filed: receipts beside the logs, revocations in `trust`."""
    for path in (inbox, vault.trust / FOLDER, *vault.recordings.glob("*/receipts")):
        yield from (each.name for each in _listed(path))


def _listed(folder: Path) -> list[Path]:
    """What is in a folder; nothing where it is not there, or is not for this user to see."""
    try:
        return [folder / name for name in sorted(os.listdir(folder))]
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    except OSError as error:
        raise StorageError(f"cannot list {folder}: {error.strerror or error}; check the card") from error


def _message(destination: Destination, folder: str, name: str) -> bytes:
    if not is_receipt_file(name):
        raise ObjectError("its name is not a SHA-256 and .jsonl: it is no message; move it away")
    data = destination.read(f"{folder}/{name}", MAX_RECEIPT)
    if receipt_file(data) != name:
        raise ObjectError("its content does not have the SHA-256 that it is named by: copy it there again")
    return data


def _kept(path: Path, data: bytes) -> bool:
    """False where the inbox is full."""
    if not path.parent.is_dir():
        make_directory(path.parent)
    try:
        write_new(path, data, shared=True)
    except StorageError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _FULL:
            return False
        raise
    return True
