"""Small objects of a store, kept in a folder between runs: each version is fetched once, since no version ever changes.

    CACHE/6f/6f0c….a1b2…   a version, named by the digests of its store, name and id, and of what the store said of its content

Nothing here is believed: what is read from it goes through the same signatures as what was just fetched. It may be
removed at any time, and several custodies may share it.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bwc_agent.agency.store import Version
from bwc_agent.errors import StorageError
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_log import Refused
from bwc_agent.files import DIRECTORY_MODE


@dataclass(frozen=True, slots=True)
class Kept:
    """A version whose bytes are in the file `path`."""

    version: Version
    path: Path


@dataclass(frozen=True, slots=True)
class Cache:
    """The folder `root`, which is there; `of` tells one store from another, since a copy of a bucket has the same names and ids."""

    root: Path
    of: str = ""

    def get(self, version: Version, fetch: Callable[[Version], Iterable[bytes]]) -> Kept:
        """The version, fetched if it is not here. Raises Refused where the store now gives a version that was kept another content."""
        path = self._path(version)
        folder = path.parent
        try:
            folder.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
            if any(other != path for other in folder.glob(f"{path.stem}.*")):
                raise Refused(State.ALTERED, "the store shows another content under a version that it keeps: it was replaced", str(version))
            # A power cut leaves a file of another length behind; it is fetched again.
            if not path.exists() or path.stat().st_size != version.size:
                _fill(path, fetch(version))
        except OSError as error:
            raise StorageError(f"cannot keep {version} in {folder}: {error.strerror or error}; check --cache, or make room") from error
        return Kept(version, path)

    def forget(self, version: Version) -> None:
        """It is fetched anew the next time: a store that lied once is not held to it."""
        self._path(version).unlink(missing_ok=True)

    def _path(self, version: Version) -> Path:
        who, what = _digest(self.of, version.name, version.id or version.tag), _digest(version.tag, str(version.size))[:16]
        return self.root / who[:2] / f"{who}.{what}"


def _fill(path: Path, pieces: Iterable[bytes]) -> None:
    descriptor, name = tempfile.mkstemp(prefix="new.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()
