"""Which windows of a recording stand in a file of samples, whole and in their place; pure.

A mark says of each track how many samples and bytes a window has, and their SHA-256. So a window is looked for by
sizes first, which costs a look into a dictionary, and only where they fit are bytes hashed. Silence and a still picture
make windows with the same bytes: there the times decide, because all windows of an honest excerpt are moved by the same
time.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key
from itertools import accumulate, groupby, islice
from typing import Final

from bwc_agent.evidence.fields import Line, digest, integer, objects
from bwc_agent.packets import Track
from bwc_agent.units import TICKS

TOLERANCE: Final = TICKS // 500
"""Ticks by which a time may differ: another program may have rounded each track to milliseconds, and where the film begins, too."""

_UNMISTAKABLE: Final = 64
"""Places at most, at which the bytes of a window stand that tells how a piece was moved; silence fits nearly anywhere."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a mark says of one track in its window."""

    samples: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Window:
    """One mark: its number in the log from 0, the smallest and largest pts (ticks) in it, and what binds each track.

    `spans` are the smallest and largest pts of each track: no track can be moved against the other unseen.
    """

    number: int
    first: int
    last: int
    tracks: Mapping[Track, Binding]
    spans: Mapping[Track, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Samples:
    """One track of the file: bytes and time (ticks) of each sample, in file order."""

    sizes: Sequence[int]
    times: Sequence[int]


@dataclass(frozen=True, slots=True)
class Placed:
    """A window found: the index of its first sample in each track; media time is the file's time plus `shift` ticks."""

    window: Window
    at: Mapping[Track, int]
    shift: int

    def end(self, track: Track) -> int:
        """The index behind its last sample of `track`."""
        return self.at[track] + self.window.tracks[track].samples


Hits = Mapping[Track, Mapping[Binding, Sequence[int]]]
"""By track and binding: at which samples (ascending) the bytes of such a window begin."""


def bindings(line: Line, name: str) -> dict[Track, Binding]:
    """What the list `name` of a `mark` (`tracks`) or `stop` (`samples`) line says of each track. Raises IntegrityError."""
    return {
        Track(integer(entry, "track")): Binding(integer(entry, "samples"), integer(entry, "bytes"), digest(entry, "sha256"))
        for entry in objects(line, name)
    }


def windows(marks: Sequence[Line]) -> list[Window]:
    """The windows that hold samples, in order. Raises IntegrityError."""
    return [
        Window(number, *_span(mark), found, {Track(integer(entry, "track")): _span(entry) for entry in objects(mark, "tracks")})
        for number, mark in enumerate(mark for mark in marks if mark.get("tracks"))
        if (found := bindings(mark, "tracks"))
    ]


def _span(line: Line) -> tuple[int, int]:
    return integer(line, "from", -(1 << 53)), integer(line, "to", -(1 << 53))


def showing(wanted: Sequence[Window], tracks: Collection[Track]) -> list[Window]:
    """Those windows of which a file with these tracks can show something, numbered anew."""
    seen = [window for window in wanted if any(track in window.tracks for track in tracks)]
    return [replace(window, number=number) for number, window in enumerate(seen)]


def candidates(wanted: Iterable[Binding], sizes: Sequence[int]) -> Iterator[tuple[int, Binding]]:
    """Every sample index at which one of the `wanted` windows may begin, by number and bytes of samples alone."""
    sums = list(accumulate(sizes, initial=0))
    by_size: dict[tuple[int, int], set[Binding]] = {}
    for binding in wanted:
        by_size.setdefault((binding.samples, binding.bytes), set()).add(binding)
    counts = sorted({samples for samples, _ in by_size})
    for begin in range(len(sizes)):
        for count in counts:
            if begin + count > len(sizes):
                break
            for binding in by_size.get((count, sums[begin + count] - sums[begin]), ()):
                yield begin, binding


def place(wanted: Sequence[Window], samples: Mapping[Track, Samples], hits: Hits, taken: Sequence[Placed] = ()) -> list[Placed]:
    """The windows that stand in the file with all their tracks and with their own times, in the order of the file.

    No sample is given to two windows, and none that a `taken` one has. Where bytes fit several windows, those win that are
    moved as most others are.
    """
    groups: list[list[Placed]] = []
    for placed in sorted(_found(wanted, samples, hits), key=lambda p: p.shift):
        if not groups or not alike(groups[-1][-1], placed):
            groups.append([])
        groups[-1].append(placed)
    free = {track: bytearray(b"\1") * len(of.sizes) for track, of in samples.items()}
    for placed in taken:
        _occupy(placed, free)
    chosen = [p for group in sorted(groups, key=_weight, reverse=True) for p in _fit(group, free)]

    def before(one: Placed, other: Placed) -> int:
        return _before(one, other, samples)

    return sorted(chosen, key=cmp_to_key(before))


def _weight(group: Sequence[Placed]) -> tuple[int, int]:
    """How many windows are moved alike, and how many of them lack no track."""
    return len(group), sum(len(placed.at) == len(placed.window.tracks) for placed in group)


def _found(wanted: Sequence[Window], samples: Mapping[Track, Samples], hits: Hits) -> list[Placed]:
    """Wherever windows stand. What fits anywhere, as silence does, is tried only where something unmistakable says how it is moved."""
    known = [window for window in wanted if _lead_hits(window, samples, hits)]
    common = [window for window in known if len(_lead_hits(window, samples, hits)) > _UNMISTAKABLE]
    found = [p for window in known if len(_lead_hits(window, samples, hits)) <= _UNMISTAKABLE for p in _places(window, samples, hits)]
    if not found:
        # Nothing but such windows: what they show of each other is how far apart they are, so the first places will do.
        found = [p for window in common[:_UNMISTAKABLE] for p in islice(_places(window, samples, hits), 1)]
    shifts = _shifts(found)
    return [*found, *(p for window in common for shift in shifts for p in _places(window, samples, hits, shift))]


def _lead_hits(window: Window, samples: Mapping[Track, Samples], hits: Hits) -> Sequence[int]:
    lead = next((track for track in window.tracks if track in samples), None)
    return () if lead is None else hits[lead].get(window.tracks[lead], ())


def _shifts(found: Sequence[Placed]) -> list[int]:
    """The different times by which windows are moved."""
    shifts: list[int] = []
    for shift in sorted(placed.shift for placed in found):
        if not shifts or shift - shifts[-1] > TOLERANCE:
            shifts.append(shift)
    return shifts


def _occupy(placed: Placed, free: Mapping[Track, bytearray]) -> None:
    for track, at in placed.at.items():
        if track in free:
            free[track][at : placed.end(track)] = bytes(placed.end(track) - at)


def _fit(group: list[Placed], free: Mapping[Track, bytearray]) -> Iterator[Placed]:
    """Of windows that are moved alike, each once, as far as its samples are `free`; they are not any more afterwards."""
    before: Placed | None = None
    group.sort(key=lambda placed: placed.window.number)
    for _, same in groupby(group, key=lambda placed: placed.window.number):
        fits = [p for p in same if all(all(free[track][at : p.end(track)]) for track, at in p.at.items())]
        if not fits:
            continue
        best = next((p for p in fits if before is not None and goes_on(before, p)), fits[0])
        _occupy(best, free)
        before = best
        yield best


def goes_on(before: Placed, after: Placed) -> bool:
    """True if `after` is the next window of the recording, and follows without a sample in between and without a jump."""
    return (
        after.window.number == before.window.number + 1
        and alike(before, after)
        and all(after.at[track] == before.end(track) for track in after.at if track in before.at)
    )


def alike(one: Placed, other: Placed) -> bool:
    """True if both may be moved by the same time."""
    return abs(one.shift - other.shift) <= TOLERANCE


def _before(one: Placed, other: Placed, samples: Mapping[Track, Samples]) -> int:
    """Below 0 if `one` stands first: by a track that both have, for sound runs behind picture and one may stop alone."""
    for track in one.at.keys() & other.at.keys():
        return one.at[track] - other.at[track]
    return _end(one, samples) - _end(other, samples)


def _end(placed: Placed, samples: Mapping[Track, Samples]) -> int:
    return max(samples[track].times[placed.end(track) - 1] for track in placed.at)


def _places(window: Window, samples: Mapping[Track, Samples], hits: Hits, shift: int | None = None) -> Iterator[Placed]:
    """Wherever all tracks of `window` that the file has stand together at times that are one shift away from its own.

    With a `shift`, only where it is that one.
    """
    tracks = [track for track in window.tracks if track in samples]
    if not tracks:
        return
    lead, others = tracks[0], tracks[1:]
    span = window.last - window.first + TOLERANCE
    begins = hits[lead].get(window.tracks[lead], ())
    if shift is not None:
        begins = _near(begins, samples[lead].times, window.spans[lead][0] - shift, TOLERANCE)
    for index in begins:
        around = samples[lead].times[index]
        choices = [{lead: index}]
        for track in others:
            near = _near(hits[track].get(window.tracks[track], ()), samples[track].times, around, span)
            choices = [{**choice, track: other} for choice in choices for other in near]
        for choice in choices:
            placed = _shifted(window, choice, samples)
            if placed is not None:
                yield placed


def _near(indexes: Sequence[int], times: Sequence[int], around: int, span: int) -> list[int]:
    first = bisect_left(indexes, around - span, key=times.__getitem__)
    last = bisect_left(indexes, around + span + 1, key=times.__getitem__)
    return list(indexes[first:last])


def _shifted(window: Window, at: dict[Track, int], samples: Mapping[Track, Samples]) -> Placed | None:
    """`window` at these samples, if the first and the last of every track are all moved by one time."""
    moved: list[int] = []
    for track, index in at.items():
        times, (first, last) = samples[track].times, window.spans[track]
        moved += [first - times[index], last - times[index + window.tracks[track].samples - 1]]
    return Placed(window, at, moved[0]) if max(moved) - min(moved) <= TOLERANCE else None
