"""What the core asks of storage: one ordered list of plain requests, so that the core needs no file and no key.

The writer performs them in order; `Sync` is answered, once everything before it is durable, by the input `Synced`.
`size` is what a request weighs in the writer's queue.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bwc_agent.evidence.lines import Json
from bwc_agent.packets import CodecConfig, Packet

Fields = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class OpenRecording:
    """Begin recording number `recording` of this start; `fields` go into the log's first line."""

    at: int
    recording: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class OpenSegment:
    """Begin sealed file `number` (from 1): media time is `base` + tfdt, in ticks."""

    at: int
    number: int
    base: int
    configs: tuple[CodecConfig, ...]


@dataclass(frozen=True, slots=True)
class AddFragment:
    """Append these packets as one fragment."""

    packets: tuple[Packet, ...]

    @property
    def size(self) -> int:
        """Payload bytes."""
        return sum(len(p.data) for p in self.packets)


@dataclass(frozen=True, slots=True)
class EndWindow:
    """Bind what was added since the last window by a mark; `first` and `last` are the smallest and largest pts in it."""

    at: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class CloseSegment:
    """Finish the open sealed file."""

    at: int


@dataclass(frozen=True, slots=True)
class CloseRecording:
    """Write `stop`, sign, and let the journal take the log's digest."""

    at: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line for the open recording's log."""

    at: int
    kind: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A line for the start's journal."""

    at: int
    kind: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Note:
    """A line that nobody but the agency may read (position, names, free text): sealed beside the segment."""

    at: int
    kind: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Sync:
    """Make everything before durable and signed, then answer with `Synced(ticket)`."""

    ticket: int


Request = OpenRecording | OpenSegment | AddFragment | EndWindow | CloseSegment | CloseRecording | LogLine | JournalLine | Note | Sync


def weight(request: Request) -> int:
    """Bytes that `request` holds in the writer's queue."""
    return request.size if isinstance(request, AddFragment) else 0
