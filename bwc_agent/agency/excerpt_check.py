"""Is this MP4 the recording, or a piece of it? Answered from the log and its certificates; the segments may be gone.

A whole export repeats the digests of the log's `stop`. A piece, cut by any program that copies samples, holds whole
windows, each bound by a mark; what stands before the first and behind the last of them is vouched for by nobody. The
times of the samples are part of the answer: a film slowed down, or sound moved against pictures, does not fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.agency.excerpt_edges import Edge, edge
from bwc_agent.agency.excerpt_match import Binding, Hits, Placed, Window, bindings, candidates, goes_on, place, showing, windows
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
_UNITS: Final = {Track.VIDEO: "pictures", Track.AUDIO: "packets of sound"}
_NAMES: Final = {Track.VIDEO: "pictures", Track.AUDIO: "sound"}


def verify_export(mp4: Path, record: Path, authority: Certificate, revocations: Revocations = NO_REVOCATIONS) -> Verdict:
    """The verdict about the file `mp4` against the recording whose log and signer.pem lie in the folder `record`.

    `spans` are the stretches of the recording that stand in the file unchanged. Reads the file at most twice and holds
    none of it. Raises StorageError if the folder cannot be read.
    """
    if not record.is_dir():
        return Verdict(
            mp4.name, (Reason(State.NOT_A_RECORDING, "is not a folder: give the one with log.jsonl and signer.pem", str(record)),)
        )
    try:
        log = read_signed_log(record, authority, revocations)
        recorded = windows(log.marks)
    except Refused as refused:
        return Verdict(mp4.name, (refused.reason,), not_checked=("the film: without a log that can be believed nothing speaks for it",))
    try:
        file = read_samples(mp4)
        wanted = showing(recorded, file.tracks)
        hits = _hits(mp4, log, wanted, file)
        placed = place(wanted, file.tracks, hits)
    except IntegrityError as error:
        return Verdict(mp4.name, (Reason(State.NOT_A_RECORDING, str(error)),), log)
    lacking = list(_foreign(file, {track for window in recorded for track in window.tracks}))
    verdict = _judge(mp4.name, log, wanted, file, placed, hits, lacking)
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
    name: str, log: RecordingLog, wanted: Sequence[Window], file: Mp4Samples, placed: Sequence[Placed], hits: Hits, lacking: list[Reason]
) -> Verdict:
    reasons = [*lacking, *(_uncovered(wanted, file, placed, hits) if placed else [_NOTHING]), *_jumps(placed)]
    whole = len(placed) == len(wanted) and not reasons
    if whole and log.stop is None:
        reasons.append(Reason(State.TRUNCATED, "the recording itself ends without a stop, as after a power cut"))
    what = f"the whole recording {log.name}" if whole else f"{len(placed)} of the {len(wanted)} windows of recording {log.name}"
    notes = (what, *_hidden(file))
    others = tuple(f"a further track: {other}" for other in file.others)
    return Verdict(name, tuple(reasons), log, _spans(placed), notes, ("signatures over each window's samples",), (*others, *_NOT_CHECKED))


_NOTHING: Final = Reason(
    State.ALTERED,
    "no window of it is this recording's: it was encoded anew, its bytes or times were changed, or it is of another recording",
)


def _foreign(file: Mp4Samples, recorded: set[Track]) -> Iterator[Reason]:
    """Tracks that the recording has and the file lacks, or the other way round, and what is not shown as it is."""
    for track in sorted(recorded - file.tracks.keys(), key=lambda t: t.value):
        yield Reason(State.INCOMPLETE, f"it lacks the recording's {_NAMES[track]}, or has them encoded anew")
    for track in file.tracks.keys() - recorded:
        yield Reason(State.ALTERED, f"the recording has no {_NAMES[track]}, the file has")
    if any(other.startswith(("video", "audio")) for other in file.others):
        yield Reason(State.ALTERED, f"there is more in it than the recording's tracks: {', '.join(file.others)}")
    if file.tracks and not honest(file.tracks, file.shown):
        yield Reason(State.ALTERED, "its edit lists make a player hide, repeat or move a part of what is in it")


def _hidden(file: Mp4Samples) -> Iterator[str]:
    """What the edit lists hide at the ends, as a cut by a stock program does: it is in the file all the same."""
    for track, samples in file.tracks.items():
        seen, there = len(file.shown[track].sizes) if track in file.shown else 0, len(samples.sizes)
        if seen < there:
            yield f"a player shows {seen} of the {there} {_UNITS[track]} in it: its edit list hides the others"


def _uncovered(wanted: Sequence[Window], file: Mp4Samples, placed: Sequence[Placed], hits: Hits) -> Iterator[Reason]:
    """Samples that stand in no window that was found."""
    for track, samples in file.tracks.items():
        having = [p for p in placed if track in p.at]
        if not having:
            yield Reason(State.ALTERED, f"no window of the {_NAMES[track]} is this recording's")
            continue
        between = sum(later.at[track] - earlier.end(track) for earlier, later in pairwise(having))
        if between:
            yield Reason(State.ALTERED, f"{between} {_UNITS[track]} between original ones are not as they were recorded, or elsewhere")
        yield from _edge(track, edge(track, having[0], wanted, samples, hits[track], False), "beginning")
        yield from _edge(track, edge(track, having[-1], wanted, samples, hits[track], True), "end")


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
            yield Reason(State.ALTERED, f"behind second {second:.1f} of the file something was changed, left out, or put elsewhere")


def _spans(placed: Sequence[Placed]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for index, now in enumerate(placed):
        if index and goes_on(placed[index - 1], now):
            spans[-1] = Span(spans[-1].first, now.window.last, Protection.SIGNED)
        else:
            spans.append(Span(now.window.first, now.window.last, Protection.SIGNED))
    return tuple(spans)
