"""What recorder and offloader tell each other: one small file each, in a folder that the machine's restart empties.

    RUN/recorder/told.json   by the recorder alone: is the camera idle in the dock, which start runs
    RUN/offload/told.json    by the offloader alone: how far it has come, and what is in its way

Neither believes the other further than this. What stands here is shown and journalled; it never stops a recording, never
releases anything, and a file that is damaged, huge or no file at all is as if it were not there.
"""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final, TypeVar

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.lines import decode, encode
from bwc_agent.evidence.plain import open_plain
from bwc_agent.files import make_directory, replace

LONGEST: Final = 4096
"""Bytes of the longest file that is looked at."""
_NAME: Final = "told.json"


@dataclass(frozen=True, slots=True)
class RecorderTold:
    """`idle`: docked, nothing in hand, nothing owed: what is on the card may be delivered. `state` is the controller's word."""

    start: int
    state: str
    idle: bool


@dataclass(frozen=True, slots=True)
class OffloadTold:
    """`running` while something is being delivered. Counts are of this docking; `failing` says in words what is in the way.

    `oldest` is the object that waits longest, empty once all is there. `at` is microseconds since 1970, by the system's clock.
    `age` in seconds: since the oldest second that is not at the destination was captured, as the clocks claimed it; 0 where none waits
    or nobody knows.
    """

    running: bool
    files: int
    files_done: int
    bytes: int
    bytes_done: int
    oldest: str
    failing: str
    at: int
    age: int = 0


Told = TypeVar("Told", RecorderTold, OffloadTold)
_FOLDER: Final = {RecorderTold: "recorder", OffloadTold: "offload"}


def tell(run: Path, told: RecorderTold | OffloadTold) -> None:
    """`told` stands in the folder `run`, instead of what stood there. Raises StorageError."""
    folder = run / _FOLDER[type(told)]
    for each in (run, folder):
        if not each.is_dir():
            make_directory(each)
    replace(folder / _NAME, encode(asdict(told)))


def hear(run: Path, kind: type[Told]) -> Told | None:
    """What the other process last said, or None where it said nothing that can be read."""
    try:
        with open(open_plain(run / _FOLDER[kind] / _NAME), "rb") as file:
            found = decode(file.read(LONGEST))
        if {name: type(value) for name, value in found.items()} != {each.name: each.type for each in fields(kind)}:
            return None
        return kind(**found)  # type: ignore[arg-type]
    except (OSError, IntegrityError):
        return None
