"""What the signed log of a recording says, as objects: its sealed files, what binds them, its stop. Reads no file itself.

Strict where a verifier leans on a line: files are announced in order, each under the identity of this recording; marks
grow and stand behind the announcement of what they bind; nothing follows an `end` or the `stop`; the windows add up to
the stop. A line of another kind is only read.
"""

from dataclasses import dataclass, field

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, digest, fields, integer, objects, octets, text
from bwc_agent.evidence.identity import Identity, identity_from_fields
from bwc_agent.evidence.layout import RecordingName, notes_file, segment_file
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.signed import SignedFile
from bwc_agent.evidence.tracks import config_from_fields
from bwc_agent.packets import CodecConfig, Track

State = tuple[int, str]
"""Length and SHA-256 (hex) of a file, or of its first bytes."""

_ANY_TIME = -(1 << 53)


@dataclass(slots=True)
class SealedFile:
    """One announced file: its `segment` line, and what binds its bytes.

    `marks` are (bytes, SHA-256) of its beginnings, rising; `end` of all of it, None if it was never finished. `base` (ticks)
    and `configs` are of media; notes have none.
    """

    name: str
    identity: Identity
    line: Line
    base: int = 0
    configs: tuple[CodecConfig, ...] = ()
    marks: list[State] = field(default_factory=list)
    end: State | None = None

    @property
    def signed(self) -> int:
        """Bytes from its beginning that something signed binds."""
        return self.end[0] if self.end else self.marks[-1][0] if self.marks else 0


@dataclass(frozen=True, slots=True)
class Window:
    """One mark that binds samples: capture times (ticks) of its first and last sample, and the media bytes up to its end."""

    segment: int
    first: int
    last: int
    bytes: int


@dataclass(frozen=True, slots=True)
class RecordingLog:
    """All that the signed part of a log says. `marks` are those that bind samples, a window each.

    `tail` is what stands behind the last signature; nobody vouches for it. `state` is of the whole copy that was read,
    tail included; `open` if the device was still writing it at the docking.
    """

    who: StartIdentity
    name: RecordingName
    first: Line
    lines: tuple[Line, ...]
    files: tuple[SealedFile, ...]
    marks: tuple[Line, ...]
    windows: tuple[Window, ...]
    stop: Line | None
    tail: bytes
    state: State
    open: bool

    @property
    def chain(self) -> str:
        """The SHA-256 (hex) of its signer.pem."""
        return text(self.first, "signer")

    @property
    def media(self) -> tuple[SealedFile, ...]:
        """The segments, in order."""
        return tuple(file for file in self.files if file.identity.kind == "media")

    @property
    def officer(self) -> str | None:
        """The officer's opaque id, None where nobody was assigned. Raises IntegrityError."""
        return _maybe_text(self.first, "officer")

    @property
    def time_zone(self) -> str | None:
        """The agency's time zone by its IANA name, None where the log states none. Raises IntegrityError."""
        return _maybe_text(self.first, "time_zone")

    @property
    def begin(self) -> int:
        """Capture time of the first signed sample, or of the press if there is none (ticks)."""
        return min((window.first for window in self.windows), default=integer(self.first, "t", _ANY_TIME))

    @property
    def length(self) -> int:
        """Ticks from the first signed sample to the last."""
        return max((window.last for window in self.windows), default=self.begin) - self.begin


def signer_digest(signed: SignedFile) -> str:
    """The SHA-256 of signer.pem that the log's first line states. Raises IntegrityError if this is no log."""
    if signed.kind != "recording":
        raise IntegrityError("the log is not signed, or is no log of a recording")
    return digest(signed.lines[0], "signer")


def read_log(signed: SignedFile, who: StartIdentity, state: State, still_open: bool = False) -> RecordingLog:
    """The log of a recording by start `who` of a device; `state` is of the whole file.

    Raises IntegrityError, naming the line (from 1).
    """
    signer_digest(signed)
    first = signed.lines[0]
    name = RecordingName(integer(first, "start"), integer(first, "recording", 1))
    if StartIdentity(text(first, "device"), name.start) != who:
        raise IntegrityError(f"line 1: the log of another start or device is signed by start {who.start} of {who.serial}")
    reader = _Reader(who, name)
    for number, line in enumerate(signed.lines[1:], 2):
        try:
            reader.take(line)
        except IntegrityError as error:
            raise IntegrityError(f"line {number}: {error}") from error
    files, marks, windows = tuple(reader.files.values()), tuple(reader.marks), tuple(reader.windows)
    return RecordingLog(who, name, first, signed.lines, files, marks, windows, reader.stop, signed.tail, state, still_open)


