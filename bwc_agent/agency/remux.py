"""The samples of a recording, or of a piece of it, into one MP4, counted and hashed on the way, and compared with what the log counts."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bwc_agent.agency.excerpt_match import Binding, Window
from bwc_agent.agency.mp4 import Mp4
from bwc_agent.agency.open import open_sealed
from bwc_agent.agency.piece import Piece
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.samples import SampleDigests, TrackDigest
from bwc_agent.fmp4.reader import Sample, iter_fragments
from bwc_agent.packets import CodecConfig, Track

Progress = Callable[[int, int], None]
"""Told how many segments are done, and of how many."""

_NOT_COUNTED: Final = "the samples are not those that the log counts: it was not the recorder who sealed them"


def silent(_done: int, _all: int) -> None:
    """The progress of somebody who does not want to know."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What an MP4 got: pictures, ticks from its beginning to its end, and the digests of its samples as a log has them."""

    pictures: int
    length: int
    samples: tuple[Json, ...]


def copy_samples(
    folder: Path,
    log: RecordingLog,
    piece: Piece,
    private: RecipientPrivate,
    path: Path,
    tags: dict[str, str],
    progress: Progress = silent,
) -> Copied:
    """`path` is an MP4 of the samples of `piece`, each at its own time; time 0 is the piece's first sample.

    One segment at a time is in memory. Raises IntegrityError if the samples are not those that the log counts, StorageError.
    """
    configs = [config for config in first_configs(piece.files) if config.track in piece.spans]
    mp4, copy = Mp4(path, configs, tags), _Copy(piece)
    try:
        for number, file in enumerate(piece.files, 1):
            copy.segment(mp4, file.base, open_sealed(folder, file, private))
            progress(number, len(piece.files))
    finally:
        mp4.close()
    copied = Copied(copy.pictures, copy.end, tuple(copy.digests.lines()))
    if not copy.marked.complete or (piece.whole and log.stop is not None and list(copied.samples) != log.stop["samples"]):
        raise IntegrityError(_NOT_COUNTED)
    return copied


def first_configs(media: Sequence[SealedFile]) -> list[CodecConfig]:
    """The first configuration of each track. Raises IntegrityError if the sound changes its form: one file holds one."""
    found: dict[Track, CodecConfig] = {}
    for file in media:
        for config in file.configs:
            if found.setdefault(config.track, config) != config and config.track is Track.AUDIO:
                raise IntegrityError(
                    f"{file.name}: the sound has another form than before, and one MP4 cannot hold both; open the segments alone"
                )
    return list(found.values())


class _Copy:
    """What went over of a piece so far."""

    def __init__(self, piece: Piece) -> None:
        self._spans, self._zero = piece.spans, piece.zero
        self.marked = Marked(piece.windows)
        self.digests = SampleDigests()
        self.pictures = self.end = 0

    def segment(self, mp4: Mp4, base: int, plain: bytes) -> None:
        """Those whole samples of one segment that lie in the piece, in order of time within each fragment."""
        for fragment in iter_fragments(plain):
            for sample in sorted(fragment.samples, key=lambda sample: sample.pts):
                first, last = self._spans.get(sample.track, (0, -1))
                if first <= base + sample.pts <= last:
                    self._add(mp4, sample, base + sample.pts - self._zero)

    def _add(self, mp4: Mp4, sample: Sample, pts: int) -> None:
        mp4.add(sample, pts)
        self.digests.add(sample.track, sample.data)
        self.marked.add(sample.track, sample.data)
        self.pictures += sample.track is Track.VIDEO
        self.end = max(self.end, pts + sample.duration)


class Marked:
    """Compares samples with what the marks of `windows` bind, window by window, each track for itself."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._due: dict[Track, deque[Binding]] = {}
        for window in windows:
            for track, binding in window.tracks.items():
                self._due.setdefault(track, deque()).append(binding)
        self._running: dict[Track, TrackDigest] = {}

    def add(self, track: Track, data: bytes | memoryview) -> None:
        """The next sample of `track`. Raises IntegrityError where a window is full, and is not the one that its mark binds."""
        running = self._running.setdefault(track, TrackDigest())
        running.add(data)
        due = self._due.get(track)
        if not due or running.samples == due[0].samples:
            if not due or Binding(running.samples, running.bytes, running.sha256) != due.popleft():
                raise IntegrityError(_NOT_COUNTED)
            del self._running[track]

    @property
    def complete(self) -> bool:
        """True once every window has gone by, and nothing else."""
        return not self._running and not any(self._due.values())
