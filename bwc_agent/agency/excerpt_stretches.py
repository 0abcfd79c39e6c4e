"""Second by second: what of a film is original, what is not, and what of the recording is missing in between; pure.

Windows that were found with all their tracks are original. What lies between two runs of them is looked at track by
track: a redaction often leaves the pictures and replaces the sound, or the other way round, and the table says so.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby
from typing import Final

from bwc_agent.agency.excerpt_match import Hits, Placed, Samples, Window, alike, goes_on, place
from bwc_agent.packets import Track

Ticks = tuple[int, int]
"""Times of the first and of the last picture or sound: in the film, or of capture."""


class What(Enum):
    """What a stretch of the film is."""

    ORIGINAL = "original"
    PICTURES = "pictures original, sound not"
    SOUND = "sound original, pictures not"
    APART = "both original, moved against each other"
    CHANGED = "not original"
    UNPROVEN = "not proven"
    """Less than a signed window, or one track of it: a cut went through."""
    MISSING = "missing between"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the film is `what`; it was recorded at the capture times `recorded`, or stands in the place of that.

    Times are of pictures where there are any: the sound that was signed with them runs a little behind. What is missing
    has no time in the film; `recorded` is None where nothing tells it. `apart`: ticks by which its sound was moved.
    """

    what: What
    film: Ticks | None
    recorded: Ticks | None
    apart: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The windows of a film: `placed` with all tracks, runs of them that `goes_on`, and `alone` those of one track only."""

    placed: Sequence[Placed]
    alone: Mapping[Track, Sequence[Placed]] = field(default_factory=dict)

    def runs(self) -> list[list[Placed]]:
        """The placed windows, a list for each stretch without a jump."""
        found: list[list[Placed]] = []
        for placed in self.placed:
            if found and goes_on(found[-1][-1], placed):
                found[-1].append(placed)
            else:
                found.append([placed])
        return found


def find(wanted: Sequence[Window], samples: Mapping[Track, Samples], hits: Hits) -> Found:
    """Where windows stand, first with all their tracks, then those of a single track among the samples left over."""
    placed = place(wanted, samples, hits)
    left = {track: of for track, of in samples.items() if _covered(track, placed) < len(of.sizes)}
    return Found(placed, {track: place(_only(wanted, track), {track: of}, hits, placed) for track, of in left.items() if len(samples) > 1})


def _covered(track: Track, placed: Sequence[Placed]) -> int:
    return sum(p.window.tracks[track].samples for p in placed if track in p.at)


def _only(wanted: Sequence[Window], track: Track) -> list[Window]:
    """The windows as if they had this track only, numbered anew."""
    having = [window for window in wanted if track in window.tracks]
    return [
        Window(number, *window.spans[track], {track: window.tracks[track]}, {track: window.spans[track]})
        for number, window in enumerate(having)
    ]


def stretches(found: Found, samples: Mapping[Track, Samples], begin_torn: bool, end_torn: bool) -> list[Stretch]:
    """The whole film in its own order.

    `torn`: what stands outside the outermost windows there is no more than a cut leaves.
    """
    runs, table = found.runs(), _Table(found, samples)
    if not runs:
        return list(table.hole(None, None))
    out: list[Stretch] = []
    for before, run in zip([None, *runs], runs, strict=False):
        last = None if before is None else before[-1]
        out += table.edge(None, run[0], begin_torn) if last is None else table.hole(last, run[0])
        out.append(table.original(run))
    return [*out, *table.edge(runs[-1][-1], None, end_torn)]


class _Table:
    """Rows about one film."""

    def __init__(self, found: Found, samples: Mapping[Track, Samples]) -> None:
        self._samples = samples
        self._alone: dict[Track, dict[int, Placed]] = {
            track: {index: p for p in placed for index in range(p.at[track], p.end(track))} for track, placed in found.alone.items()
        }
        self._placed = found.placed
        self._order = {id(placed): number for number, placed in enumerate(found.placed)}

    def original(self, run: Sequence[Placed]) -> Stretch:
        """A run of whole windows."""
        begin, end = _lead(run[0].at), _lead(run[-1].at)
        film = self._samples[begin].times[run[0].at[begin]], self._samples[end].times[run[-1].end(end) - 1]
        lacking = any(placed.window.tracks.keys() - placed.at.keys() for placed in run)
        what = _WORDS[Track.VIDEO in self._samples, Track.AUDIO in self._samples] if lacking else What.ORIGINAL
        return Stretch(what, film, (run[0].window.spans[begin][0], run[-1].window.spans[end][1]))

    def edge(self, before: Placed | None, after: Placed | None, torn: bool) -> list[Stretch]:
        """What stands outside the outermost windows."""
        rows = list(self.hole(before, after))
        if not torn or not rows:
            return rows
        known = [row.recorded for row in rows if row.recorded]
        recorded = (min(first for first, _ in known), max(last for _, last in known)) if known else None
        times = [row.film for row in rows if row.film]
        return [Stretch(What.UNPROVEN, (min(first for first, _ in times), max(last for _, last in times)), recorded)]

    def hole(self, before: Placed | None, after: Placed | None) -> Iterator[Stretch]:
        """What stands between two windows that do not follow each other, or outside all."""
        bounds = {track: self._bounds(track, before, after) for track in self._samples}
        filled = [track for track, indexes in bounds.items() if indexes]
        together = before is not None and after is not None and alike(before, after)
        if before is not None and after is not None and after.window.number > before.window.number + 1 and not (together and filled):
            ends = before.window.spans[_lead(before.at)][1], after.window.spans[_lead(after.at)][0]
            yield Stretch(What.MISSING, None, ends)
        if filled:
            lead, shift = _lead(filled), self._shift(before, after, together)
            for indexes in self._groups(lead, bounds[lead]):
                yield self._row(lead, indexes, bounds, shift)

    def _bounds(self, track: Track, before: Placed | None, after: Placed | None) -> range:
        """The samples of `track` in the hole; a track may be lacking in the very windows at its borders."""
        begin, end = 0, len(self._samples[track].sizes)
        if before is not None:
            known = (self._placed[number] for number in range(self._order[id(before)], -1, -1))
            begin = next((p.end(track) for p in known if track in p.at), begin)
        if after is not None:
            known = (self._placed[number] for number in range(self._order[id(after)], len(self._placed)))
            end = next((p.at[track] for p in known if track in p.at), end)
        return range(begin, end)

    @staticmethod
    def _shift(before: Placed | None, after: Placed | None, together: bool) -> int | None:
        """By which the hole's time may be told: where nothing was moved, or only one side is known."""
        sides = [side for side in (before, after) if side is not None]
        return sides[0].shift if together or len(sides) == 1 else None

    def _groups(self, lead: Track, indexes: range) -> Iterator[list[int]]:
        """Samples that belong together: of windows found alone that follow each other, or of none."""
        known = self._alone.get(lead, {})
        number, before = 0, known.get(indexes[0]) if indexes else None

        def run(index: int) -> int:
            nonlocal number, before
            now = known.get(index)
            if now is not before and not (now and before and goes_on(before, now)):
                number += 1
            before = now
            return number

        return (list(group) for _, group in groupby(indexes, key=run))

    def _row(self, lead: Track, indexes: list[int], bounds: Mapping[Track, range], shift: int | None) -> Stretch:
        times = self._samples[lead].times
        film = times[indexes[0]], times[indexes[-1]]
        known = self._alone.get(lead, {}).get(indexes[0])
        other = Track.AUDIO if lead is Track.VIDEO else Track.VIDEO
        beside = self._beside(other, bounds.get(other, range(0)), film)
        if told := known or (beside if shift is None else None):
            shift = told.shift
        recorded = None if shift is None else (film[0] + shift, film[1] + shift)
        right = {lead: known is not None, other: beside is not None}
        what = _WORDS[right[Track.VIDEO], right[Track.AUDIO]]
        return Stretch(what, film, recorded, shift - beside.shift if what is What.APART and shift is not None and beside else 0)

    def _beside(self, track: Track, indexes: range, film: Ticks) -> Placed | None:
        """A window of the other track at this time, if all its samples there are as they were recorded."""
        times, known = self._samples[track].times if indexes else (), self._alone.get(track, {})
        there = [index for index in indexes if film[0] <= times[index] <= film[1]]
        return known[there[0]] if there and all(index in known for index in there) else None


def _lead(there: Collection[Track]) -> Track:
    """The track whose times are told: what is seen, or what is heard where nothing is."""
    return Track.VIDEO if Track.VIDEO in there else Track.AUDIO


_WORDS: Final = {
    (True, True): What.APART,
    (True, False): What.PICTURES,
    (False, True): What.SOUND,
    (False, False): What.CHANGED,
}
