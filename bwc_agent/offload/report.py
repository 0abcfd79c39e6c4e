"""What the offloader says of a docking, left at the destination: SERIAL/reports/START-NNNN.json, put last, never replaced.

It is signed by nobody and says so: the offloader has no key for evidence. It proves nothing; it tells the agency what is left on
the camera, and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bwc_agent.evidence.layout import REPORTS
from bwc_agent.evidence.lines import Json, encode, writable
from bwc_agent.offload.destination import Destination
from bwc_agent.offload.mailbox import Mail
from bwc_agent.offload.oldest import age
from bwc_agent.offload.progress import Progress

KIND: Final = "offload report"
UNSIGNED: Final = "signed by nobody: what the offloader says of itself; it proves nothing"
_MOST: Final = 50
"""Names and errors that are told; the counts beside them are whole."""
_LONG: Final = 500
"""Characters of each."""


@dataclass(slots=True)
class Account:
    """What was done since the last report that arrived."""

    files: int = 0
    bytes: int = 0
    recordings: set[str] = field(default_factory=set)
    brought: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    errors: dict[str, None] = field(default_factory=dict)

    def delivered(self, name: str) -> None:
        """One object more, `SERIAL/recordings/NAME/...` or of a journal; its bytes are counted beside."""
        self.files += 1
        match name.split("/"):
            case [_, "recordings", recording, _]:
                self.recordings.add(recording)

    def carried(self, mail: Mail) -> None:
        """One look into the mailbox more."""
        self.brought += len(mail.brought)
        if len(self.refused) < _MOST:  # no more is told, and a store may refuse for days
            self.refused |= dict(mail.refused)


def put_report(destination: Destination, serial: str, start: int, fields: dict[str, Json]) -> str:
    """`fields` stand under the next free number of `start`; returns the name. Raises OffloadError, ConfigError."""
    folder = f"{serial}/{REPORTS}"
    name = f"{folder}/{start:06d}-{_next(start, destination.names(folder)):04d}.json"
    data = encode(fields)
    for _ in destination.put(name, len(data), [data]):
        pass
    return name


def report(device: str, start: int, done: Account, progress: Progress, at: int, software: str) -> dict[str, Json]:
    """The fields; `at` is the device's clock, microseconds since 1970, a claim."""
    left: Json = {"bytes": progress.bytes - progress.bytes_whole, "files": progress.files - progress.files_done}
    waits: Json = None if progress.oldest is None else shortened(progress.oldest)
    return {
        "at": at,
        "delivered": {"bytes": done.bytes, "files": done.files, "recordings": _texts(sorted(done.recordings))},
        "device": device,
        "errors": _texts(done.errors),
        "kind": KIND,
        "left": left,
        "mail": {"brought": done.brought, "refused": _texts(f"{name}: {why}" for name, why in done.refused.items())},
        "oldest": {"name": waits, "seconds": None if progress.since is None else age(progress.since, at)},
        "signed": UNSIGNED,
        "software": {"name": "bwc-agent", "version": software},
        "start": start,
    }


def _next(start: int, names: Iterable[str]) -> int:
    """One above the highest number that a report of this start has."""
    begin, end = f"{start:06d}-", ".json"
    numbers = [name[len(begin) : -len(end)] for name in names if name.startswith(begin) and name.endswith(end)]
    return max((int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 10), default=0) + 1


def _texts(found: Iterable[str]) -> list[Json]:
    return [shortened(each) for _, each in zip(range(_MOST), found, strict=False)]


def shortened(found: str) -> str:
    """The first `_LONG` characters, as a line can hold them."""
    return writable(found[:_LONG])
