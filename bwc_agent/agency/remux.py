"""The samples of all segments into one MP4, counted and hashed on the way, and compared with what the log counts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bwc_agent.agency.mp4 import Mp4
from bwc_agent.agency.open import open_sealed
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, integer, objects
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.samples import SampleDigests
from bwc_agent.fmp4.reader import iter_fragments
from bwc_agent.packets import CodecConfig, Track

Progress = Callable[[int, int], None]
"""Told how many segments are done, and of how many."""


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
    media: Sequence[SealedFile],
    private: RecipientPrivate,
    path: Path,
    tags: dict[str, str],
    progress: Progress = silent,
) -> Copied:
    """`path` is an MP4 of all signed samples of `media`, the recording's first segments, each at its own time.

    Time 0 is the first segment's base; one segment at a time is in memory. Raises IntegrityError if the samples are not
    those that the log counts, StorageError.
    """
    mp4, copy = Mp4(path, first_configs(media), tags), _Copy(media[0].base)
    try:
        for number, file in enumerate(media, 1):
            copy.segment(mp4, file.base, open_sealed(folder, file, private))
            progress(number, len(media))
    finally:
        mp4.close()
    copied = Copied(copy.pictures, copy.end, tuple(copy.digests.lines()))
    _compare(copied.samples, log, media)
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


@dataclass(slots=True)
class _Copy:
    """What went over so far; `zero` is the capture time (ticks) of the file's beginning."""

    zero: int
    pictures: int = 0
    end: int = 0
    digests: SampleDigests = field(default_factory=SampleDigests)

    def segment(self, mp4: Mp4, base: int, plain: bytes) -> None:
        """All whole samples of one segment, in order of time within each fragment."""
        for fragment in iter_fragments(plain):
            for sample in sorted(fragment.samples, key=lambda sample: sample.pts):
                pts = base + sample.pts - self.zero
                mp4.add(sample, pts)
                self.digests.add(sample.track, sample.data)
                self.pictures += sample.track is Track.VIDEO
                self.end = max(self.end, pts + sample.duration)


def _compare(samples: Sequence[Json], log: RecordingLog, media: Sequence[SealedFile]) -> None:
    """The log's `stop` counts and hashes all; where a cut left none, its marks count what they bind in these segments."""
    if log.stop is not None:
        right = list(samples) == log.stop["samples"]
    else:
        numbers = {file.identity.segment for file in media}
        bound = _totals(track for mark in log.marks if mark["segment"] in numbers for track in objects(mark, "tracks"))
        right = _totals(line for line in samples if isinstance(line, dict)) == bound
    if not right:
        raise IntegrityError("the samples are not those that the log counts: it was not the recorder who sealed them")


def _totals(lines: Iterator[Line]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for line in lines:
        samples, size = found.get(track := integer(line, "track"), (0, 0))
        found[track] = samples + integer(line, "samples"), size + integer(line, "bytes")
    return found
