"""Packets made by hand for the pure media code."""

from hypothesis import strategies as st

from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS

PICTURE = CodecConfig(Track.VIDEO, b"avcC", width=640, height=360)
SOUND = CodecConfig(Track.AUDIO, b"asc", channels=1)


def picture(pts: int, key: bool = False, size: int = 100, config: CodecConfig = PICTURE) -> Packet:
    return Packet(Track.VIDEO, pts, 0, key, bytes([pts % 251]) * size, config)


def sound(pts: int, size: int = 20) -> Packet:
    return Packet(Track.AUDIO, pts, AAC_FRAME, True, bytes([pts % 241]) * size, SOUND)


@st.composite
def pictures(draw: st.DrawFn, length: int = 12, start: int = 0) -> list[Packet]:
    """A camera: any GOP length up to 3 s, rate 5 to 60, jitter, drops; `length` seconds from `start`."""
    rate = draw(st.integers(5, 60))
    gop = draw(st.integers(TICKS // 2, 3 * TICKS))
    rnd = draw(st.randoms(use_true_random=False))
    out: list[Packet] = []
    at, last_key, period = start, start - gop, TICKS // rate
    while at < start + length * TICKS:
        key = at - last_key >= gop
        if key or rnd.random() > 0.1:
            last_key = at if key else last_key
            out.append(picture(at, key, rnd.randint(1, 4000)))
        at += max(1, period + rnd.randint(-period // 3, period // 3))
    return out


@st.composite
def sounds(draw: st.DrawFn, length: int = 12, start: int = 0) -> list[Packet]:
    """A microphone that may begin late and may stop."""
    first = draw(st.integers(0, 3 * TICKS)) // AAC_FRAME
    last = draw(st.one_of(st.just(length * TICKS), st.integers(3 * TICKS, length * TICKS))) // AAC_FRAME
    return [sound(start + k * AAC_FRAME) for k in range(first, last)]


@st.composite
def arrivals(draw: st.DrawFn, length: int = 12, start: int = 0) -> list[Packet]:
    """Both tracks in order of arrival: sound up to 200 ms behind picture."""
    late = draw(st.integers(0, TICKS // 5))
    both = [(p.pts, p) for p in draw(pictures(length, start))] + [(p.pts + AAC_FRAME + late, p) for p in draw(sounds(length, start))]
    return [p for _, p in sorted(both, key=lambda pair: pair[0])]