class _Reader:
    """Takes the lines one by one."""

    def __init__(self, who: StartIdentity, name: RecordingName) -> None:
        self._who, self._name = who, name
        self.files: dict[str, SealedFile] = {}
        self.marks: list[Line] = []
        self.windows: list[Window] = []
        self.stop: Line | None = None
        self._unfinished: set[str] = set()
        self._totals: dict[Track, tuple[int, int]] = {}
        self._segments = 0

    def take(self, line: Line) -> None:
        """The next line. Raises IntegrityError."""
        kind = line["kind"]
        if self.stop is not None and kind != "sig":
            raise IntegrityError("something follows the stop")
        match kind:
            case "recording":
                raise IntegrityError("a second recording begins in one log")
            case "segment":
                self._segment(line)
            case "mark":
                self._mark(line)
            case "end":
                self._end(line)
            case "stop":
                self._stop(line)

    def _segment(self, line: Line) -> None:
        identity = identity_from_fields(fields(line, "identity"))
        notes = identity.kind == "notes"
        number = self._segments if notes else self._segments + 1
        expected = Identity(self._who.serial, self._name.start, self._name.number, number, identity.kind)
        name = notes_file(number) if notes else segment_file(number)
        if identity != expected or text(line, "file") != name or name in self.files:
            raise IntegrityError(f"announces {text(line, 'file')[:64]!r} under the identity of another file, or out of order")
        digest(line, "commit")
        for key in objects(line, "keys"):
            text(key, "recipient")
            octets(key, "wrapped")
        file = SealedFile(name, identity, line)
        if not notes:
            self._check_all_ended()
            self._segments = number
            file.base = integer(line, "base", _ANY_TIME)
            file.configs = tuple(config_from_fields(track) for track in objects(line, "tracks"))
        self.files[name] = file
        self._unfinished.add(name)

    def _check_all_ended(self) -> None:
        if self._unfinished:
            raise IntegrityError(f"goes on while {', '.join(sorted(self._unfinished))} is not finished")

    def _mark(self, line: Line) -> None:
        number = integer(line, "segment", 1)
        if number != self._segments:
            raise IntegrityError(f"binds segment {number}, which is not the one being written")
        self._bind(segment_file(number), _state(line))
        if "notes" in line:
            self._bind(notes_file(number), _state(fields(line, "notes")))
        window = Window(number, integer(line, "from", _ANY_TIME), integer(line, "to", _ANY_TIME), integer(line, "bytes"))
        for entry in objects(line, "tracks"):
            track = _track(entry)
            samples, size = self._totals.get(track, (0, 0))
            self._totals[track] = samples + integer(entry, "samples"), size + integer(entry, "bytes")
            digest(entry, "sha256")
            begin, end = integer(entry, "from", _ANY_TIME), integer(entry, "to", _ANY_TIME)
            if not window.first <= begin <= end <= window.last:
                raise IntegrityError("a track's samples do not lie inside their window's time")
        if window.first > window.last:
            raise IntegrityError("a window ends before it begins")
        if line["tracks"]:
            self.marks.append(line)
            self.windows.append(window)

    def _bind(self, name: str, state: State) -> None:
        file = self._open_file(name)
        if file.marks and state[0] < file.marks[-1][0]:
            raise IntegrityError(f"binds less of {name} than the mark before")
        file.marks.append(state)

    def _end(self, line: Line) -> None:
        file = self._open_file(text(line, "file"))
        if integer(line, "segment") != file.identity.segment:
            raise IntegrityError(f"ends {file.name} as another segment")
        file.end = _state(line)
        if file.end[0] < (file.marks[-1][0] if file.marks else 0):
            raise IntegrityError(f"ends {file.name} before its last mark")
        self._unfinished.remove(file.name)

    def _open_file(self, name: str) -> SealedFile:
        file = self.files.get(name)
        if file is None or file.end is not None:
            raise IntegrityError(f"speaks of {name[:64]!r}, which is not announced, or finished already")
        return file

    def _stop(self, line: Line) -> None:
        self._check_all_ended()
        stated = {_track(entry): (integer(entry, "samples"), integer(entry, "bytes")) for entry in objects(line, "samples")}
        if stated != self._totals:
            raise IntegrityError("the windows do not add up to the stop: a mark is missing or doubled")
        self.stop = line


def _maybe_text(line: Line, name: str) -> str | None:
    return None if line.get(name) is None else text(line, name)


def _state(line: Line) -> State:
    return integer(line, "bytes"), digest(line, "sha256")


def _track(entry: Line) -> Track:
    number = integer(entry, "track")
    if number not in (Track.VIDEO.value, Track.AUDIO.value):
        raise IntegrityError(f"track {number} is neither video (1) nor sound (2)")
    return Track(number)
