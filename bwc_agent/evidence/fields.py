"""Taking a field out of a decoded line, with its type: the first question every reader of lines asks.

Each function raises IntegrityError that names the field; none has a default, because a line that lacks what its kind
demands was not written by the agent.
"""

import re
from collections.abc import Mapping
from typing import Final

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.lines import Json, unb64

Line = Mapping[str, Json]
"""A decoded line, or an object inside one."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def text(line: Line, name: str) -> str:
    """The string `name`."""
    value = line.get(name)
    if not isinstance(value, str):
        raise _wrong(name, "a string")
    return value


def integer(line: Line, name: str, least: int = 0) -> int:
    """The integer `name`, at least `least`; true and false are none."""
    value = line.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _wrong(name, f"an integer from {least} on")
    return value


def ticks(line: Line, name: str) -> int:
    """The time `name` in ticks; a simulation's may lie before any start of counting."""
    return integer(line, name, -(1 << 53))


def digest(line: Line, name: str) -> str:
    """The SHA-256 `name`: 64 lower-case hexadecimal digits."""
    value = text(line, name)
    if not _DIGEST.fullmatch(value):
        raise _wrong(name, "64 lower-case hexadecimal digits")
    return value


def octets(line: Line, name: str) -> bytes:
    """The bytes that `name` holds in base64."""
    return unb64(text(line, name))


def fields(line: Line, name: str) -> dict[str, Json]:
    """The object `name`."""
    value = line.get(name)
    if not isinstance(value, dict):
        raise _wrong(name, "an object")
    return value


def objects(line: Line, name: str) -> list[dict[str, Json]]:
    """The list of objects `name`."""
    value = line.get(name)
    if not isinstance(value, list):
        raise _wrong(name, "a list of objects")
    found = [item for item in value if isinstance(item, dict)]
    if len(found) != len(value):
        raise _wrong(name, "a list of objects")
    return found


def texts(line: Line, name: str) -> list[str]:
    """The list of strings `name`."""
    value = line.get(name)
    if not isinstance(value, list):
        raise _wrong(name, "a list of strings")
    found = [item for item in value if isinstance(item, str)]
    if len(found) != len(value):
        raise _wrong(name, "a list of strings")
    return found


def _wrong(name: str, wanted: str) -> IntegrityError:
    return IntegrityError(f"the field {name!r} must be {wanted}; the line was not written by this format")
