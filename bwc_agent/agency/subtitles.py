"""The `.srt` beside an export: for each second the local time, and what the log says of that moment."""

import datetime
from collections.abc import Iterator, Sequence

from bwc_agent.agency.wall_time import WallTime, words
from bwc_agent.evidence.fields import Line, fields, integer
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.units import TICKS

_ANY_TIME = -(1 << 53)


def subtitles(log: RecordingLog, zero: int, length: int, clock: WallTime | None, zone: datetime.tzinfo) -> str:
    """SubRip text: one cue a second over `length` ticks from capture time `zero` on; what happened before or after is not told.

    Without an anchor a cue says the seconds since the press instead of the time of day.
    """
    moments = _Moments(log)
    return "".join(_cue(number, moments, zero, length, clock, zone) for number in range(-(-length // TICKS)))


class _Moments:
    """What cues tell of, looked up once: a log of hours has hundreds of thousands of lines, and each second its cue."""

    def __init__(self, log: RecordingLog) -> None:
        self.press = press(log)
        self.muted = muted(log.lines)
        self.marked = [integer(line, "t", _ANY_TIME) for line in log.lines if line["kind"] == "marker"]


def _cue(number: int, moments: _Moments, zero: int, length: int, clock: WallTime | None, zone: datetime.tzinfo) -> str:
    begin, last = zero + number * TICKS, min((number + 1) * TICKS, length)
    text = words(clock.of(begin).astimezone(zone)) if clock else f"{(begin - moments.press) / TICKS:+.0f} s from the press"
    lines = [text, *_events(moments, begin, zero + last)]
    return f"{number + 1}\n{_code(number * TICKS)} --> {_code(last)}\n" + "\n".join(lines) + "\n\n"


def _code(ticks: int) -> str:
    seconds, thousandths = divmod(ticks * 1000 // TICKS, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{thousandths:03d}"


def press(log: RecordingLog) -> int:
    """Capture time of the first edge of the gesture that started the recording (ticks). Raises IntegrityError."""
    edges = fields(log.first, "trigger").get("edges")
    first = edges[0] if isinstance(edges, list) and edges else None
    return first if isinstance(first, int) and not isinstance(first, bool) else integer(log.first, "t", _ANY_TIME)


def _events(moments: _Moments, begin: int, end: int) -> Iterator[str]:
    """What happened in these ticks, a line each."""
    if moments.press >= end:
        yield "[before the press]"
    elif moments.press >= begin:
        yield "[press]"
    if any(first < end and last > begin for first, last in moments.muted):
        yield "[sound muted]"
    yield from ("[marked by the officer]" for at in moments.marked if begin <= at < end)


def muted(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """The stretches of capture time (ticks) in which the officer had muted the sound."""
    found: list[tuple[int, int]] = []
    since: int | None = None
    for line in lines:
        if line["kind"] != "mute":
            continue
        at = integer(line, "t", _ANY_TIME)
        if line.get("on") is True and since is None:
            since = at
        elif line.get("on") is False and since is not None:
            found.append((since, at))
            since = None
    return found if since is None else [*found, (since, 1 << 53)]
