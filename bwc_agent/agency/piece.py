"""What an export copies: all windows of a recording, or some that follow one another, and the segments that hold them; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from bwc_agent.agency.excerpt_match import Window, windows
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.packets import Track


@dataclass(frozen=True, slots=True)
class Piece:
    """Windows that follow one another, and the segments that hold them; `whole` if they are all of the recording's."""

    windows: tuple[Window, ...]
    files: tuple[SealedFile, ...]
    whole: bool

    @property
    def zero(self) -> int:
        """Capture time (ticks) of its first sample: time 0 of the film. Pictures or sound may begin later."""
        return min(window.first for window in self.windows)

    @property
    def spans(self) -> Mapping[Track, tuple[int, int]]:
        """Capture times (ticks) of the first and the last sample of each track in it."""
        found: dict[Track, tuple[int, int]] = {}
        for window in self.windows:
            for track, (first, last) in window.spans.items():
                found[track] = found.get(track, (first, last))[0], last
        return found


def piece_of(log: RecordingLog, numbers: range) -> Piece:
    """The windows with these numbers, counted from 0. Raises IntegrityError for a mark that lacks what every mark has."""
    segments = {log.windows[number].segment for number in numbers}
    files = tuple(file for file in log.media if file.identity.segment in segments)
    recorded = windows(log.marks)
    return Piece(tuple(recorded[number] for number in numbers), files, len(numbers) == len(recorded))
