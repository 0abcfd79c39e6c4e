"""Sound as AAC on one grid: every packet begins at a multiple of 1024 ticks of CLOCK_MONOTONIC.

So a silent packet of the same encoder can stand for any other, and substituted silence leaves no hole. The microphone's
drift is taken out by libswresample, slowly, on the times that `AudioClock` gives.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.filter.context import FilterContext

from bwc_agent.media.audio_clock import AudioClock
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS, ticks_from_ns
from hal.errors import HardwareError
from hal.interfaces import AudioBlock

Samples = npt.NDArray[np.int16]

BITRATE: Final = 64_000
JUMP: Final = 0.05
"""Seconds by which sound may leave its time before the microphone counts as failed: samples were lost, or given twice."""
# The fast search is nearer to the sound than the slow one at this rate (37 dB against 29 below 1 kHz on a film's sound) at
# half the cost. Noise substitution would put a decoder's random numbers in the place of evidence.
_CODER: Final = {"aac_coder": "fast", "aac_pns": "0"}
_SOFT: Final = "async=48:min_comp=0.00005:min_hard_comp=5:comp_duration=1:first_pts=0"
_TIME: Final = Fraction(1, TICKS)


class AudioEncoder:
    """Every packet's pts is a multiple of 1024 and rises by 1024; what decodes at `pts` was captured at `pts` (within 10 ms).

    One encoder from one opening of the microphone to its closing; `rate` is the microphone's nominal rate in samples a second.
    A packet is made of the samples of [pts, pts + 2048).
    """

    def __init__(self, rate: int = TICKS) -> None:
        self._rate = rate
        self._clock = AudioClock(rate)
        self._due = 0.0
        self._in_time = Fraction(1, rate)
        self._graph, self._source, self._sink = _resampler(rate)
        self._codec = _codec()
        self._samples = np.zeros(0, np.int16)
        self._start: int | None = None
        self._fed = 0
        self.config = silent_sound()[0]

    def encode(self, block: AudioBlock) -> list[Packet]:
        """The packets that this block completes: 64 ms behind the sound at most, more only while the clock settles.

        An empty block says nothing. Raises HardwareError when the microphone has lost sound, or its clock has jumped: open
        it again.
        """
        if not len(block.samples):
            return []
        error = self._clock.block(block.arrival_ns, len(block.samples))
        if abs(error) > JUMP and self._clock.sure:
            raise HardwareError("microphone", f"its sound is {round(error * 1000)} ms off its time: it lost samples; open it again")
        if (corrected := self._corrected(block.samples)) is not None:
            self._samples = np.concatenate((self._samples, corrected))
        if not self._clock.settled:
            return []
        if self._start is None:
            self._start = self._begin()
        return list(self._packets(self._start))

    def _corrected(self, samples: Samples) -> Samples | None:
        self._source.push(_frame(samples, round(self._due * self._rate / TICKS), self._in_time))
        self._due += len(samples) * TICKS / self._rate * (1.0 + self._clock.correction)
        try:
            out = self._sink.pull()
        except av.BlockingIOError:
            return None
        assert isinstance(out, av.AudioFrame)
        return np.asarray(out.to_ndarray(), np.int16).reshape(-1)

    def _begin(self) -> int:
        """Silence up to the first sample's place on the grid; returns the grid's point before it, in ticks."""
        first = ticks_from_ns(self._clock.start_ns)
        start = first // AAC_FRAME * AAC_FRAME
        self._samples = np.concatenate((np.zeros(first - start, np.int16), self._samples))
        return start

    def _packets(self, start: int) -> Iterator[Packet]:
        while len(self._samples) >= AAC_FRAME:
            frame = _frame(self._samples[:AAC_FRAME], self._fed, _TIME, "fltp")
            self._samples = self._samples[AAC_FRAME:]
            self._fed += AAC_FRAME
            for packet in self._codec.encode(frame):
                assert packet.pts is not None
                # The first packet, at -1024, only primes the decoder: its samples come before the sound began.
                if packet.pts >= 0:
                    yield Packet(Track.AUDIO, start + packet.pts, AAC_FRAME, True, bytes(packet), self.config)


@cache
def silent_sound() -> tuple[CodecConfig, bytes]:
    """The encoder's configuration, and an access unit of it that decodes to exact zeros among others like it.

    Always the same bytes with one libavcodec.
    """
    codec = _codec()
    silent = np.zeros(AAC_FRAME, np.int16)
    packets = [bytes(p) for k in range(8) for p in codec.encode(_frame(silent, k * AAC_FRAME, _TIME, "fltp"))]
    return CodecConfig(Track.AUDIO, bytes(codec.extradata or b""), channels=1), packets[-1]


def _frame(samples: Samples, pts: int, time_base: Fraction, layout: str = "s16") -> av.AudioFrame:
    row = samples.reshape(1, -1)
    if layout == "fltp":
        frame = av.AudioFrame.from_ndarray(row / np.float32(32768), format="fltp", layout="mono")
    else:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(row), format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = time_base.denominator, pts, time_base
    return frame


def _codec() -> av.AudioCodecContext:
    codec = av.CodecContext.create("aac", "w")
    assert isinstance(codec, av.AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format = TICKS, "mono", "fltp"
    codec.bit_rate, codec.time_base, codec.options = BITRATE, _TIME, dict(_CODER)
    codec.open()
    return codec


def _resampler(rate: int) -> tuple[Graph, FilterContext, FilterContext]:
    graph = Graph()
    source = graph.add_abuffer(sample_rate=rate, format="s16", layout="mono", time_base=Fraction(1, rate))
    resample, sink = graph.add("aresample", f"osr={TICKS}:{_SOFT}"), graph.add("abuffersink")
    source.link_to(resample)
    resample.link_to(sink)
    graph.configure()
    return graph, source, sink
