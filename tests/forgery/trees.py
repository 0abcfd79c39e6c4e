"""A folder as a value: what an alteration makes of it is another value, and only what differs is laid on the disk."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link in the place of a file; `to` is absolute, or seen from the folder that it lies in."""

    to: str


@dataclass(frozen=True, slots=True)
class Pipe:
    """A named pipe that nobody writes to: whoever opens it for reading waits for ever."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An empty folder."""


Entry = bytes | Link | Pipe | Folder
Tree = Mapping[str, Entry]
"""Everything below a folder by its relative name; folders only where they are empty."""


def taken(root: Path) -> dict[str, Entry]:
    """The folder `root` as it lies there."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def data(tree: Tree, name: str) -> bytes:
    """The bytes of a plain file."""
    entry = tree[name]
    assert isinstance(entry, bytes), name
    return entry


def without(tree: Tree, *prefixes: str) -> dict[str, Entry]:
    """`tree` without the files and folders of these names."""
    return {name: entry for name, entry in tree.items() if not any(name == p or name.startswith(f"{p}/") for p in prefixes)}


def below(tree: Tree, folder: str) -> dict[str, Entry]:
    """What lies in `folder`, by its name from there on."""
    return {name.removeprefix(f"{folder}/"): entry for name, entry in tree.items() if name.startswith(f"{folder}/")}


def placed(tree: Tree, folder: str, content: Tree) -> dict[str, Entry]:
    """`tree` with `content`, and nothing else, in `folder`."""
    return {**without(tree, folder), **{f"{folder}/{name}": entry for name, entry in content.items()}}


class Ground:
    """The honest tree on the disk, in `root`; altered ones are laid over it and taken up again."""

    def __init__(self, root: Path, honest: Tree) -> None:
        self.root = root
        self._honest = honest
        for name, entry in honest.items():
            _put(root / name, entry)

    @contextmanager
    def laid(self, tree: Tree) -> Iterator[Path]:
        """Inside, `tree` lies in `root`."""
        gone = [name for name in self._honest if name not in tree]
        new = {name: entry for name, entry in tree.items() if self._honest.get(name) != entry}
        for name in (*gone, *new):
            _clear(self.root, name)
        try:
            for name, entry in new.items():
                _put(self.root / name, entry)
            yield self.root
        finally:
            for name in new:
                _clear(self.root, name)
            for name in {*gone, *(name for name in new if name in self._honest)}:
                _put(self.root / name, self._honest[name])


def _put(path: Path, entry: Entry) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match entry:
        case bytes():
            path.write_bytes(entry)
        case Link():
            path.symlink_to(entry.to)
        case Pipe():
            os.mkfifo(path)
        case Folder():
            path.mkdir()


def _clear(root: Path, name: str) -> None:
    """Nothing stands at `name`, and no folder that is empty without it."""
    path = root / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == root or not parent.is_dir() or any(parent.iterdir()):
            return
        parent.rmdir()
