"""The audio track never stops: missing sound becomes silence, and muted sound is replaced before it can reach the ring.

A packet at `pts` was made from the samples of [pts, pts + 2048): whatever of it touches muted time goes whole. Late sound
behind what was already filled is let go, and counted. Pure.
"""

from dataclasses import dataclass
from typing import Final

from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import AAC_FRAME, seconds

WINDOW: Final = 2 * AAC_FRAME
LATE: Final = seconds(0.3)
"""Sound that is not here so long after it was due is missing."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Silence stands for sound that did not come, from `start` up to `end` (ticks)."""

    start: int
    end: int


class AudioTimeline:
    """A gap-free, rising sequence of packets on the grid of 1024 ticks, from whatever arrives and from time alone.

    `silent` is an access unit of `config` that decodes to zeros; `late` is in ticks. All times are capture times in ticks.
    """

    def __init__(self, config: CodecConfig, silent: bytes, late: int = LATE) -> None:
        self._config = config
        self._silent = silent
        self._late = late
        self._next: int | None = None
        self._muted: list[tuple[int, int | None]] = []
        self._missing: Missing | None = None
        self.dropped = 0
        """Packets that came after silence had taken their place."""

    def begin(self, at: int) -> None:
        """From `at` on there should be sound (the microphone is opened, or fails to be); forgets what was before."""
        self._next = -(-at // AAC_FRAME) * AAC_FRAME
        self._missing = None

    def end(self) -> None:
        """There should be no sound any more: parts are closed."""
        self._next = None

    def mute(self, at: int) -> None:
        """Nothing captured from `at` on may be heard."""
        if self._muted and self._muted[-1][1] is None:
            return
        # No packet can come any more that touches what ended before the next one due.
        self._muted = [span for span in self._muted if self._next is None or span[1] is None or span[1] > self._next]
        self._muted.append((at, None))

    def unmute(self, at: int) -> None:
        """Sound captured from `at` on may be heard again."""
        if self._muted and self._muted[-1][1] is None:
            self._muted[-1] = (self._muted[-1][0], at)

    def push(self, packet: Packet) -> list[Packet]:
        """A packet arrived: what of it, and of silence before it, goes on."""
        if self._next is not None and packet.pts < self._next:
            self.dropped += 1
            return []
        out = [] if self._next is None else self._fill(self._next, packet.pts)
        self._next = packet.pts + AAC_FRAME
        return [*out, self._silence(packet.pts) if self._is_muted(packet.pts) else packet]

    def tick(self, now: int) -> list[Packet]:
        """Time went on to `now`: what is overdue becomes silence."""
        return [] if self._next is None else self._fill(self._next, now - self._late - WINDOW)

    def _fill(self, due: int, until: int) -> list[Packet]:
        out = [self._silence(pts) for pts in range(due, until, AAC_FRAME)]
        if out:
            self._next = out[-1].pts + AAC_FRAME
            self._missing = Missing(due if self._missing is None else self._missing.start, self._next)
        return out

    def missing(self) -> Missing | None:
        """The silence filled in since this was last asked: ask when sound is here again, or when a recording ends."""
        found, self._missing = self._missing, None
        return found

    def _is_muted(self, pts: int) -> bool:
        return any(pts + WINDOW > start and (end is None or pts < end) for start, end in self._muted)

    def _silence(self, pts: int) -> Packet:
        return Packet(Track.AUDIO, pts, AAC_FRAME, True, self._silent, self._config)
