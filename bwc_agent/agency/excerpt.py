"""A piece of a recording as one MP4 that proves itself: whole signed windows from a keyframe on, copied as an export copies.

    20260101T013012+0100_BWC-0001_000003-0001_12.07-20.41.mp4, .srt, _statement.json

Only the segments that it is cut from must be here and right; what else is missing or wrong stands in the statement's
verdict. `excerpt_rule.py` says which windows are taken for which time.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.agency.excerpt_match import Window, windows
from bwc_agent.agency.excerpt_rule import ends, keyframes_around, touched, widened
from bwc_agent.agency.excerpt_time import moment
from bwc_agent.agency.export import Exported, Job, NotExported, Order, deliver
from bwc_agent.agency.open import open_sealed
from bwc_agent.agency.piece import piece_of
from bwc_agent.agency.remux import Progress, silent
from bwc_agent.agency.statement import EXCERPT
from bwc_agent.agency.wall_time import wall_time, words
from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.verdict import Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.fmp4.reader import iter_fragments
from bwc_agent.packets import Track
from bwc_agent.units import TICKS


@dataclass(frozen=True, slots=True)
class Wanted:
    """The time asked for, as a person wrote it (`excerpt_time.py`)."""

    begin: str
    end: str


def excerpt(
    folder: Path,
    authority: Certificate,
    private: RecipientPrivate,
    order: Order,
    wanted: Wanted,
    out: Path,
    progress: Progress = silent,
) -> Exported:
    """The wanted time of the recording in `folder`, widened to whole windows, stands in `out`, or nothing of it does.

    Raises ConfigError for a time that the recording does not have, naming what it has, NotExported (an IntegrityError) if
    its log is not believed or a needed segment is not here, else as `export`.
    """
    verdict = verify_recording(folder, authority, order.given)
    if verdict.log is None or not verdict.log.windows:
        raise NotExported(verdict)
    cutting = _Cutting(folder, verdict.log, verdict, private, order)
    begin, end = cutting.times(wanted)
    return deliver(cutting.job(begin, end, cutting.windows(begin, end), out), progress)


class _Cutting:
    """What is asked of a recording before anything is copied. Times are capture times, in ticks, unless said otherwise."""

    def __init__(self, folder: Path, log: RecordingLog, verdict: Verdict, private: RecipientPrivate, order: Order) -> None:
        self._folder, self._log, self._verdict, self._private, self._order = folder, log, verdict, private, order
        self._clock, self._zone = wall_time(log.first), order.time_zone
        self._recorded = windows(log.marks)
        self._until = ends(self._recorded)
        self._end = max(self._until)
        self._keyframes: dict[str, frozenset[int]] = {}

    def times(self, wanted: Wanted) -> tuple[int, int]:
        """The two moments, inside the recording. Raises ConfigError."""
        begin, end = (moment(text, self._log.begin, self._clock, self._zone) for text in (wanted.begin, wanted.end))
        # The printed clock time of the first picture is up to a second before it.
        earliest, latest = self._log.begin - TICKS, self._end + TICKS
        for name, text, at in (("--from", wanted.begin, begin), ("--to", wanted.end, end)):
            if not earliest <= at <= latest:
                raise ConfigError(f"{name} {text} is outside the recording, {self._allowed()}{self._near(at)}")
        begin, end = max(begin, self._log.begin), min(end, self._end)
        if begin >= end:
            raise ConfigError(f"--to {wanted.end} is not behind --from {wanted.begin} in the recording, {self._allowed()}")
        return begin, end

    def _allowed(self) -> str:
        seconds = f"which has the seconds 0 to {(self._end - self._log.begin) / TICKS:.2f}"
        if self._clock is None:
            return seconds
        first, last = (words(self._clock.of(at).astimezone(self._zone)) for at in (self._log.begin, self._end))
        return f"{seconds}, that is {first} to {last}"

    def _near(self, at: int) -> str:
        """The nearest keyframes in words, as far as their segments are here."""
        found = keyframes_around(self._recorded, at, lambda window: self._is_here(self._file(window)) and self._keyframe(window))
        times = " and ".join(f"{(time - self._log.begin) / TICKS:.2f}" for time in found)
        return f"; the nearest keyframes are at {times}" if times else ""

    def windows(self, begin: int, end: int) -> range:
        """Which windows are taken, all their segments here. Raises ConfigError for a gap, NotExported for a lacking segment."""
        wanted = touched(self._recorded, begin, end)
        if not wanted:
            raise ConfigError(f"nothing was recorded in that time: it is a gap{self._near(begin)}")
        needed = widened(self._recorded, wanted, self._keyframe)
        if not needed:
            raise IntegrityError("no keyframe stands before that time, so nothing could be shown; it was not the recorder who sealed it")
        for file in piece_of(self._log, needed).files:
            self._demand(file)
        return needed

    def _keyframe(self, window: Window) -> bool:
        file = self._file(window)
        if file.name not in self._keyframes:
            self._demand(file)
            plain = open_sealed(self._folder, file, self._private)
            samples = (sample for fragment in iter_fragments(plain) for sample in fragment.samples)
            times = (file.base + sample.pts for sample in samples if sample.track is Track.VIDEO and sample.keyframe)
            self._keyframes[file.name] = frozenset(times)
        return window.spans[Track.VIDEO][0] in self._keyframes[file.name]

    def _file(self, window: Window) -> SealedFile:
        return self._log.media[self._log.windows[window.number].segment - 1]

    def _is_here(self, file: SealedFile) -> bool:
        return (self._folder / file.name).is_file()

    def _demand(self, file: SealedFile) -> None:
        if not self._is_here(file):
            raise NotExported(self._verdict, f"{file.name} is needed for that time and is not here")

    def job(self, begin: int, end: int, numbers: range, out: Path) -> Job:
        """The export of these windows, and what its statement says of them: ticks into the recording, marks by their `n`."""
        zero, piece = self._log.begin, piece_of(self._log, numbers)
        first, last = piece.zero - zero, max(self._until[number] for number in numbers) - zero
        marks, span = [self._log.marks[number]["n"] for number in numbers], f"{first / TICKS:.2f}-{last / TICKS:.2f}"
        part: dict[str, Json] = {
            "asked": {"from": begin - zero, "to": end - zero},
            "from": first,
            "marks": {"count": len(marks), "first": marks[0], "last": marks[-1]},
            "seconds": span,
            "to": last,
        }
        fields: dict[str, Json] = {"excerpt": part}
        return Job(self._folder, self._log, self._verdict, self._private, self._order, piece, out, EXCERPT, span, fields)
