"""An offloader of arbitrary code at the inbox: everything that it can put there to lose, release or block something.

It is given what such a process has: the inbox, reading of the sealed evidence, and the agency's genuine receipts, which it
was trusted to carry. Each deed puts its things under names that `Post` has not, except where the name is the deed.
"""

import os
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from threading import Event, Thread
from typing import TypeAlias

from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.receipts import Receipt, read_receipt, receipt_file, write_receipt
from bwc_agent.evidence.signed import Signer
from bwc_agent.files import leftover
from tests.faults.store_judge import evidence
from tests.offload.shift import UTC, Shift, desk

MANY = 5000
HUGE = 5 << 30


@dataclass(frozen=True)
class Post:
    """The device, the agency's genuine receipts by name, and where messages are put: the device's inbox, or what becomes a mailbox."""

    shift: Shift
    genuine: Mapping[str, bytes]
    inbox: Path

    def put(self, data: bytes, name: str | None = None) -> None:
        """A message with this content, named by its digest if no other name is given."""
        (self.inbox / (name or receipt_file(data))).write_bytes(data)

    def receipts(self, signer: Signer, serial: str | None = None) -> Iterator[bytes]:
        """A receipt for each sealed file as it lies on the card, by whoever signs."""
        for path, data in evidence(self.shift).items():
            name = RecordingName.parse(Path(path).parent.name)
            if path.endswith(".tink") and name is not None:
                state = (len(data), sha256(data).hexdigest())
                yield write_receipt(Receipt(serial or self.shift.serial, name, Path(path).name, *state, True, UTC, "evidence"), signer)


Deed: TypeAlias = Callable[[Post], None]


def foreign_key(post: Post) -> None:
    """Receipts that are right in every word, by a key that this agency never certified."""
    for data in post.receipts(desk("another authority").receipts):
        post.put(data)


def another_device(post: Post) -> None:
    """The agency's own receipts for these very bytes, given to another device."""
    for data in post.receipts(post.shift.desk.receipts, "ANOTHER-1"):
        post.put(data)


def another_life(post: Post) -> None:
    """The agency's own receipts for this serial and these names, and for what stood there before the device was reset."""
    for data in list(post.genuine.values()):
        receipt = read_receipt(data, post.shift.desk.receipts.certificate)
        post.put(write_receipt(replace(receipt, sha256=sha256(b"before").hexdigest()), post.shift.desk.receipts))


def not_opened(post: Post) -> None:
    """The agency's own word that it cannot open what it got."""
    for data in list(post.genuine.values()):
        receipt = read_receipt(data, post.shift.desk.receipts.certificate)
        post.put(write_receipt(replace(receipt, opened=False), post.shift.desk.receipts))


def changed(post: Post) -> None:
    """Genuine receipts with a byte changed, cut off, behind each other, or with something behind them."""
    for data in post.genuine.values():
        for other in (data.replace(b'"bytes":', b'"bytes":1', 1), data[:-1], data[: len(data) // 2], data + data, data + b"{}\n", b""):
            post.put(other)


def not_there(post: Post) -> None:
    """The agency's own receipts for recordings and files that this device has not, or not yet."""
    for name, file in ((RecordingName(9, 1), "0001.tink"), (RecordingName(0, 1), "0009.tink"), (RecordingName(0, 2), "0002.notes.tink")):
        post.put(
            write_receipt(
                Receipt(post.shift.serial, name, file, 1, sha256(b"x").hexdigest(), True, UTC, "evidence"), post.shift.desk.receipts
            )
        )


def garbage(post: Post) -> None:
    """What is no receipt at all, under the name that its own digest gives it."""
    for data in (b"", b"\n", b"{}\n", b"[" * 60_000, b"\xff" * 1000, b'{"kind":"receipt"}\n', bytes(64 << 10)):
        post.put(data)


def renamed(post: Post) -> None:
    """Genuine receipts under names that are not theirs."""
    for number, data in enumerate(post.genuine.values()):
        post.put(data, f"{number:064x}.jsonl")
        post.put(data, f"receipt {number}")


def links(post: Post) -> None:
    """Links to genuine receipts, to evidence, to a file without end, to nothing, to the folder itself."""
    outside = post.shift.vault.root.parent / "outside"
    outside.mkdir(exist_ok=True)
    for name, data in post.genuine.items():
        (outside / name).write_bytes(data)
        (post.inbox / name).symlink_to(outside / name)
        os.link(outside / name, post.inbox / f"{sha256(data + b'linked').hexdigest()}.jsonl")
    targets = [str(post.shift.vault.root / path) for path in evidence(post.shift)]
    for number, target in enumerate([*targets, "/dev/zero", "nowhere", "."]):
        (post.inbox / f"{number:064x}.jsonl").symlink_to(target)


def no_files(post: Post) -> None:
    """A pipe, a socket, a folder, and where the kernel lets it a device, all named like messages."""
    names = [post.inbox / f"{number:064x}.jsonl" for number in range(4)]
    os.mkfifo(names[0])
    with socket.socket(socket.AF_UNIX) as made, _within(post.inbox):
        made.bind(names[1].name)
    names[2].mkdir()
    with suppress(PermissionError):
        os.mknod(names[3], stat.S_IFCHR | 0o666, os.makedev(1, 5))


def sparse(post: Post) -> None:
    """Five gigabytes that take no room."""
    for name in ("a" * 64 + ".jsonl", "b" * 64):
        with open(post.inbox / name, "wb") as file:
            file.truncate(HUGE)


def odd_names(post: Post) -> None:
    """Names that are no text, hold a line's end, are as long as can be, or are a leftover's of a genuine message."""
    data = next(iter(post.genuine.values()))
    for odd in (b"\xff\xfe", b"a\nb", b'","kind":"released', b"x" * 255, b"-rf", b" "):
        (post.inbox / os.fsdecode(odd)).write_bytes(data)
    for name in post.genuine:
        leftover(post.inbox / name).write_bytes(b"half")


def many(post: Post) -> None:
    """More messages than a device ever gets."""
    for number in range(MANY):
        post.put(b"", f"{number:064x}.jsonl")


DEEDS: Mapping[str, Deed] = {
    "receipts by a foreign key": foreign_key,
    "receipts of another device": another_device,
    "receipts of a life before": another_life,
    "receipts for what does not open": not_opened,
    "receipts changed, cut, doubled": changed,
    "receipts for what is not there": not_there,
    "garbage": garbage,
    "receipts renamed": renamed,
    "links instead of messages": links,
    "pipes, sockets, folders, devices": no_files,
    "sparse files of 5 GB": sparse,
    "names of any bytes": odd_names,
    f"{MANY} messages": many,
}


@contextmanager
def swapping(post: Post) -> Iterator[None]:
    """Meanwhile each genuine message is now itself, now a forgery under its name, now a link, as fast as a thread can."""
    over, forged = Event(), list(post.receipts(desk("another authority").receipts))

    def swap() -> None:
        for turn in cycle(range(3)):
            if over.is_set():
                return
            for (name, data), other in zip(post.genuine.items(), forged, strict=False):
                temporary = post.inbox / ".swapped"
                temporary.unlink(missing_ok=True)
                if turn == 2:
                    temporary.symlink_to("/dev/zero")
                else:
                    temporary.write_bytes((data, other)[turn])
                temporary.replace(post.inbox / name)

    thread = Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _within(folder: Path) -> Iterator[None]:
    """A socket's path may have 108 bytes only."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
