"""A signed lines file that grows on disk: the log of a recording, the journal of a start."""

from pathlib import Path

from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import Fields
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.files import Appender


class LinesFile:
    """Appends lines at once; makes them signed and durable on `sync`. The file must not exist yet."""

    def __init__(self, path: Path, kind: str, signer: Signer, at: int, fields: Fields) -> None:
        self._lines = SignedLines(kind, signer)
        self._file = Appender(path, shared=True)
        try:
            self.first = self._append(self._lines.first(at, **fields))
            """The first line's bytes."""
        except BaseException:
            self._file.close()
            raise

    def add(self, kind: str, at: int, /, **fields: Json) -> bytes:
        """Append a line and return its bytes, newline included."""
        return self._append(self._lines.add(kind, at, **fields))

    def sync(self) -> None:
        """Sign what is not yet signed, then make it durable."""
        if self._lines.unsigned:
            self._append(self._lines.sign())
            self._file.sync()

    def close(self) -> tuple[str, int]:
        """Sign, sync, close; returns SHA-256 (hex) and length of the whole file."""
        self.sync()
        self._file.close()
        return self._lines.digest(), self._lines.bytes

    def abandon(self) -> None:
        """Close the descriptor without a word, as a power cut would."""
        self._file.close()

    def _append(self, line: bytes) -> bytes:
        self._file.append(line)
        return line
