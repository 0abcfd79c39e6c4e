"""`released.jsonl`: what the custodian gave up, for whoever asks the device itself.

The lines are unsigned, because the custodian holds no key; each names the receipt, which is signed, stays, and is the proof. A reader
must pass over a torn line, the last or one in between: what it was to state is stated again behind it.
"""

from pathlib import Path

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.lines import Json, decode, encode
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.receipts import Receipt
from bwc_agent.files import Appender


class Released:
    """The file `path`, one line for each released file; it need not be there yet, and is read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stated: set[tuple[str, str]] | None = None

    def state(self, receipt: Receipt, name: str) -> None:
        """The file that `receipt` (the receipt file `name`) is for stands in the list, durably, once. Raises StorageError."""
        stated, torn = self._read() if self._stated is None else (self._stated, b"")
        released = (str(receipt.recording), receipt.file)
        if released not in stated:
            # After a failure nobody knows how much of the line the card has: the next call reads again.
            self._stated = None
            with Appender(self._path, new=not self._path.exists(), shared=True) as file:
                file.append(torn + _line(receipt, name))
                file.sync()
        stated.add(released)
        self._stated = stated

    def _read(self) -> tuple[set[tuple[str, str]], bytes]:
        """What is stated already, and what must precede the next line so that it does not become a torn one's end."""
        try:
            data = read_plain(self._path)
        except FileNotFoundError:
            return set(), b""
        except OSError as error:
            raise StorageError(f"cannot read {self._path}: {error.strerror or error}; check the card") from error
        stated = {(str(line.get("recording")), str(line.get("file"))) for line in _whole_lines(data)}
        return stated, b"" if not data or data.endswith(b"\n") else b"\n"


def _line(receipt: Receipt, name: str) -> bytes:
    return encode(
        {
            "bytes": receipt.bytes,
            "file": receipt.file,
            "kind": "released",
            "receipt": name,
            "recording": str(receipt.recording),
            "sha256": receipt.sha256,
        }
    )


def _whole_lines(data: bytes) -> list[dict[str, Json]]:
    found = []
    for line in data.split(b"\n"):
        try:
            found.append(decode(line + b"\n"))
        except IntegrityError:
            # Empty, or torn by a cut: it states nothing, and what it was to state is stated again.
            continue
    return found
