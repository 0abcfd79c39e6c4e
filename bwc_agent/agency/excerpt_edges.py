"""The two ends of a piece that a stock program cut out; pure.

Such a program begins the pictures at a keyframe and the sound at the cut. So whole windows of pictures can stand there
whose sound was cut off, and before them, or behind the last, the rest of a window that nobody can check.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bwc_agent.agency.excerpt_match import TOLERANCE, Binding, Placed, Samples, Window
from bwc_agent.packets import Track


@dataclass(frozen=True, slots=True)
class Edge:
    """Beyond the outermost whole window: `alone` samples of one track in windows that lack the other, over `ticks`.

    Then `rest` samples in no whole window; `partial` if they are fewer than the window that was recorded there.
    """

    alone: int
    ticks: int
    rest: int
    partial: bool


def edge(
    track: Track, last: Placed, wanted: Sequence[Window], samples: Samples, hits: Mapping[Binding, Sequence[int]], forward: bool
) -> Edge:
    """What stands in `track` behind the window `last` (`forward`) or before it."""
    step = 1 if forward else -1
    begun = at = last.end(track) if forward else last.at[track]
    number = last.window.number + step
    partial = False
    while 0 <= number < len(wanted):
        binding = wanted[number].tracks.get(track)
        if binding is not None:
            begin = at if forward else at - binding.samples
            if not _stands(begin, wanted[number], track, samples, hits, last.shift):
                partial = _left(at, samples, forward) < binding.samples
                break
            at = begin + binding.samples if forward else begin
        number += step
    first, end = min(begun, at), max(begun, at)
    ticks = samples.times[end - 1] - samples.times[first] if end > first else 0
    return Edge(end - first, ticks, _left(at, samples, forward), partial)


def _left(at: int, samples: Samples, forward: bool) -> int:
    return len(samples.sizes) - at if forward else at


def _stands(begin: int, window: Window, track: Track, samples: Samples, hits: Mapping[Binding, Sequence[int]], shift: int) -> bool:
    """True if this track's part of `window` begins at sample `begin`, at its own time."""
    binding, (first, last) = window.tracks[track], window.spans[track]
    found = hits.get(binding, ())
    index = bisect_left(found, begin)
    if index == len(found) or found[index] != begin:
        return False
    ends = samples.times[begin] + shift - first, samples.times[begin + binding.samples - 1] + shift - last
    return all(abs(off) <= TOLERANCE for off in ends)
