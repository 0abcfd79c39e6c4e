"""The recordings of one start against its states, in the order of the journal's lines: a camera that was recording has a recording.

Each stay in `recording` opens one, numbered on from 1, at the time of the event that led to it; its last picture and
sound lie before the event that ended it; its log is closed once, at the time of its `stop`. Pure.
"""

from collections.abc import Mapping, Sequence

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, text, ticks
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.recording_reader import RecordingLog

RECORDING = "recording"


def check_recorded(lines: Sequence[Line], logs: Mapping[int, RecordingLog]) -> None:
    """`lines`: the signed journal of a start, whose states add up; `logs`: those of its recordings that are believed, by number.

    Raises IntegrityError, naming the line (from 1). A start that took over from failed storage begins late what was decided
    meanwhile, so there only the numbers count.
    """
    walk = _Numbers() if any(line["kind"] == "continues" for line in lines) else _Recordings(logs)
    for number, line in enumerate(lines, 1):
        try:
            walk.take(line)
        except IntegrityError as error:
            raise IntegrityError(f"line {number}: {error}") from error


class _Numbers:
    """Recordings are opened as 1, 2, 3, ..., and each is closed before the next one opens."""

    def __init__(self) -> None:
        self._count = 0
        self._open = False

    def take(self, line: Line) -> None:
        """The next line. Raises IntegrityError."""
        match line["kind"]:
            case "opened":
                self._opened(line)
            case "closed":
                self._closed(line)
            case "off" if self._open:
                raise IntegrityError(f"an orderly end leaves recording {self._count} open")

    def _opened(self, line: Line) -> None:
        self._count += 1
        if self._open or _number(line) != self._count:
            raise IntegrityError(f"recording {_number(line)} is opened; one is open still, or {self._count} was to be the next")
        self._open = True

    def _closed(self, line: Line) -> None:
        if not self._open or _number(line) != self._count:
            raise IntegrityError(f"recording {_number(line)} is closed, and is not the one that is open")
        self._open = False


class _Recordings(_Numbers):
    """The same, and when."""

    def __init__(self, logs: Mapping[int, RecordingLog]) -> None:
        super().__init__()
        self._logs = logs
        self._event = 0
        self._state = ""
        self._opened_in_it = 0

    def take(self, line: Line) -> None:
        """The next line. Raises IntegrityError."""
        super().take(line)
        match line["kind"]:
            case "event":
                self._event = ticks(line, "t")
            case "state":
                self._enter(text(line, "state"))

    def _enter(self, state: str) -> None:
        was, self._state = self._state, state
        if was == RECORDING != state:
            self._stopped()
        elif state == RECORDING != was:
            self._opened_in_it = 0

    def _stopped(self) -> None:
        if self._opened_in_it != 1:
            raise IntegrityError(f"the state was recording, and {self._opened_in_it} recordings were opened in it")
        log = self._logs.get(self._count)
        last = max((window.last for window in log.windows), default=self._event) if log is not None else self._event
        if last > self._event:
            raise IntegrityError(f"recording {self._count} goes on for {last - self._event} ticks after it was stopped")

    def _opened(self, line: Line) -> None:
        super()._opened(line)
        self._opened_in_it += 1
        if self._state != RECORDING or ticks(line, "t") != self._event:
            raise IntegrityError(f"recording {self._count} is opened, and no event of that time led to recording")

    def _closed(self, line: Line) -> None:
        super()._closed(line)
        if self._state == RECORDING and self._opened_in_it:
            raise IntegrityError(f"recording {self._count} is closed, and the state is still recording")
        log = self._logs.get(self._count)
        if log is not None and log.stop is not None and ticks(log.stop, "t") != ticks(line, "t"):
            raise IntegrityError(f"recording {self._count} is closed at another time than its log says")


def _number(line: Line) -> int:
    name = RecordingName.parse(text(line, "recording"))
    if name is None:
        raise IntegrityError("it names no recording")
    return name.number
