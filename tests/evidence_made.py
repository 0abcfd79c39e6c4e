"""The smallest real evidence: a device of `tests/offload/shift.py` that filmed for a tenth of a second, by the agent's own storage."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.requests import AddFragment, CloseRecording, CloseSegment, EndWindow, LogLine, OpenRecording, OpenSegment, Request
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import TICKS
from tests.fmp4.fmp4_material import Unit, audio_config, pictures, sound, video_config
from tests.offload.shift import FIRST, Shift, Start

TINY = RecordingName(0, 1)
ODD = 1_000_003
"""Capture time (ticks) at which a long take begins."""


def tiny_shift(root: Path) -> Shift:
    """Start 0 recorded `TINY` and went off; start 1 stands by."""
    shift = Shift(root)
    start = shift.start()
    start.perform(*tiny_requests())
    start.off()
    shift.start().off()
    return shift


def tiny_requests() -> list[Request]:
    """One segment with one window of two small pictures and three sounds."""
    configs = (video_config(), audio_config())
    units = [*sorted(pictures()[:2], key=lambda unit: len(unit.data)), *sound()[:3]]
    by_track = {Track.VIDEO: configs[0], Track.AUDIO: configs[1]}
    packets = tuple(Packet(u.track, u.pts, u.duration, u.keyframe, u.data, by_track[u.track]) for u in sorted(units, key=lambda u: u.pts))
    return [
        OpenRecording(0, 1, FIRST),
        OpenSegment(0, 1, 0, configs),
        AddFragment(packets),
        EndWindow(4800, 0, max(p.pts for p in packets)),
        LogLine(4000, "marker", {"edges": [4000]}),
        CloseSegment(4800),
        CloseRecording(4800, {"edges": [], "reason": "hold"}),
    ]


Film = tuple[CodecConfig, Sequence[Unit]]
"""How pictures are encoded, and a second of them from time 0 on."""


def plain_film() -> Film:
    return video_config(), pictures()[:30]


def long_take(
    start: Start,
    number: int,
    lines: dict[int, tuple[str, dict[str, bool]]] | None = None,
    films: Sequence[Film] = (plain_film(),) * 3,
    first: Mapping[str, Json] = FIRST,
) -> RecordingName:
    """A closed recording of a segment of a second for each of `films`, from an odd time on, the sound 80 ms late and without a gap.

    `lines` are (kind, fields) of further log lines by the tick at which they are written.
    """
    begin, extra = ODD, dict(lines or {})
    tones = [Packet(u.track, u.pts + begin + 3840, u.duration, True, u.data, audio_config()) for u in sound(47 * len(films))]
    trigger: dict[str, Json] = {"decided": begin, "edges": [begin + TICKS // 2], "gesture": "double press"}
    start.perform(OpenRecording(begin, number, {**first, "trigger": trigger}))
    for index, (config, units) in enumerate(films):
        shown = [Packet(u.track, u.pts + begin + index * TICKS, u.duration, u.keyframe, u.data, config) for u in units]
        heard = [p for p in tones if begin + index * TICKS <= p.pts < begin + (index + 1) * TICKS]
        start.perform(*_segment(index + 1, sorted([*shown, *heard], key=lambda p: p.pts)))
        for at in sorted(t for t in extra if t < (index + 1) * TICKS):
            kind, fields = extra.pop(at)
            start.perform(LogLine(begin + at, kind, {**fields}))
    start.perform(CloseRecording(begin + len(films) * TICKS, {"edges": [], "reason": "hold"}))
    return RecordingName(start.number, number)


def _segment(number: int, packets: list[Packet]) -> Iterator[Request]:
    base = packets[0].pts
    yield OpenSegment(base, number, base, tuple({p.track: p.config for p in sorted(packets, key=lambda p: p.track.value)}.values()))
    for half in (0, 1):
        window = [p for p in packets if half * TICKS // 2 <= p.pts - base < (half + 1) * TICKS // 2]
        yield AddFragment(tuple(window))
        yield EndWindow(window[-1].pts, window[0].pts, window[-1].pts)
    yield CloseSegment(packets[-1].pts)


@contextmanager
def flipped(path: Path, at: int, mask: int = 1) -> Iterator[None]:
    """Inside, one byte of the file is another."""
    with path.open("r+b", buffering=0) as file:
        file.seek(at)
        (before,) = file.read(1)
        file.seek(at)
        file.write(bytes((before ^ mask,)))
        try:
            yield
        finally:
            file.seek(at)
            file.write(bytes((before,)))
