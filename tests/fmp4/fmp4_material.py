"""Real H.264 and AAC packets for the tests of this folder, and the shortest way to mux them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import accumulate
from typing import Any

import av
import numpy as np

from bwc_agent.fmp4 import avc
from bwc_agent.fmp4.boxes import free
from bwc_agent.fmp4.writer import Writer
from bwc_agent.packets import CodecConfig, Track
from bwc_agent.units import AAC_FRAME, TICKS

WIDTH, HEIGHT = 160, 120
EVEN = (1600,) * 59
UNEVEN = (1600, 1000, 1599, 4800, 1601, 12000) * 10


@dataclass(frozen=True, slots=True)
class Unit:
    """One packet as it is given to the writer."""

    track: Track
    pts: int
    duration: int
    keyframe: bool
    data: bytes


@cache
def pictures(steps: tuple[int, ...] = EVEN, preset: str = "ultrafast") -> tuple[Unit, ...]:
    """One picture more than there are steps of time between them; an IDR each 15."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.thread_count = Fraction(1, TICKS), 1
    encoder.options = {
        "preset": preset,
        "tune": "zerolatency",
        "x264-params": "annexb=0:repeat-headers=1:scenecut=0:keyint=15",
    }
    units: list[Unit] = []
    for number, pts in enumerate(accumulate(steps, initial=0)):
        image = np.add.outer(np.arange(HEIGHT * 3 // 2), np.arange(WIDTH) * 2 + number * 7).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(image, format="yuv420p")
        frame.pts, frame.time_base = pts, encoder.time_base
        units += [_unit(Track.VIDEO, packet) for packet in encoder.encode(frame)]
    return (*units, *(_unit(Track.VIDEO, packet) for packet in encoder.encode(None)))


@cache
def sound(count: int = 94) -> tuple[Unit, ...]:
    """`count` packets of a 440 Hz tone without a gap, the first at 0."""
    return _tone(count)[0]


def _tone(count: int) -> tuple[tuple[Unit, ...], bytes]:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = TICKS, "mono", "fltp"
    encoder.time_base = Fraction(1, TICKS)
    units: list[Unit] = []
    for start in range(0, (count + 2) * AAC_FRAME, AAC_FRAME):
        wave = np.sin(np.arange(start, start + AAC_FRAME) * (2 * np.pi * 440 / TICKS)).astype(np.float32) * 0.3
        frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = TICKS, start
        units += [_unit(Track.AUDIO, packet) for packet in encoder.encode(frame)]
    moved = [Unit(u.track, u.pts - units[0].pts, u.duration, u.keyframe, u.data) for u in units[:count]]
    return tuple(moved), bytes(encoder.extradata or b"")


def _unit(track: Track, packet: "av.Packet[Any]") -> Unit:
    assert packet.pts is not None
    return Unit(track, packet.pts, packet.duration or 0, packet.is_keyframe, bytes(packet))


@cache
def video_config(preset: str = "ultrafast") -> CodecConfig:
    """The avcC of the first keyframe."""
    first = pictures(preset=preset)[0]
    return CodecConfig(Track.VIDEO, avc.avcc(*avc.parameter_sets(first.data)), WIDTH, HEIGHT)


@cache
def audio_config() -> CodecConfig:
    """The encoder's AudioSpecificConfig."""
    return CodecConfig(Track.AUDIO, _tone(2)[1], channels=1)


def moved(units: Iterable[Unit], by: int) -> tuple[Unit, ...]:
    """The same units, later by `by` ticks."""
    return tuple(Unit(u.track, u.pts + by, u.duration, u.keyframe, u.data) for u in units)


def pieces(configs: Sequence[CodecConfig], units: Iterable[Unit], every: int = TICKS // 4, gap: int = 0) -> list[bytes]:
    """The head, then a fragment for each `every` ticks, each followed by a free box of `gap` bytes if that is not 0."""
    writer = Writer(configs)
    out, begun = [writer.header()], 0
    for unit in sorted(units, key=lambda unit: unit.pts):
        if unit.pts - begun >= every:
            out += [writer.cut(), free(gap) if gap else b""]
            begun = unit.pts
        writer.add(unit.track, unit.pts, unit.pts, unit.duration, unit.keyframe, unit.data)
    return [piece for piece in (*out, writer.cut()) if piece]


def both() -> list[CodecConfig]:
    """Video and sound."""
    return [video_config(), audio_config()]
