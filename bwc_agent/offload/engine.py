"""Delivers one device, step by step, so that undocking may come between any two pieces and the next docking goes on.

Nothing is remembered between dockings: what the destination holds *is* the state. What is there with its length counts as
delivered, because custody reads every byte; only certificates of starts are compared, so that a device that was reset
cannot mix two lives under one serial. Nothing here writes to the device's evidence.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bwc_agent.errors import OffloadError, StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.plain import open_plain
from bwc_agent.offload.destination import PIECE, Destination
from bwc_agent.offload.plan import Item, plan


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a docking has come: of `files` files, `bytes` bytes, to be delivered, how many are (`files_done`, `bytes_done`).

    `name` is the object being sent, `oldest` the oldest one not yet delivered whole, None once all is.
    """

    files: int
    bytes: int
    files_done: int = 0
    bytes_done: int = 0
    name: str | None = None
    oldest: str | None = None


def offload(vault: Vault, serial: str, destination: Destination, running: int | None, piece: int = PIECE) -> Iterator[Progress]:
    """Everything deliverable of the device `serial` is at the destination, whole, once the iterator is exhausted.

    Yields at the start, after each piece of at most `piece` bytes, and at each file's end. Stop iterating at any of them
    (undocking); a new call goes on. `running` is the start whose recorder may still write, None if none does: see `plan`.
    Raises OffloadError (the destination; where an object has another length than ours, after all others were delivered),
    StorageError (the card), ConfigError (the serial).
    """
    held = destination.sizes(check_serial(serial))
    there = [(item, _there(item, held.get(item.name), destination)) for item in plan(vault, serial, running)]
    waiting = [item for item, size in there if size is None]
    progress = Progress(len(waiting), sum(item.size for item in waiting), oldest=_oldest(waiting, 0))
    yield progress
    for index, item in enumerate(waiting):
        before = progress.bytes_done
        for taken in _send(item, destination, piece):
            progress = replace(progress, name=item.name, bytes_done=progress.bytes_done + taken)
            yield progress
        progress = replace(
            progress, name=item.name, files_done=index + 1, bytes_done=before + item.size, oldest=_oldest(waiting, index + 1)
        )
        yield progress
    if wrong := [item.name for item, size in there if size not in (None, item.size)]:
        raise _differs(", ".join(wrong), "with another length than on the device")


def _oldest(waiting: list[Item], index: int) -> str | None:
    return waiting[index].name if index < len(waiting) else None


def _there(item: Item, size: int | None, destination: Destination) -> int | None:
    """The length with which the object is there, None if it is not. Another life's certificate raises OffloadError."""
    if item.certificate and size is not None and (size != item.size or destination.read(item.name, size) != _whole(item)):
        raise _differs(item.name, "as another start's certificate: another device has this serial, or this one was reset")
    return size


def _differs(names: str, how: str) -> OffloadError:
    return OffloadError(f"at the destination {how}: {names}; what is there is left as it is: find out why, then move it away")


def _send(item: Item, destination: Destination, piece: int) -> Iterator[int]:
    try:
        descriptor = _open(item.path)
    except FileNotFoundError as error:
        if item.sealed:
            # Released by the custodian since the plan was made: the agency has it, by its own receipt.
            return
        raise StorageError(f"{item.path} went away while it was to be sent: nothing may remove it; check the card") from error
    with open(descriptor, "rb", buffering=0) as file:
        yield from destination.put(item.name, item.size, _pieces(file.fileno(), item, piece))


def _whole(item: Item) -> bytes:
    with open(_open(item.path), "rb", buffering=0) as file:
        return b"".join(_pieces(file.fileno(), item, PIECE))


def _open(path: Path) -> int:
    """A descriptor of the file, which is no link. Raises FileNotFoundError, else StorageError."""
    try:
        return open_plain(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(f"cannot open {path}: {error.strerror or error}; check the card") from error


def _pieces(descriptor: int, item: Item, piece: int) -> Iterator[bytes]:
    """As many bytes of an open file as the plan has for it."""
    left = item.size
    while left:
        try:
            data = os.read(descriptor, min(left, piece))
        except OSError as error:
            raise StorageError(f"cannot read {item.path}: {error.strerror or error}; check the card") from error
        if not data:
            raise StorageError(f"{item.path} became shorter while it was sent: nothing may shorten it; check the card")
        left -= len(data)
        yield data
