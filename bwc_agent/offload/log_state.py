"""What a signed log says of itself: how far it is signed, whether it is closed, which files it has ended, when. Pure.

The offloader believes the card that it runs on and holds no key: it looks for signature lines, it does not check them.
Whoever receives the copy does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import text, ticks
from bwc_agent.evidence.lines import Json, decode
from bwc_agent.evidence.off_time import Claim
from bwc_agent.offload.oldest import claim

_SIGNATURE: Final = b'"kind":"sig"'
_WANTED: Final = tuple(f'"kind":"{kind}"'.encode() for kind in ("recording", "segment", "end", "marker", "stop"))
"""Only lines that hold one of these are decoded: nine lines of ten are marks."""


@dataclass(frozen=True, slots=True)
class LogState:
    """`signed` bytes up to and with the last signature; `stopped` if `stop` is among them; `ended` names the finished files.

    `marked`: the officer marked a moment. `begins`: the tick of the first sample of each media file. `claim`: the first line's
    word on wall time, None where it has none.
    """

    signed: int
    stopped: bool
    ended: frozenset[str]
    marked: bool = False
    begins: Mapping[str, int] = field(default_factory=dict)
    claim: Claim | None = None


def log_state(data: bytes) -> LogState:
    """The state of the log that `data` holds; what follows its last signature is as if it were not there."""
    signed = signed_length(data)
    seen = _Seen()
    for line in data[:signed].split(b"\n"):
        if any(kind in line for kind in _WANTED):
            seen.line(_fields(line + b"\n"))
    return LogState(signed, seen.stopped, frozenset(seen.ended), seen.marked, seen.begins, seen.claim)


def signed_length(data: bytes) -> int:
    """Bytes of `data` up to and with the last whole line that is a signature; 0 if there is none."""
    end = data.rfind(b"\n") + 1
    while end:
        begin = data.rfind(b"\n", 0, end - 1) + 1
        line = data[begin:end]
        if _SIGNATURE in line and _fields(line).get("kind") == "sig":
            return end
        end = begin
    return 0


@dataclass(slots=True)
class _Seen:
    stopped: bool = False
    marked: bool = False
    ended: set[str] = field(default_factory=set)
    begins: dict[str, int] = field(default_factory=dict)
    claim: Claim | None = None

    def line(self, line: dict[str, Json]) -> None:
        match line.get("kind"):
            case "recording":
                self.claim = claim(line.get("anchor"))
            case "segment":
                self._segment(line)
            case "end":
                self.ended.add(str(line.get("file")))
            case "marker":
                self.marked = True
            case "stop":
                self.stopped = True

    def _segment(self, line: dict[str, Json]) -> None:
        try:
            self.begins[text(line, "file")] = ticks(line, "base")
        except IntegrityError:
            # Notes have no time of their own.
            return


def _fields(line: bytes) -> dict[str, Json]:
    try:
        return decode(line)
    except IntegrityError:
        # A damaged line ends nothing and signs nothing; it goes to the agency as it is, where the verdict names it.
        return {}
