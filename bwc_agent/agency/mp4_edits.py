"""Does a player show what is in the file? An MP4's edit lists decide which samples of a track it shows, and from when on; pure.

libav reads an edit list in two ways. Its usual one obeys every entry, and moves pictures against sound by up to a picture
where a cut did not fall on one (measured with `ffmpeg -ss 7.3 -c copy`: 16 ms). Its plain one gives all samples at their
true times and obeys the first entry only. So times are taken from the plain one, and the usual one must agree: one
unbroken run of the same samples, both tracks moved alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise
from operator import sub
from typing import Final

from bwc_agent.agency.excerpt_match import TOLERANCE, Samples
from bwc_agent.packets import Track
from bwc_agent.units import AAC_FRAME

_TRIES: Final = 200
"""Places at which sizes fit and times do not, before it is no honest cut: sounds of silence are alike, and a cut hides some of them."""


def honest(there: Mapping[Track, Samples], shown: Mapping[Track, Samples]) -> bool:
    """True if what is `shown` of each track is one run of what is `there`, and neither track is moved against the other.

    Tracks may differ by the time of one sample: that is the usual reading's own doing.
    """
    shifts = [_shift(samples, shown.get(track)) for track, samples in there.items()]
    known = [shift for shift in shifts if shift is not None]
    return len(known) == len(shifts) and max(known) - min(known) <= max(map(_longest, there.values()))


def _shift(there: Samples, shown: Samples | None) -> int | None:
    """By how many ticks the one run that is shown is moved; None if it is no such run, or nothing."""
    count = 0 if shown is None else len(shown.sizes)
    if shown is None or not count:
        return None
    for begin in islice(_runs(there.sizes, shown.sizes), _TRIES):
        moved: list[int] = list(map(sub, shown.times, there.times[begin : begin + count]))
        if max(moved) - min(moved) <= TOLERANCE:
            return moved[0]
    return None


def _runs(sizes: Sequence[int], part: Sequence[int]) -> Iterator[int]:
    """Where `part` stands in `sizes`. As texts of a letter for each size: their search is linear, whatever a stranger wrote."""
    letters = {size: chr(number) for number, size in enumerate(dict.fromkeys([*sizes, *part]))}
    whole, wanted = ("".join(letters[size] for size in each) for each in (sizes, part))
    begin = whole.find(wanted)
    while begin >= 0:
        yield begin
        begin = whole.find(wanted, begin + 1)


def _longest(samples: Samples) -> int:
    """Ticks of the longest of the first samples, between which a cut can fall; at least those of a sound."""
    return max([AAC_FRAME, *(later - earlier for earlier, later in pairwise(samples.times[:31]))])
