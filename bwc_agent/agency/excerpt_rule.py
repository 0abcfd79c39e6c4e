"""Which windows an excerpt takes; pure.

It takes every window of which something is seen or heard in the time asked for, and before them as many as a decoder
needs to begin: the first pictures must begin with a keyframe. Marks bind both tracks, and sound runs behind the pictures
that it was signed with; so both tracks reach beyond what was asked for, differently far, and neither falls short of it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from bwc_agent.agency.excerpt_match import Window
from bwc_agent.packets import Track
from bwc_agent.units import AAC_FRAME, seconds

LONGEST_PICTURE: Final = seconds(2)
"""Ticks for which a picture counts as seen when no other follows: what comes later was a gap."""

Keyframe = Callable[[Window], bool]
"""True if the pictures of a window begin with a keyframe; asked only where it matters, for it opens a segment."""


def ends(recorded: Sequence[Window]) -> list[int]:
    """For each window the time (ticks) up to which something of it is seen or heard."""
    found: list[int] = []
    following: int | None = None
    for window in reversed(recorded):
        until = window.last + 1
        if Track.AUDIO in window.spans:
            until = max(until, window.spans[Track.AUDIO][1] + AAC_FRAME)
        if Track.VIDEO in window.spans:
            first, last = window.spans[Track.VIDEO]
            until = max(until, min(last + LONGEST_PICTURE, last + 1 if following is None else following))
            following = first
        found.append(until)
    return found[::-1]


def touched(recorded: Sequence[Window], begin: int, end: int) -> range:
    """The windows from the first to the last of which something falls into the ticks from `begin` to before `end`."""
    until = ends(recorded)
    numbers = [n for n, window in enumerate(recorded) if window.first < end and until[n] > begin]
    return range(numbers[0], numbers[-1] + 1) if numbers else range(0)


def widened(recorded: Sequence[Window], wanted: range, keyframe: Keyframe) -> range:
    """`wanted` and as many windows before it as a decoder needs to begin; empty if it can begin nowhere."""
    for start in range(wanted.start, -1, -1):
        shown = next((window for window in recorded[start : wanted.stop] if Track.VIDEO in window.tracks), None)
        if shown is None or keyframe(shown):
            return range(start, wanted.stop)
    return range(0)


def keyframes_around(recorded: Sequence[Window], at: int, keyframe: Keyframe) -> list[int]:
    """The times (ticks) of the last keyframe up to `at` and of the first behind it, as far as there are any."""
    shown = [window for window in recorded if Track.VIDEO in window.spans]
    before = (window for window in reversed(shown) if window.spans[Track.VIDEO][0] <= at)
    after = (window for window in shown if window.spans[Track.VIDEO][0] > at)
    found = (next((window for window in side if keyframe(window)), None) for side in (before, after))
    return [window.spans[Track.VIDEO][0] for window in found if window is not None]
