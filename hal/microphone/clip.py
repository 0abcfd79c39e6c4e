"""The sound of a clip as a microphone, through PyAV."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from hal.errors import HardwareError
from hal.interfaces import AudioBlock

RATE = 48_000
BLOCK = 480
NS = 1_000_000_000

Samples = npt.NDArray[np.int16]


class ClipMicrophone:
    """Sound of a clip, mixed to mono, 48 kHz, in blocks of at most 480 samples, placed at `now_ns()` of the opening.

    Sound that begins later or earlier than the clip's picture stays so. With `loop_ns` it begins anew each so many
    nanoseconds, cut or padded; otherwise silence follows it for ever.
    """

    rate = RATE

    def __init__(self, path: Path, now_ns: Callable[[], int], loop_ns: int | None = None) -> None:
        """Raises HardwareError if the file cannot be read or has no sound."""
        self._path = path
        self._now_ns = now_ns
        self._loop_ns = loop_ns
        self._blocks: Iterator[Samples] | None = None
        self._origin = 0
        self._count = 0
        with self._opened() as container:
            if not container.streams.audio:
                raise HardwareError("microphone", f"{path} has no sound: use another clip, or none")

    def _opened(self) -> av.container.InputContainer:
        if not self._path.is_file():
            raise HardwareError("microphone", f"{self._path} is not a file: name a clip")
        try:
            return av.open(str(self._path), "r")
        except (OSError, av.FFmpegError) as error:
            raise HardwareError("microphone", f"{self._path} cannot be read: {error}: use another clip") from error

    def open(self) -> None:
        """Begin the clip."""
        self._origin, self._count = self._now_ns(), 0
        self._blocks = self._placed()

    def close(self) -> None:
        """Release the file."""
        self._blocks = None

    def read(self) -> AudioBlock | None:
        """The next block; it never ends. Raises HardwareError while it is closed, or where the file is damaged."""
        if self._blocks is None:
            raise HardwareError("microphone", "it is closed: open it first")
        try:
            samples = next(self._blocks)
        except av.FFmpegError as error:
            raise HardwareError("microphone", f"{self._path} is damaged: {error}: use another clip") from error
        self._count += len(samples)
        return AudioBlock(self._origin + self._count * NS // RATE, samples)

    def _placed(self) -> Iterator[Samples]:
        """The sound, round after round where it loops, each cut or padded to its length."""
        played = 0
        for turn in count(1):
            until = None if self._loop_ns is None else turn * self._loop_ns * RATE // NS
            for samples in self._turn():
                part = samples if until is None else samples[: until - played]
                if not len(part):
                    break
                played += len(part)
                yield part

    def _turn(self) -> Iterator[Samples]:
        """The sound of the clip once, then silence without end."""
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE, frame_size=BLOCK)
        with self._opened() as container:
            offset = _offset(container)
            yield from _silence(max(0, offset))
            early = max(0, -offset)
            for frame in container.decode(audio=0):
                for samples in _samples(resampler.resample(frame)):
                    early, skipped = max(0, early - len(samples)), early
                    if skipped < len(samples):
                        yield samples[skipped:]
            yield from _samples(resampler.resample(None))
        while True:
            yield from _silence(BLOCK)


def _samples(frames: list[av.AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        yield np.asarray(frame.to_ndarray(), np.int16).reshape(-1)


def _silence(length: int) -> Iterator[Samples]:
    for begin in range(0, length, BLOCK):
        yield np.zeros(min(BLOCK, length - begin), np.int16)


def _offset(container: av.container.InputContainer) -> int:
    """Samples from the picture's beginning, where the camera begins the clip, to the sound's."""
    begins = [
        stream.start_time * stream.time_base
        for stream in (container.streams.audio[0], *container.streams.video[:1])
        if stream.start_time is not None and stream.time_base is not None
    ]
    return round((begins[0] - begins[1]) * RATE) if len(begins) == 2 else 0
