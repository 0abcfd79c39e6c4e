"""Delivers one device, step by step, so that undocking may come between any two pieces and the next docking goes on.

Nothing is remembered between dockings: what the destination holds *is* the state. What is there with its length counts as
delivered, because custody reads every byte; only certificates of starts are compared, so that a device that was reset
cannot mix two lives under one serial. Nothing here writes to the device's evidence, and nothing is sealed again: ciphertext
goes as it lies.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from bwc_agent.errors import OffloadError, StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.plain import open_plain
from bwc_agent.offload.destination import PIECE, Destination, ObjectError
from bwc_agent.offload.parallel import Job, parallel
from bwc_agent.offload.plan import Item, Order, in_order, plan
from bwc_agent.offload.progress import Progress, Step, Tally

_FOLDERS: Final = ("journal", "recordings")
_TOLD: Final = 5
"""Complaints that are told in full; the rest are counted."""
PATIENCE: Final = 3
"""Objects in a row at which a destination fails before it counts as gone: one that fails at a single object must not hold up all others."""


def offload(
    vault: Vault,
    serial: str,
    destination: Destination,
    running: int | None,
    piece: int = PIECE,
    order: Order = "oldest",
    workers: int = 1,
) -> Job[Progress]:
    """Everything deliverable of the device `serial` is at the destination, whole, once the iterator is exhausted.

    Logs and certificates are all there before the first sealed file goes; `workers` objects go at once. Yields at the start,
    whenever the destination took some of what is read in pieces of at most `piece` bytes, and at each file's end. Stop iterating
    at any of them (undocking); a new call goes on.
    `running` is the first start whose recorder may still write, None if none does: see `plan`.

    Raises ConfigError (the serial), OffloadError (the destination failed at several objects in a row; what is being sent comes to its
    end first), and, after all others were delivered, OffloadError or ObjectError (some objects), or StorageError (the card does not
    give some files back).
    """
    unread = list[StorageError]()
    items = plan(vault, serial, running, unread.append)
    there = _there(items, check_serial(serial), destination)
    waiting = in_order([item for item in items if item.name not in there], order)
    wrong = [item for item in items if there.get(item.name, item.size) != item.size]
    tally, patience = Tally(waiting, wrong), _Patience()
    yield tally.progress
    for sealed in (False, True):
        jobs = (_deliver(item, destination, piece, patience) for item in waiting if item.sealed is sealed)
        with closing(parallel(jobs, workers)) as steps:
            for step in steps:
                tally.take(step)
                yield tally.progress
    _complain([*unread, *tally.failed], wrong)


def _there(items: list[Item], serial: str, destination: Destination) -> dict[str, int]:
    """Bytes of what the destination holds of the device. Raises OffloadError where it holds another life of it.

    Of the certificates the newest is read: each is issued by the one before, so what has this one has them all.
    """
    there = {name: size for folder in _FOLDERS for name, size in destination.sizes(f"{serial}/{folder}").items()}
    known = [item for item in items if item.certificate and item.name in there]
    for item in known:
        if there[item.name] != item.size or (item is known[-1] and destination.read(item.name, item.size) != _whole(item)):
            how = "as another start's certificate: another device has this serial, or this one was reset"
            raise OffloadError(_differs([item], how))
    return there


def _differs(items: list[Item], how: str) -> str:
    names = ", ".join(item.name for item in items[:_TOLD]) + (f" and {len(items) - _TOLD} more" if len(items) > _TOLD else "")
    return f"at the destination {how}: {names}; what is there is left as it is: find out why, then move it away"


def _complain(failed: Sequence[OffloadError | StorageError], wrong: list[Item]) -> None:
    """Raises one error for all that could not be delivered, if there is any."""
    if wrong:
        failed = [*failed, ObjectError(_differs(wrong, "with another length than on the device"))]
    if not failed:
        return
    more = f"; and {len(failed) - _TOLD} more like that" if len(failed) > _TOLD else ""
    kinds = {type(error) for error in failed}
    raise next(kind for kind in (OffloadError, StorageError, ObjectError) if kind in kinds)(
        "; ".join(map(str, failed[:_TOLD])) + more
    ) from failed[0]


class _Patience:
    """How often in a row a destination has failed. Workers share it: that one may count for another is well enough."""

    def __init__(self) -> None:
        self._failures = 0

    def ends(self) -> bool:
        """It failed once more, and that is enough."""
        self._failures += 1
        return self._failures >= PATIENCE

    def renewed(self) -> None:
        """It took an object."""
        self._failures = 0


def _deliver(item: Item, destination: Destination, piece: int, patience: _Patience) -> Job[Step]:
    """One object; what is wrong with it alone, or may be, is told as its last step."""
    try:
        for taken in _send(item, destination, piece):
            yield Step(item, taken)
    except (OffloadError, StorageError) as error:
        if not isinstance(error, ObjectError | StorageError) and patience.ends():
            raise
        yield Step(item, failed=error)
    else:
        patience.renewed()
        yield Step(item, whole=True)


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
