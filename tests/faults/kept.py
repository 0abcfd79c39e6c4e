"""What a recording holds after a fault, opened and decoded: all that reached the card, signed or not, against what the camera saw."""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from cryptography.x509 import Certificate

from bwc_agent.evidence.fields import integer
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.fmp4.reader import read_segment
from bwc_agent.packets import Track
from bwc_agent.take import GAP
from bwc_agent.units import AAC_FRAME, TICKS
from simulator.reading import frame_number
from tests.faults.opened import opened, signed

Picture = tuple[int, int]
"""A picture's number in the scene and its capture time (ticks)."""


@dataclass(slots=True)
class Kept:
    """One recording: its decoded pictures, its packets of sound (ticks each), how far each track is signed, and its signed log."""

    log: RecordingLog
    pictures: list[Picture] = field(default_factory=list)
    unread: int = 0
    """Pictures that are stored and do not decode to a number."""
    sound: list[int] = field(default_factory=list)
    signed: dict[Track, int] = field(default_factory=dict)
    """Capture time of the newest signed sample of each track."""

    @property
    def last_picture(self) -> int | None:
        """Capture time of the newest stored picture."""
        return self.pictures[-1][1] if self.pictures else None

    @property
    def signed_picture(self) -> int | None:
        """Capture time of the newest signed picture."""
        return self.signed.get(Track.VIDEO)

    @property
    def sound_end(self) -> int | None:
        """Where the stored sound ends."""
        return self.sound[-1] + AAC_FRAME if self.sound else None

    @property
    def signed_sound_end(self) -> int | None:
        """Where the signed sound ends."""
        return self.signed[Track.AUDIO] + AAC_FRAME if Track.AUDIO in self.signed else None

    def states(self, first: int, last: int, track: Track) -> bool:
        """Whether the log says why nothing of `track` is there between the two times."""
        return any(begin <= first and last <= end for begin, end in self._stated(track))

    def _stated(self, track: Track) -> Iterator[tuple[int, int]]:
        for line in self.log.lines:
            if line["kind"] == "drop" or (line["kind"] == "gap" and line["track"] == track.value):
                yield integer(line, "from"), integer(line, "to")


def kept(folder: Path, authority: Certificate, private: RecipientPrivate) -> Kept | None:
    """All of the recording in `folder` that can be opened; None where no log can be believed. Raises IntegrityError."""
    log = verify_recording(folder, authority).log
    if log is None:
        return None
    out = Kept(log, signed={track: newest for track, (_, newest) in signed(log).items()})
    for file in log.media:
        if (path := folder / file.name).is_file():
            _add(out, file, opened(file, path.read_bytes(), private))
    return out


def _add(out: Kept, file: SealedFile, plain: bytes) -> None:
    segment = read_segment(plain)
    times = [file.base + sample.pts for sample in segment.samples if sample.track is Track.VIDEO]
    numbers = _numbers(plain[: segment.whole]) if times else []
    out.unread += abs(len(times) - len(numbers)) + numbers.count(None)
    out.pictures += [(number, at) for number, at in zip(numbers, times, strict=False) if number is not None]
    out.sound += [file.base + sample.pts for sample in segment.samples if sample.track is Track.AUDIO]


def _numbers(segment: bytes) -> list[int | None]:
    """The frame number that each decoded picture of a segment shows."""
    with av.open(io.BytesIO(segment), "r") as container:
        return [frame_number(_luma(frame)) for frame in container.decode(video=0)]


def _luma(frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
    """Brightness, shape (height, width), where the decoder left it."""
    plane = frame.planes[0]
    return np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)[:, : frame.width]


def missing(film: Kept, taken: Sequence[Picture]) -> int:
    """Pictures of `taken` (all that the camera gave), and packets of sound, that are missing or wrong, and no line says why.

    Looked at is what lies between the recording's first picture and the newest that is stored.
    """
    if not film.pictures:
        return film.unread
    first, last = film.pictures[0][1], film.pictures[-1][1]
    given = [picture for picture in taken if first <= picture[1] <= last]
    lost = [at for number, at in set(given) - set(film.pictures) if not film.states(at, at, Track.VIDEO)]
    strange = set(film.pictures) - set(given)
    doubled = len(film.pictures) - len(set(film.pictures))
    return film.unread + len(lost) + len(strange) + doubled + _holes(film)


def _holes(film: Kept) -> int:
    """Stretches without pictures or sound that the log does not state; sound goes on without any hole, silence included."""
    dark = [pair for pair in pairwise(at for _, at in film.pictures) if pair[1] - pair[0] >= GAP]
    quiet = [pair for pair in pairwise(film.sound) if pair[1] - pair[0] != AAC_FRAME]
    unstated = [pair for pair in dark if not film.states(*pair, Track.VIDEO)]
    return len(unstated) + sum(not film.states(pair[0], pair[1], Track.AUDIO) for pair in quiet)


def behind(newest: int | None, reached: int | None) -> float:
    """Seconds from what is kept to the newest that there was (ticks, None for nothing)."""
    if newest is None:
        return 0.0
    return math.inf if reached is None else max(0, newest - reached) / TICKS
