"""What the agency left for a device at its destination, brought into the device's inbox: the only way back.

Receipts, bundles, assignments, revocations: the offloader judges nothing that it carries; the custodian, which has no network,
does. Here only form is asked: a plain object of at most 64 KiB, named by the SHA-256 of its content, so that half a message is
not carried. A store that is an enemy's can leave out messages, and it can fill the inbox with rubbish; it can neither hang the
device nor fill its card, because each look takes so many messages and the inbox holds so many bytes. Nor can rubbish keep out
the agency's word: where the inbox is full, what has waited there since an earlier look makes room, and comes again later.
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
"""Bytes that what waits in the inbox may take up: some four thousand receipts."""
_PAGE: Final = 4096
"""A file takes up so many bytes at least, and a multiple of them."""
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


def bring_mail(vault: Vault, serial: str, destination: Destination, passed: Collection[str] = (), before: Collection[str] = ()) -> Mail:
    """The messages in the device's mailbox are in the vault's inbox, durably, or were filed from there before.

    Messages stay in the mailbox; twice is once. Names in `passed` were refused before and are not read again; those in `before`
    were brought before, the oldest first, and come after the others. Raises OffloadError if the destination fails, StorageError
    from the card, ConfigError for the serial.
    """
    inbox, folder = vault.inbox, f"{check_serial(serial)}/{MAILBOX}"
    waiting, taken = _tidied(inbox)
    room = INBOX_BYTES - taken
    known = {*(path.name for path in waiting), *_filed(vault), *passed}
    turn = {name: number for number, name in enumerate(before)}
    new = sorted((name for name in destination.names(folder) if name not in known), key=lambda name: turn.get(name, -1))
    brought: list[str] = []
    refused: list[tuple[str, str]] = []
    full = False
    for name in new[:MOST]:
        try:
            data = _message(destination, folder, name)
        except ObjectError as error:
            refused.append((name, str(error)))
            continue
        room -= -(-len(data) // _PAGE) * _PAGE
        if full := room < 0 or not _kept(inbox / name, data):
            break
        brought.append(name)
    if full:
        _make_room(waiting)
    return Mail(tuple(brought), tuple(refused), len(new) - len(brought) - len(refused), full)


def _tidied(inbox: Path) -> tuple[list[Path], int]:
    """What waits in the inbox, and the bytes that it takes up.

    What a cut left is removed: a second name of a message, which the custodian would refuse, too.
    """
    waiting, total = list[Path](), 0
    for path in _listed(inbox):
        if is_leftover(path):
            unlink(path)
            continue
        with suppress(FileNotFoundError):  # the custodian has just taken it
            # What it takes up, not what it says of itself: a file of holes takes no room from the mail.
            total += path.lstat().st_blocks * 512
            waiting.append(path)
    return waiting, total


def _make_room(waiting: list[Path]) -> None:
    """What waited before this look has been seen by the custodian, or will come again: others get their turn at the next look."""
    for path in waiting:
        with suppress(StorageError):  # the custodian has just taken it, or it is no file
            unlink(path)


def _filed(vault: Vault) -> Iterator[str]:
    """Names of messages that the custodian has filed: receipts beside the logs, revocations in `trust`."""
    for path in (vault.trust / FOLDER, *vault.recordings.glob("*/receipts")):
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
