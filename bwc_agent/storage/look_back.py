"""What earlier starts left on the card, for the next journal to state: the latest journal, and every file that nobody closed.

It is made durable before it is read: a process that died leaves bytes with the kernel that a power cut would still take,
and what is stated must stay. Of a sealed file that its log says was finished only the length is compared: an hour's
recording would take minutes to read, and until a start has looked back it cannot record. What the card does not give
back is noted and passed over: a bad block under an old file is no reason not to record.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.fields import digest, integer, text
from bwc_agent.evidence.layout import RecordingName, Vault, start_of
from bwc_agent.evidence.lines import Json, sha256_hex, whole_lines
from bwc_agent.evidence.plain import digest_plain, read_plain
from bwc_agent.files import make_durable

Content = TypeVar("Content")
State = tuple[int, str]
"""Length and SHA-256 (hex) of a file."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a recording that nobody closed, as it lies on the card."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier starts left: the latest journal (start, bytes, SHA-256), the files that nobody closed, by path what cannot be read."""

    previous: tuple[int, int, str] | None
    found: tuple[Found, ...]
    unreadable: dict[str, str]


def _is_plain(path: Path) -> bool:
    """A file and no link: what somebody laid there must neither lead elsewhere nor stop a start."""
    return path.is_file() and not path.is_symlink()


def _starts_before(vault: Vault, start: int) -> list[int]:
    """Starts before `start` that left a journal, the latest first."""
    found = (start_of(path.stem) for path in vault.journals.glob("*.jsonl") if _is_plain(path))
    return sorted((before for before in found if before is not None and before < start), reverse=True)


def _signed_part(journal: bytes) -> list[dict[str, Json]]:
    """The lines up to the last signature, believed or not; a torn line says nothing."""
    lines = list(whole_lines(journal))
    return lines[: max((number for number, line in enumerate(lines, 1) if line.get("kind") == "sig"), default=0)]


class _Reader:
    """Reads what lies there once it is durable; what cannot be read is noted by its path and passed over."""

    def __init__(self, vault: Vault) -> None:
        self._root = vault.root
        self.unreadable: dict[str, str] = {}

    def read(self, path: Path, how: Callable[[Path], Content]) -> Content | None:
        try:
            make_durable(path)
            return how(path)
        except (OSError, StorageError) as error:
            self.unreadable[path.relative_to(self._root).as_posix()] = str(error)
            return None


def look_back(vault: Vault, start: int) -> Before:
    """What the starts before `start` left, made durable as it lies. Raises StorageError for the vault's own folders.

    Files are found back to the latest journal that holds a signature: what a cut left unsigned states nothing that counts.
    """
    reader, previous, since, closed = _Reader(vault), None, 0, set[str]()
    for folder in (vault.journals, vault.recordings):
        make_durable(folder)
    for earlier in _starts_before(vault, start):
        if (journal := reader.read(vault.journal(earlier), read_plain)) is None:
            continue
        previous = previous or (earlier, len(journal), sha256_hex(journal))
        if lines := _signed_part(journal):
            since, closed = earlier, {str(line.get("recording")) for line in lines if line.get("kind") == "closed"}
            break
    unclosed = [name for name in vault.names() if since <= name.start < start and str(name) not in closed]
    found = tuple(item for name in unclosed for item in _found(vault, name, reader))
    return Before(previous, found, reader.unreadable)


def _found(vault: Vault, name: RecordingName, reader: _Reader) -> Iterator[Found]:
    files = reader.read(vault.recording(name), _plain_files) or []
    log = next((path for path in files if path.name == "log.jsonl"), None)
    finished = _finished(reader.read(log, read_plain) or b"") if log is not None else {}
    for path in files:
        state = finished.get(path.name)
        if state is None or reader.read(path, _length) != state[0]:
            state = reader.read(path, digest_plain)
        if state is not None:
            yield Found(f"recordings/{name}/{path.name}", *state)


def _finished(log: bytes) -> dict[str, State]:
    """What the log says of the sealed files that it ended."""
    stated: dict[str, State] = {}
    for line in _signed_part(log):
        if line.get("kind") == "end":
            with suppress(IntegrityError):
                stated[text(line, "file")] = integer(line, "bytes"), digest(line, "sha256")
    return stated


def _length(path: Path) -> int:
    return path.stat(follow_symlinks=False).st_size


def _plain_files(folder: Path) -> list[Path]:
    # The recorder's own names are ASCII; another one was put there, and may be no text that a line could hold.
    return sorted(path for path in folder.iterdir() if path.name.isascii() and _is_plain(path))
