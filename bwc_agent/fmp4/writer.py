"""Samples in, fragments out: the agent's own muxer, because libav's cannot be told when to cut.

It holds references to the samples of one fragment and no more. A cut writes exactly what was added since the last
one, whichever tracks that was: a track that stopped holds nothing back, and late sound keeps its own times. Each
fragment states the time of its first sample of each track, so that a reader never adds up what came before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from bwc_agent.errors import IntegrityError
from bwc_agent.fmp4.fragment import LARGEST, LIMIT, Row, Run, pack_head
from bwc_agent.fmp4.header import ordered_configs, render
from bwc_agent.packets import CodecConfig, Track
from bwc_agent.units import AAC_FRAME, TICKS

_NOMINAL: Final = {Track.VIDEO: TICKS // 30, Track.AUDIO: AAC_FRAME}


@dataclass(slots=True)
class _Pending:
    """The samples of one track since the last cut, column by column; `delta` and `newest` outlive the cut."""

    newest: int = -1
    delta: int = 0
    times: list[int] = field(default_factory=list)
    durations: list[int] = field(default_factory=list)
    keyframes: list[bool] = field(default_factory=list)
    data: list[bytes | memoryview] = field(default_factory=list)

    def clear(self) -> None:
        for column in (self.times, self.durations, self.keyframes, self.data):
            column.clear()


class Writer:
    """Writes one segment of one or two tracks; what a cut returned is final and never gone back to.

    Times are ticks of 1/48000 s from the segment's base. A picture lasts until the next one of its fragment; the last
    lasts its given duration, or else as long as the one before it did, or 1/30 s. A sound frame lasts its given
    duration, or else 1024 ticks; where the next one does not follow at once, a new run states its time.
    """

    def __init__(self, configs: Sequence[CodecConfig]) -> None:
        """Raises IntegrityError where `configs` are not one each for one or two tracks, or cannot be written."""
        ordered = ordered_configs(configs)
        self._header = render(ordered)
        self._tracks = {config.track: _Pending() for config in ordered}
        self._sequence = 0
        self._bytes = 0

    def header(self) -> bytes:
        """`ftyp` and `moov` with empty tables: the first bytes of the segment, the same each time."""
        return self._header

    def add(self, track: Track, pts: int, dts: int, duration: int, keyframe: bool, data: bytes | memoryview) -> None:
        """Take one access unit by reference; nothing is copied before the cut, so `data` must not change.

        Raises IntegrityError, with nothing taken, where `track` has no configuration, `dts` is not `pts`, `pts` does not
        rise within its track or is not from 0 to a day, or sizes or durations cannot be written.
        """
        pending = self._tracks.get(track)
        if pending is None:
            raise IntegrityError(f"{track.name.lower()}: a sample of a track without a configuration; give it to the writer")
        if dts != pts:
            raise IntegrityError(f"{track.name.lower()}: dts {dts} is not pts {pts}; switch the encoder's B-frames off")
        if not pending.newest < pts < LIMIT:
            raise IntegrityError(
                f"{track.name.lower()}: pts {pts} after {pending.newest}; it must rise, from 0 at the segment's base to a day"
            )
        size = len(data)
        if not size or self._bytes + size >= LARGEST or not 0 <= duration < LIMIT:
            raise IntegrityError(
                f"{track.name.lower()}: a sample of {size} bytes and {duration} ticks; it needs bytes, and a cut each GiB and day"
            )
        if pending.newest >= 0:
            pending.delta = pts - pending.newest
        pending.newest = pts
        self._bytes += size
        pending.times.append(pts)
        pending.durations.append(duration)
        pending.keyframes.append(keyframe)
        pending.data.append(data)

    def cut(self) -> bytes:
        """One `moof` and `mdat` of all samples added since the last cut, video first; nothing where there are none."""
        return b"".join(self.pieces())

    def pieces(self) -> list[bytes | memoryview]:
        """What `cut` joins: the boxes' head, then the samples by reference."""
        if not self._bytes:
            return []
        runs: list[Run] = []
        data: list[bytes | memoryview] = []
        for track, pending in self._tracks.items():
            if pending.times:
                runs += _runs(track, pending)
                data += pending.data
            pending.clear()
        self._bytes = 0
        self._sequence += 1
        return [pack_head(self._sequence, runs), *data]


def _runs(track: Track, pending: _Pending) -> list[Run]:
    given = pending.durations
    if track is Track.VIDEO:
        lasting = [later - earlier for earlier, later in pairwise(pending.times)]
        lasting.append(given[-1] or pending.delta or _NOMINAL[track])
    else:
        lasting = [duration or _NOMINAL[track] for duration in given]
    runs: list[Run] = []
    due = -1
    for time, duration, keyframe, data in zip(pending.times, lasting, pending.keyframes, pending.data, strict=True):
        if time != due:
            runs.append(Run(track, time, []))
        runs[-1].rows.append(Row(duration, len(data), keyframe))
        due = time + duration
    return runs
