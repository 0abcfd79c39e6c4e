"""The audio track never stops: missing sound becomes silence, and muted sound is replaced before it can reach the ring.

A packet at `pts` was made from the samples of [pts, pts + 2048): whatever of it touches muted time goes whole. Late sound
behind what was already filled is let go, and counted. Pure.
"""

from dataclasses import dataclass

from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import AAC_FRAME, seconds

WINDOW = 2 * AAC_FRAME
LATE = seconds(0.3)
"""Sound that is not here so long after it was due is missing."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Silence stands for sound that did not come, from `start` to `end` (ticks)."""

    start: int
    end: int


class AudioTimeline:
    """A gap-free, rising sequence of packets on the grid of 1024 ticks, from whatever arrives and from time alone."""

    def __init__(self, config: CodecConfig, silent: bytes, late: int = LATE) -> None:
        self._config = config
        self._silent = silent
        self._late = late
        self._next: int | None = None
        self._muted: list[tuple[int, int | None]] = []
        self._missing_from: int | None = None
        self.dropped = 0
        """Packets that came after silence had taken their place."""

    def begin(self, at: int) -> None:
        """From `at` on there should be sound (the microphone is opened, or fails to be); forgets what was before."""
        self._next = -(-at // AAC_FRAME) * AAC_FRAME
        self._missing_from = None

    def end(self) -> None:
        """There should be no sound any more: parts are closed."""
        self._next = None

    def mute(self, at: int) -> None:
        """Nothing captured from `at` on may be heard."""
        if not self._muted or self._muted[-1][1] is not None:
            self._muted = [*self._muted[-3:], (at, None)]

    def unmute(self, at: int) -> None:
        """Sound captured from `at` on may be heard again."""
        if self._muted and self._muted[-1][1] is None:
            self._muted[-1] = (self._muted[-1][0], at)

    def push(self, packet: Packet) -> list[Packet]:
        """A packet arrived: what of it, and of silence before it, goes on."""
        if self._next is not None and packet.pts < self._next:
            self.dropped += 1
            return []
        out = [] if self._next is None else self._fill(packet.pts)
        self._next = packet.pts + AAC_FRAME
        return [*out, self._silence(packet.pts) if self._is_muted(packet.pts) else packet]

    def tick(self, now: int) -> list[Packet]:
        """Time went on to `now`: what is overdue becomes silence."""
        return [] if self._next is None else self._fill(now - self._late - WINDOW)

    def _fill(self, until: int) -> list[Packet]:
        assert self._next is not None
        out = [self._silence(pts) for pts in range(self._next, until, AAC_FRAME)]
        if out:
            if self._missing_from is None:
                self._missing_from = self._next
            self._next = out[-1].pts + AAC_FRAME
        return out

    def missing(self) -> Missing | None:
        """The stretch of silence that has just ended, once; ask after a packet arrived."""
        if self._missing_from is None or self._next is None:
            return None
        start, self._missing_from = self._missing_from, None
        return Missing(start, self._next - AAC_FRAME)

    def _is_muted(self, pts: int) -> bool:
        return any(pts + WINDOW > start and (end is None or pts < end) for start, end in self._muted)

    def _silence(self, pts: int) -> Packet:
        return Packet(Track.AUDIO, pts, AAC_FRAME, True, self._silent, self._config)
