"""A disk that loses power: what system calls were made, and which states of the card they allow when the power goes.

The rules are those that POSIX gives and ext4 in its default mode (`data=ordered`) keeps:

- What an fsync or fdatasync of a file returned for is there. What was written behind it may be there whole, up to any
  byte, or not at all; where the new length got there before the bytes, zeros stand for them. Behind such a tear comes
  nothing or zeros, never bytes that were written later: ordered mode writes data before the length that covers it.
- A name that was made, linked, renamed or removed since its folder was synced may be so or still as before, each name
  for itself and each folder for itself; the changes of one name happen in their order, a rename happens whole.
- A durable file without a durable name is lost: syncing the file does not promise its name.

Assumed: the card keeps what it acknowledged. A card that lies about that has no rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

FOLDER: Final = -1
"""Stands for a folder where a name leads to no file."""


@dataclass(frozen=True, slots=True)
class Change:
    """Names in `folder`, each with the file (or FOLDER) that it now leads to, None if it is gone. Happens whole or not at all."""

    folder: Path
    names: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes appended to a file."""

    file: int
    data: bytes


@dataclass(frozen=True, slots=True)
class SyncFile:
    """All bytes of a file so far are durable."""

    file: int


@dataclass(frozen=True, slots=True)
class SyncFolder:
    """All names in a folder are durable as they are."""

    folder: Path


Operation = Change | Write | SyncFile | SyncFolder


class Fate(Protocol):
    """Decides what of the unsynced reached the card."""

    def changes(self, unsynced: Sequence[Change]) -> Sequence[Change]:
        """Those that happened, in their order; if one is left out, so is every later one of the same name."""
        ...

    def tail(self, durable: int, unsynced: bytes) -> bytes:
        """What stands behind the `durable` bytes of a file to which `unsynced` had been appended."""
        ...


@dataclass(slots=True)
class _File:
    data: bytearray = field(default_factory=bytearray)
    durable: int = 0


@dataclass(slots=True)
class _Folder:
    durable: dict[str, int] = field(default_factory=dict)
    unsynced: list[Change] = field(default_factory=list)


class Disk:
    """The kernel's view of one tree after the operations so far; `states` of the card follow from it."""

    def __init__(self, root: Path) -> None:
        """The tree below `root` as it lies there now, all of it durable."""
        self.root = root
        self.files: dict[int, _File] = {}
        self._folders: dict[Path, _Folder] = {}
        numbers: dict[int, int] = {}
        for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
            names = self._folders.setdefault(folder, _Folder()).durable
            for path in folder.iterdir():
                names[path.name] = FOLDER if path.is_dir() else self._load(path, numbers)

    def _load(self, path: Path, numbers: dict[int, int]) -> int:
        """Two names of one file stay names of one file."""
        inode = path.stat().st_ino
        if inode not in numbers:
            data = path.read_bytes()
            numbers[inode] = self.new_file()
            self.files[numbers[inode]] = _File(bytearray(data), len(data))
        return numbers[inode]

    def new_file(self) -> int:
        """The number of a new, empty file that has no name yet."""
        self.files[len(self.files)] = _File()
        return len(self.files) - 1

    def find(self, path: Path) -> int | None:
        """What `path` leads to in the kernel's view."""
        folder = self._folders.get(path.parent)
        return None if folder is None else _names(folder.durable, folder.unsynced).get(path.name)

    def apply(self, operation: Operation) -> None:
        """One more operation came."""
        match operation:
            case Change():
                self._change(operation)
            case Write():
                self.files.setdefault(operation.file, _File()).data += operation.data
            case SyncFile():
                file = self.files.setdefault(operation.file, _File())
                file.durable = len(file.data)
            case SyncFolder():
                folder = self._folders[operation.folder]
                folder.durable, folder.unsynced = _names(folder.durable, folder.unsynced), []

    def _change(self, change: Change) -> None:
        self._folders[change.folder].unsynced.append(change)
        for name, file in change.names.items():
            if file == FOLDER:
                self._folders[change.folder / name] = _Folder()
            elif file is not None:
                self.files.setdefault(file, _File())

    def materialise(self, fate: Fate, target: Path) -> None:
        """The card as `fate` has it, in the new folder `target`: files that have two names there are linked."""
        self._lay(self.root, fate, target, {})

    def _lay(self, folder: Path, fate: Fate, target: Path, laid: dict[int, Path]) -> None:
        target.mkdir()
        held = self._folders[folder]
        for name, number in _names(held.durable, fate.changes(held.unsynced)).items():
            if number == FOLDER:
                self._lay(folder / name, fate, target / name, laid)
            elif number in laid:
                (target / name).hardlink_to(laid[number])
            else:
                file, laid[number] = self.files[number], target / name
                durable, unsynced = file.data[: file.durable], bytes(file.data[file.durable :])
                laid[number].write_bytes(durable + (fate.tail(file.durable, unsynced) if unsynced else b""))


def _names(before: Mapping[str, int], changes: Sequence[Change]) -> dict[str, int]:
    names: dict[str, int | None] = dict(before)
    for change in changes:
        names.update(change.names)
    return {name: file for name, file in names.items() if file is not None}
