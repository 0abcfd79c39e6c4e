"""Is this MP4 the recording, or a piece of it? Answered from the log and its certificates; the segments may be gone.

A whole export repeats the digests of the log's `stop`. A piece, cut by any program that copies samples, holds whole
windows, each bound by a mark; what stands before the first and behind the last of them is vouched for by nobody. The
times of the samples are part of the answer: a film slowed down, or sound moved against pictures, does not fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.agency.excerpt_edges import Edge, edge
from bwc_agent.agency.excerpt_match import Binding, Hits, Placed, Window, bindings, candidates, goes_on, showing, windows
from bwc_agent.agency.excerpt_stretches import Found, Stretch, find, stretches
from bwc_agent.agency.mp4_edits import honest
from bwc_agent.agency.mp4_samples import Mp4Samples, hash_candidates, read_samples
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.revocations import NO_REVOCATIONS, Revocations
from bwc_agent.evidence.verdict import Protection, Reason, Span, State, Verdict
from bwc_agent.evidence.verify_log import Refused, read_signed_log
from bwc_agent.packets import Track
from bwc_agent.units import TICKS

_NOT_CHECKED: Final = (
    "the time of a single picture or sound inside its half second: only the first and the last are bound",
    "how a player shows it: turned, cropped, with what title",
    "the time of day: UTC in the log is what the device claimed",
)
_GOP: Final = 2 * TICKS
"""Pictures without their sound that a cut back to a keyframe may leave: keyframes come each second, and later where pictures are rare."""
_PROTECTION: Final = ("signatures over each window's samples",)
_UNITS: Final = {Track.VIDEO: "pictures", Track.AUDIO: "packets of sound"}
_NAMES: Final = {Track.VIDEO: "pictures", Track.AUDIO: "sound"}


@dataclass(frozen=True, slots=True)
class FilmVerdict(Verdict):
    """A verdict about a film: `stretches` are what each of its seconds is, in its own order."""

    stretches: tuple[Stretch, ...] = ()


def verify_export(mp4: Path, record: Path, authority: Certificate, revocations: Revocations = NO_REVOCATIONS) -> FilmVerdict:
    """The verdict about the file `mp4` against the recording whose log and signer.pem lie in the folder `record`.

    `spans` are the stretches of the recording that stand in the file unchanged. Reads the file at most three times and holds
    none of it. Raises StorageError if the folder cannot be read.
    """
    if not record.is_dir():
        return FilmVerdict(
            mp4.name, (Reason(State.NOT_A_RECORDING, "is not a folder: give the one with log.jsonl and signer.pem", str(record)),)
        )
    try:
        log = read_signed_log(record, authority, revocations)
        recorded = windows(log.marks)
    except Refused as refused:
        return FilmVerdict(mp4.name, (refused.reason,), not_checked=("the film: without a log that can be believed nothing speaks for it",))
    try:
        file = read_samples(mp4)
        wanted = showing(recorded, file.tracks)
        hits = _hits(mp4, log, wanted, file)
        found = find(wanted, file.tracks, hits)
    except IntegrityError as error:
        return FilmVerdict(mp4.name, (Reason(State.NOT_A_RECORDING, str(error)),), log)
    # A piece of a time in which only one track was recorded lacks nothing.
    lacking = list(_foreign(file, _around(found.placed, recorded), recorded))
    verdict = _judge(mp4.name, log, wanted, file, found, hits, lacking)
    return replace(verdict, not_checked=(*verdict.not_checked, revocations.unknown()))


def _hits(mp4: Path, log: RecordingLog, wanted: Sequence[Window], file: Mp4Samples) -> Hits:
    """Where windows stand. In a track that is the whole recording's, they follow one another; else they are looked for."""
    stop = bindings(log.stop, "samples") if log.stop is not None else {}
    whole = {track for track, found in file.whole.items() if stop.get(track) == found}
    search = {
        track: candidates({window.tracks[track]: None for window in wanted if track in window.tracks}, samples.sizes)
        for track, samples in file.tracks.items()
        if track not in whole
    }
    found = hash_candidates(mp4, search) if search else {}
    return {**found, **{track: _in_order(track, wanted) for track in whole}}


def _in_order(track: Track, wanted: Sequence[Window]) -> Mapping[Binding, list[int]]:
    found: dict[Binding, list[int]] = {}
    index = 0
    for window in wanted:
        if track in window.tracks:
            found.setdefault(window.tracks[track], []).append(index)
            index += window.tracks[track].samples
    return found


def _judge(
    name: str, log: RecordingLog, wanted: Sequence[Window], file: Mp4Samples, found: Found, hits: Hits, lacking: list[Reason]
) -> FilmVerdict:
    placed = found.placed
    begin, end = (list(_outside(wanted, file, placed, hits, forward)) for forward in (False, True))
    torn = tuple(all(reason.state is State.UNSIGNED_TAIL for reason in side) for side in (begin, end))
    rows = tuple(stretches(found, file.tracks, torn[0], torn[1]))
    reasons = [*lacking, *(_between(file, found) if placed else [_NOTHING]), *begin, *end, *_jumps(placed), *_moved(rows)]
    whole = len(placed) == len(log.windows) and not reasons
    if whole and log.stop is None:
        reasons.append(Reason(State.TRUNCATED, "the recording itself ends without a stop, as after a power cut"))
    what = f"the whole recording {log.name}" if whole else f"{len(placed)} of the {len(log.windows)} windows of recording {log.name}"
    spans = tuple(Span(run[0].window.first, run[-1].window.last, Protection.SIGNED) for run in found.runs())
    not_checked = (*(f"a further track: {other}" for other in file.others), *_NOT_CHECKED)
    return FilmVerdict(name, tuple(reasons), log, spans, (what, *_hidden(file)), _PROTECTION, not_checked, rows)


