"""What a signed log says of itself: how far it is signed, whether it is closed, which files it has ended. Pure.

The offloader believes the card that it runs on and holds no key: it looks for signature lines, it does not check them.
Whoever receives the copy does.
"""

from dataclasses import dataclass
from typing import Final

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.lines import Json, decode

_SIGNATURE: Final = b'"kind":"sig"'
_END: Final = b'"kind":"end"'
_STOP: Final = b'"kind":"stop"'


@dataclass(frozen=True, slots=True)
class LogState:
    """`signed` bytes up to and with the last signature; `stopped` if `stop` is among them; `ended` names the finished files."""

    signed: int
    stopped: bool
    ended: frozenset[str]


def log_state(data: bytes) -> LogState:
    """The state of the log that `data` holds; what follows its last signature is as if it were not there."""
    signed = signed_length(data)
    stopped, ended = False, set()
    for line in data[:signed].split(b"\n"):
        if _END in line and (fields := _fields(line + b"\n")).get("kind") == "end":
            ended.add(str(fields.get("file")))
        elif _STOP in line and _fields(line + b"\n").get("kind") == "stop":
            stopped = True
    return LogState(signed, stopped, frozenset(ended))


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


def _fields(line: bytes) -> dict[str, Json]:
    try:
        return decode(line)
    except IntegrityError:
        # A damaged line ends nothing and signs nothing; it goes to the agency as it is, where the verdict names it.
        return {}
