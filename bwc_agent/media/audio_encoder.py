"""Sound as AAC on one grid: every packet begins at a multiple of 1024 ticks of CLOCK_MONOTONIC.

So a silent packet of the same encoder can stand for any other, and substituted silence leaves no hole. The microphone's
drift is taken out by libswresample, slowly, on the times that `AudioClock` gives.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph

from bwc_agent.media.audio_clock import AudioClock
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS, ticks_from_ns
from hal.interfaces import AudioBlock

BITRATE = 64_000
PRIMING = AAC_FRAME
"""libav's AAC encoder gives its first packet for the 1024 samples before the first one it was fed."""
_TIME = Fraction(1, TICKS)
_SOFT = "async=48:min_comp=0.00005:min_hard_comp=5:comp_duration=1:first_pts=0"


class AudioEncoder:
    """One encoder from one opening of the microphone to its closing; `rate` is the microphone's nominal rate."""

    def __init__(self, rate: int = TICKS) -> None:
        self._rate = rate
        self._clock = AudioClock(rate)
        self._due = 0.0
        self._graph, self._source, self._sink = _resampler(rate)
        self._codec = _codec()
        self._samples = np.zeros(0, np.int16)
        self._start: int | None = None
        self._fed = 0
        self.config = CodecConfig(Track.AUDIO, bytes(self._codec.extradata or b""), channels=1)

    def encode(self, block: AudioBlock) -> list[Packet]:
        """The packets that this block completes; about 85 ms behind the sound."""
        self._clock.block(block.arrival_ns, len(block.samples))
        for samples in self._corrected(block.samples):
            self._samples = np.concatenate((self._samples, samples))
        if self._start is None:
            self._begin()
        return [packet for frame in self._frames() for packet in self._encode(frame)]

    def _corrected(self, samples: npt.NDArray[np.int16]) -> Iterator[npt.NDArray[np.int16]]:
        frame = _frame(samples, round(self._due * self._rate / TICKS), self._rate)
        self._due += len(samples) * TICKS / self._rate * (1.0 + self._clock.correction)
        self._source.push(frame)
        while True:
            try:
                out = self._sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            assert isinstance(out, av.AudioFrame)
            yield np.asarray(out.to_ndarray(), np.int16).reshape(-1)

    def _begin(self) -> None:
        """Silence up to the first sample's place on the grid."""
        first = ticks_from_ns(self._clock.start_ns)
        self._start = first // AAC_FRAME * AAC_FRAME
        self._samples = np.concatenate((np.zeros(first - self._start, np.int16), self._samples))

    def _frames(self) -> Iterator[av.AudioFrame]:
        while len(self._samples) >= AAC_FRAME:
            frame = _frame(self._samples[:AAC_FRAME], self._fed, TICKS, "fltp")
            self._samples = self._samples[AAC_FRAME:]
            self._fed += AAC_FRAME
            yield frame

    def _encode(self, frame: av.AudioFrame) -> Iterator[Packet]:
        assert self._start is not None
        for packet in self._codec.encode(frame):
            assert packet.pts is not None
            if packet.pts >= 0:
                yield Packet(Track.AUDIO, self._start + packet.pts, AAC_FRAME, True, bytes(packet), self.config)


@cache
def silent_sound() -> tuple[CodecConfig, bytes]:
    """The encoder's configuration, and an access unit of it that decodes to zeros among others like it."""
    codec = _codec()
    silent = np.zeros(AAC_FRAME, np.int16)
    packets = [bytes(p) for k in range(8) for p in codec.encode(_frame(silent, k * AAC_FRAME, TICKS, "fltp"))]
    return CodecConfig(Track.AUDIO, bytes(codec.extradata or b""), channels=1), packets[-1]


def _frame(samples: npt.NDArray[np.int16], pts: int, rate: int, layout: str = "s16") -> av.AudioFrame:
    row = samples.reshape(1, -1)
    if layout == "fltp":
        frame = av.AudioFrame.from_ndarray((row / np.float32(32768)).astype(np.float32), format="fltp", layout="mono")
    else:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(row), format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate, pts, Fraction(1, rate)
    return frame


def _codec() -> av.AudioCodecContext:
    codec = av.CodecContext.create("aac", "w")
    assert isinstance(codec, av.AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format = TICKS, "mono", "fltp"
    codec.bit_rate, codec.time_base = BITRATE, _TIME
    codec.open()
    return codec


def _resampler(rate: int) -> tuple[Graph, "av.filter.FilterContext", "av.filter.FilterContext"]:
    graph = Graph()
    source = graph.add_abuffer(sample_rate=rate, format="s16", layout="mono", time_base=Fraction(1, rate))
    resample, sink = graph.add("aresample", f"osr={TICKS}:{_SOFT}"), graph.add("abuffersink")
    source.link_to(resample)
    resample.link_to(sink)
    graph.configure()
    return graph, source, sink
