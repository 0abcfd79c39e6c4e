"""From packets in arrival order to segments, fragments and windows (FORMAT.md, Mark).

A fragment ends each 0.25 s of capture time and before every IDR; a window is at most two fragments, ends before an IDR
and never straddles segments; a segment ends at the first IDR after 60 s, or where the parameter sets change. A segment
is opened only when its first fragment is cut, because by then both tracks have shown where they begin.
"""

from dataclasses import dataclass, field

from bwc_agent.evidence.requests import AddFragment, CloseSegment, EndWindow, OpenSegment, Request
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS, seconds

FRAGMENT = TICKS // 4
SEGMENT = seconds(60)
NO_PICTURE = seconds(2)
"""Without a picture for so long, a segment no longer waits for an IDR to end."""


@dataclass(slots=True)
class _Segment:
    """What is known of the segment being assembled; `start` is the pts of its first packet."""

    start: int
    configs: dict[Track, CodecConfig] = field(default_factory=dict)
    opened: bool = False


class Assembler:
    """Pure: each call returns the requests that follow from it, in order."""

    def __init__(self) -> None:
        self._segment: _Segment | None = None
        self._number = 0
        self._pending: list[Packet] = []
        self._progress: int | None = None
        self._origin = 0
        self._in_window = 0
        self._window: list[int] = []
        self._last_picture: int | None = None
        self._sound: CodecConfig | None = None
        self._next_audio: int | None = None

    def add(self, packet: Packet) -> list[Request]:
        """Take one packet; within a track `pts` must rise."""
        out: list[Request] = []
        if self._ends_segment(packet):
            out += self.close(packet.pts)
        elif self._completes(packet):
            pass
        elif self._is_idr(packet) or self._due(packet.pts):
            out += self._cut(packet.pts)
            if self._is_idr(packet):
                out += self._end_window(packet.pts)
        self._take(packet)
        return out

    def tick(self, now: int) -> list[Request]:
        """Time went on: cut what is due although no packet came."""
        return self._cut(now) if self._pending and self._due(now) else []

    def flush(self, at: int) -> list[Request]:
        """Cut and mark all that is here (press, low battery)."""
        return self._cut(at) + self._end_window(at)

    def close(self, at: int) -> list[Request]:
        """End the segment, if there is one, with all that is here."""
        out = self.flush(at)
        if self._segment is not None and self._segment.opened:
            out.append(CloseSegment(at))
        self._segment = None
        return out

    @staticmethod
    def _is_idr(packet: Packet) -> bool:
        return packet.track is Track.VIDEO and packet.keyframe

    def _completes(self, packet: Packet) -> bool:
        """The first packet of a track, while its segment is still unopened: it belongs to what is pending."""
        return self._segment is not None and not self._segment.opened and packet.track not in self._segment.configs

    def _due(self, moment: int) -> bool:
        return self._progress is not None and moment - self._origin >= FRAGMENT

    def _ends_segment(self, packet: Packet) -> bool:
        segment = self._segment
        if segment is None:
            return False
        known = segment.configs.get(packet.track)
        if known is not None and known != packet.config:
            return True
        if known is None and segment.opened:
            return True
        if packet.pts - segment.start < SEGMENT:
            return False
        dark = self._last_picture is None or packet.pts - self._last_picture >= NO_PICTURE
        return self._is_idr(packet) or (packet.track is Track.AUDIO and dark)

    def _take(self, packet: Packet) -> None:
        if self._segment is None:
            self._segment = _Segment(packet.pts)
            if self._sound is not None:
                self._segment.configs[Track.AUDIO] = self._sound
        self._segment.configs.setdefault(packet.track, packet.config)
        self._pending.append(packet)
        if self._progress is None:
            self._progress = self._origin = packet.pts
        self._progress = max(self._progress, packet.pts)
        if packet.track is Track.VIDEO:
            self._last_picture = packet.pts
        else:
            self._sound, self._next_audio = packet.config, packet.pts + AAC_FRAME

    def _cut(self, at: int) -> list[Request]:
        if not self._pending:
            return []
        assert self._segment is not None and self._progress is not None
        out: list[Request] = [] if self._segment.opened else [self._open(at, self._segment)]
        out.append(AddFragment(tuple(self._pending)))
        self._window += [p.pts for p in self._pending]
        self._pending = []
        self._origin = self._progress
        self._in_window += 1
        return out + (self._end_window(at) if self._in_window == 2 else [])

    def _open(self, at: int, segment: _Segment) -> OpenSegment:
        self._number += 1
        segment.opened = True
        starts = [p.pts for p in self._pending]
        if self._next_audio is not None and not any(p.track is Track.AUDIO for p in self._pending):
            starts.append(self._next_audio)
        base = min(starts)
        configs = tuple(segment.configs[t] for t in Track if t in segment.configs)
        return OpenSegment(at, self._number, base, configs)

    def _end_window(self, at: int) -> list[Request]:
        if self._in_window == 0:
            return []
        mark = EndWindow(at, min(self._window), max(self._window))
        self._in_window, self._window = 0, []
        return [mark]
