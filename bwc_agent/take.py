"""One recording while it is made: from the press, back through the ring, to the moment both tracks have passed the stop."""

from dataclasses import dataclass
from itertools import pairwise

from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import CloseRecording, OpenRecording, Request
from bwc_agent.media.assembler import Assembler
from bwc_agent.packets import Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS

TAIL = TICKS // 2
"""The tracks run at most so long after the input that decided the stop."""


GAP = TICKS
"""A picture so long after the one before it is a gap, and is stated."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """The gesture that decided: its name, the capture times of its edges, and when it was decided (ticks)."""

    gesture: str
    edges: tuple[int, ...]
    decided: int

    def fields(self) -> dict[str, Json]:
        """As it stands in the log."""
        return {"decided": self.decided, "edges": list(self.edges), "gesture": self.gesture}


@dataclass(slots=True)
class Broken:
    """What storage had of a recording when it failed: its `number` in that `start` (None as long as nobody needs it), and `kept`, the
    newest capture time (ticks) that was acknowledged, None where nothing was."""

    number: int
    kept: int | None
    start: int | None = None


@dataclass(frozen=True, slots=True)
class PreRoll:
    """Ticks before the first edge that the recording really has, and why it is short, if it is."""

    asked: int
    video: int
    audio: int
    why: str | None

    def fields(self) -> dict[str, Json]:
        """As it stands in the log."""
        return {"asked": self.asked, "audio": self.audio, "video": self.video, "why": self.why}


def pre_roll(packets: list[Packet], first_edge: int, asked: int, why: str) -> PreRoll:
    """What `packets` hold before `first_edge`; `why` is the reason to state where video falls short of `asked`."""
    video = _covered([p.pts for p in packets if p.track is Track.VIDEO], first_edge)
    audio = _covered([p.pts for p in packets if p.track is Track.AUDIO], first_edge)
    return PreRoll(asked, video, audio, None if video >= asked else why)


def _covered(times: list[int], until: int) -> int:
    """Ticks before `until` with something in them: the holes of a second or more do not count."""
    before = [*(t for t in times if t < until), until]
    return sum(later - earlier for earlier, later in pairwise(before) if later - earlier < GAP)


class Take:
    """Pure: packets and time in, requests out. `number` counts the recordings of this start from 1; `broken` is what it goes on from."""

    def __init__(self, number: int, trigger: Trigger, packets: list[Packet], broken: Broken | None = None) -> None:
        self.number = number
        self.trigger = trigger
        self.broken = broken
        self.began = trigger.decided
        self.first = min((p.pts for p in packets), default=trigger.edges[0])
        """Capture time of the oldest packet in it."""
        self.stop_at: int | None = None
        self.newest = max((p.pts for p in packets), default=self.first)
        """Capture time of the newest packet in it."""
        self._assembler = Assembler()
        self._drained = packets
        self.stopped_by: Trigger | None = None
        self._passed = dict.fromkeys((p.track for p in packets), False)

    def open(self, at: int, fields: dict[str, Json]) -> list[Request]:
        """The recording's first line, then all that the ring gave, cut and marked."""
        out: list[Request] = [OpenRecording(at, self.number, fields)]
        for packet in self._drained:
            out += self._assembler.add(packet)
        self._drained = []
        return out + self._assembler.flush(at)

    def add(self, packet: Packet) -> list[Request]:
        """Take a live packet; what was captured after the stop is let go."""
        if self.stop_at is None or packet.pts <= self.stop_at:
            self._passed.setdefault(packet.track, False)
            self.newest = max(self.newest, packet.pts)
            return self._assembler.add(packet)
        self._passed[packet.track] = True
        return []

    def tick(self, now: int) -> list[Request]:
        """Time went on."""
        return self._assembler.tick(now)

    def stop(self, cause: Trigger) -> None:
        """`cause` decided to stop; the tracks run until they pass it."""
        self.stop_at, self.stopped_by = cause.decided, cause
        self._passed = dict.fromkeys(self._passed, False)

    def over(self, now: int) -> bool:
        """True once every track that was running has passed the stop, or the tail's time is up."""
        if self.stop_at is None:
            return False
        return now >= self.stop_at + TAIL or (bool(self._passed) and all(self._passed.values()))

    def close(self, at: int) -> list[Request]:
        """The last fragment, and the end of the log."""
        cause = self.stopped_by
        fields: dict[str, Json] = {} if cause is None else {"edges": list(cause.edges), "reason": cause.gesture}
        return [*self._assembler.close(at), CloseRecording(at, fields)]

    @property
    def end(self) -> int:
        """Capture time at which it ends, for the next recording's `overlap`."""
        return self.newest + AAC_FRAME