_NOTHING: Final = Reason(
    State.ALTERED,
    "no window of it is this recording's: pictures or sound were encoded anew or moved, bytes changed, or it is of another recording",
)


def _foreign(file: Mp4Samples, shown: Sequence[Window], recorded: Sequence[Window]) -> Iterator[Reason]:
    """Tracks that the windows `shown` have and the file lacks, or that no window has, and what is not shown as it is."""
    for track in sorted(_tracks(shown) - file.tracks.keys(), key=lambda t: t.value):
        yield Reason(State.INCOMPLETE, f"it lacks the recording's {_NAMES[track]}, or has them encoded anew")
    for track in file.tracks.keys() - _tracks(recorded):
        yield Reason(State.ALTERED, f"the recording has no {_NAMES[track]}, the file has")
    if any(other.startswith(("video", "audio")) for other in file.others):
        yield Reason(State.ALTERED, f"there is more in it than the recording's tracks: {', '.join(file.others)}")
    if file.tracks and not honest(file.tracks, file.shown):
        yield Reason(State.ALTERED, "its edit lists make a player hide, repeat or move a part of what is in it")


def _around(placed: Sequence[Placed], recorded: Sequence[Window]) -> Sequence[Window]:
    """The windows of the time that was found, all if none was: those that a piece of it must have with all their tracks."""
    if not placed:
        return recorded
    first, last = min(p.window.first for p in placed), max(p.window.last for p in placed)
    return [window for window in recorded if first <= window.first and window.last <= last]


def _tracks(having: Sequence[Window]) -> set[Track]:
    return {track for window in having for track in window.tracks}


def _hidden(file: Mp4Samples) -> Iterator[str]:
    """What the edit lists hide at the ends, as a cut by a stock program does: it is in the file all the same."""
    for track, samples in file.tracks.items():
        seen, there = len(file.shown[track].sizes) if track in file.shown else 0, len(samples.sizes)
        if seen < there:
            yield f"a player shows {seen} of the {there} {_UNITS[track]} in it: its edit list hides the others"


def _between(file: Mp4Samples, found: Found) -> Iterator[Reason]:
    """Samples between the outermost windows that are as recorded neither with the other track nor alone."""
    for track in file.tracks:
        having, alone = [p for p in found.placed if track in p.at], found.alone.get(track, ())
        if not having:
            if not alone:
                yield Reason(State.ALTERED, f"no window of the {_NAMES[track]} is this recording's")
            continue
        between = sum(later.at[track] - earlier.end(track) for earlier, later in pairwise(having))
        inside = (p for p in alone if having[0].at[track] < p.at[track] < having[-1].at[track])
        if between := between - sum(p.window.tracks[track].samples for p in inside):
            yield Reason(State.ALTERED, f"{between} {_UNITS[track]} between original ones are not as they were recorded, or elsewhere")


def _moved(rows: Sequence[Stretch]) -> Iterator[Reason]:
    """Pictures and sound that are as recorded, each for itself, and do not stand together as they were recorded."""
    if by := max((abs(row.apart) for row in rows), default=0):
        yield Reason(State.ALTERED, f"sound was moved against the pictures it was recorded with, by up to {by * 1000 / TICKS:.0f} ms")


def _outside(wanted: Sequence[Window], file: Mp4Samples, placed: Sequence[Placed], hits: Hits, forward: bool) -> Iterator[Reason]:
    """Samples behind the last window (`forward`), or before the first."""
    for track, samples in file.tracks.items():
        having = [p for p in placed if track in p.at]
        if having:
            outermost = having[-1] if forward else having[0]
            yield from _edge(track, edge(track, outermost, wanted, samples, hits[track], forward), "end" if forward else "beginning")


def _edge(track: Track, found: Edge, where: str) -> Iterator[Reason]:
    """A cut leaves pictures back to a keyframe without their sound, and less than a window; more was done on purpose."""
    what = _UNITS[track]
    if found.alone:
        state = State.UNSIGNED_TAIL if found.ticks <= _GOP else State.INCOMPLETE
        yield Reason(
            state, f"at its {where} {found.alone} {what} are as recorded, but not whole windows: what was recorded with them is cut off"
        )
    if found.rest and found.partial:
        yield Reason(State.UNSIGNED_TAIL, f"at its {where} {found.rest} {what} are no whole window: nobody vouches for them")
    elif found.rest:
        yield Reason(State.ALTERED, f"at its {where} {found.rest} {what} stand in no window that is as it was recorded")


def _jumps(placed: Sequence[Placed]) -> Iterator[Reason]:
    """Places where one original piece ends and another, not its continuation, begins."""
    for before, after in pairwise(placed):
        if not goes_on(before, after):
            second = (before.window.last - before.shift) / TICKS
            earlier = after.window.number <= before.window.number
            what = (
                "stands what was recorded before it: repeated, or out of order" if earlier else "something was changed, left out, or moved"
            )
            yield Reason(State.ALTERED, f"behind second {second:.1f} of the file {what}")
