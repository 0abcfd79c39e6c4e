"""The sound of a clip as a microphone, through PyAV."""

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from hal.errors import HardwareError
from hal.interfaces import AudioBlock

RATE = 48_000
BLOCK = 480


class ClipMicrophone:
    """Sound of a clip, mono, 48 kHz, in blocks of 480 samples, placed at `now_ns()` of the opening.

    With `loop_ns` the sound begins anew each so many nanoseconds, cut or padded; otherwise silence follows it for ever.
    """

    rate = RATE

    def __init__(self, path: Path, now_ns: Callable[[], int], loop_ns: int | None = None) -> None:
        """Raises HardwareError if the file has no sound."""
        self._path = path
        self._now_ns = now_ns
        self._loop_ns = loop_ns
        self._blocks: Iterator[npt.NDArray[np.int16]] | None = None
        self._origin = 0
        self._count = 0
        with self._opened() as container:
            if not container.streams.audio:
                raise HardwareError("microphone", f"{path} has no sound: use another clip, or none")

    def _opened(self) -> av.container.InputContainer:
        try:
            return av.open(str(self._path), "r")
        except (OSError, av.FFmpegError) as error:
            raise HardwareError("microphone", f"{self._path} cannot be read: {error}") from error

    def open(self) -> None:
        """Begin the clip. Raises HardwareError."""
        self._origin, self._count = self._now_ns(), 0
        self._blocks = self._placed()

    def close(self) -> None:
        """Release the file."""
        self._blocks = None

    def read(self) -> AudioBlock | None:
        """The next block; it never ends."""
        if self._blocks is None:
            raise HardwareError("microphone", "it is closed")
        samples = next(self._blocks)
        self._count += len(samples)
        return AudioBlock(self._origin + self._count * 1_000_000_000 // RATE, samples)

    def _placed(self) -> Iterator[npt.NDArray[np.int16]]:
        """The sound, and again where it loops, cut or padded to the loop's length each time."""
        played = 0
        while True:
            rounds = 1 + (played * 1_000_000_000 // RATE) // self._loop_ns if self._loop_ns else 1
            until = rounds * self._loop_ns * RATE // 1_000_000_000 if self._loop_ns else None
            for samples in self._sound():
                part = samples if until is None else samples[: until - played]
                played += len(part)
                if len(part):
                    yield part
            while until is None or played < until:
                silent = np.zeros(BLOCK if until is None else min(BLOCK, until - played), np.int16)
                played += len(silent)
                yield silent

    def _sound(self) -> Iterator[npt.NDArray[np.int16]]:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE, frame_size=BLOCK)
        with self._opened() as container:
            for frame in container.decode(audio=0):
                for out in resampler.resample(frame):
                    yield np.asarray(out.to_ndarray(), np.int16).reshape(-1)
            for out in resampler.resample(None):
                yield np.asarray(out.to_ndarray(), np.int16).reshape(-1)
