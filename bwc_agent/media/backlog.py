"""How far storage is behind, in bytes, and what to give up when it is hopelessly behind.

The bound belongs to the core, because the core decides: it knows what it asked for and what `Synced` has answered.
Past the bound whole fragments are given up, and those with pictures until one begins with an IDR again, so that what is
stored decodes; sound alone is kept as soon as there is room.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import AddFragment, CloseRecording, EndWindow, LogLine, OpenRecording, Request, Sync, weight
from bwc_agent.packets import Track


@dataclass(frozen=True, slots=True)
class Kept:
    """Of this recording (its number) storage was asked to keep everything up to this capture time, None if nothing yet; `closed`: all."""

    recording: int
    newest: int | None
    closed: bool = False

    def all_of(self, recording: int) -> bool:
        """Nothing is missing of the recording of that number."""
        return self.recording > recording or (self.recording == recording and self.closed)


class Backlog:
    """Admits requests while at most `limit` bytes are unanswered; what it gives up is stated as `drop` lines."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._unanswered: OrderedDict[int, tuple[int, Kept | None]] = OrderedDict()
        self._ticket = 0
        self._current = 0
        self._waiting = 0
        self._dropping = False
        self._broken = False
        self._in_window = False
        self._newest: Kept | None = None
        self.kept: Kept | None = None
        """What storage has acknowledged of the recording that it was asked for last."""

    @property
    def bytes(self) -> int:
        """Bytes asked for and not yet known to be durable."""
        return self._waiting

    @property
    def settled(self) -> bool:
        """Storage has answered everything it was asked."""
        return not self._unanswered

    @property
    def slow(self) -> bool:
        """Storage is so far behind that the officer should know: a quarter of the queue is owed, or footage is given up."""
        return self._dropping or self._waiting > self.limit // 4

    def admit(self, requests: Iterable[Request], counted: bool = True) -> list[Request]:
        """What of `requests` goes to the writer, in order; all of it where it is not `counted`, for the ring holds the packets anyhow."""
        out: list[Request] = []
        for request in requests:
            if isinstance(request, OpenRecording):
                self._newest = Kept(request.recording, None)
            if isinstance(request, CloseRecording) and self._newest is not None:
                self._newest = replace(self._newest, closed=True)
            if isinstance(request, AddFragment):
                out += self._fragment(request) if counted else [self._taken(request, 0)]
            elif not isinstance(request, EndWindow) or self._in_window:
                self._in_window = self._in_window and not isinstance(request, EndWindow)
                out.append(request)
        return out

    def _fragment(self, fragment: AddFragment) -> list[Request]:
        video = [p for p in fragment.packets if p.track is Track.VIDEO]
        fits = self._waiting + fragment.size <= self.limit
        if fits and video and video[0].keyframe:
            self._broken = False
        self._dropping = not fits or (self._broken and bool(video))
        if self._dropping:
            self._broken = True
            return [self._drop_line(fragment)]
        return [self._taken(fragment, weight(fragment))]

    def _taken(self, fragment: AddFragment, weighs: int) -> AddFragment:
        self._waiting += weighs
        self._current += weighs
        self._in_window = True
        if self._newest is not None:
            self._newest = replace(self._newest, newest=max(p.pts for p in fragment.packets))
        return fragment

    @staticmethod
    def _drop_line(fragment: AddFragment) -> LogLine:
        times = [p.pts for p in fragment.packets]
        fields: dict[str, Json] = {
            "bytes": fragment.size,
            "from": min(times),
            "samples": len(times),
            "to": max(times),
            "why": "storage is too slow",
        }
        return LogLine(max(times), "drop", fields)

    @property
    def next_ticket(self) -> int:
        """Of the next `sync`."""
        return self._ticket + 1

    def sync(self) -> Sync:
        """A request to answer for everything admitted so far."""
        self._ticket += 1
        self._unanswered[self._ticket] = (self._current, self._newest)
        self._current = 0
        return Sync(self._ticket)

    def forget(self) -> None:
        """Storage failed: what it was asked for and did not answer, it will not answer any more. Tickets go on rising."""
        self._unanswered.clear()
        self._current = self._waiting = 0
        self._dropping = self._broken = self._in_window = False
        self._newest = self.kept = None

    def settle(self, ticket: int) -> None:
        """Storage has kept everything up to `ticket`."""
        while self._unanswered and next(iter(self._unanswered)) <= ticket:
            weight, kept = self._unanswered.popitem(last=False)[1]
            self._waiting -= weight
            self.kept = kept or self.kept
