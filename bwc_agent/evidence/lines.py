"""One text format for everything that is signed: a JSON object a line, in exactly one form.

The stored bytes are what is signed, so there is one way to write a line and a reader refuses every other: compact, keys
in ASCII and sorted, strings as RFC 8785 (3.2.2.2) writes them in UTF-8, integers only. Floats are refused because two
programs round them differently; integers stop below 2^53, where a double would.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn, TypeAlias

from bwc_agent.errors import IntegrityError

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
"""What a line can hold."""

MAX_LINE: Final = 1 << 20
"""Bytes of the longest line, newline included."""
MAX_DEPTH: Final = 16
"""Objects and lists inside each other, the line itself included."""
MAX_INTEGER: Final = (1 << 53) - 1
"""The largest magnitude of an integer (RFC 7493, 2.2)."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def encode(fields: Mapping[str, Json]) -> bytes:
    """The one form of `fields`: compact, sorted, with its newline; `decode` gives the same fields back.

    Raises IntegrityError for what a line cannot hold: floats, integers from 2^53 on, keys that are not ASCII, lone
    surrogates, more than 16 levels or 1 MiB.
    """
    _check(dict(fields), 1)
    try:
        line = _ENCODER.encode(dict(fields)).encode() + b"\n"
    except UnicodeEncodeError as error:
        raise IntegrityError("a line holds half a surrogate pair; repair the text") from error
    if len(line) > MAX_LINE:
        raise IntegrityError(f"a line of {len(line)} bytes is too long; split it below {MAX_LINE}")
    return line


def decode(line: bytes) -> dict[str, Json]:
    """The fields of a line that is in its one form, newline included.

    Raises IntegrityError for every other sequence of bytes, so that no two lines mean the same.
    """
    if len(line) > MAX_LINE or not line.endswith(b"\n"):
        raise IntegrityError(f"a line must end with a newline within {MAX_LINE} bytes; this one is torn or no line")
    try:
        fields = json.loads(line, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"not a line of JSON: {_short(error)}") from error
    if not isinstance(fields, dict):
        raise IntegrityError("a line must be one JSON object")
    if encode(fields) != line:
        raise IntegrityError("a line is not in its one form (compact, sorted, no key twice); it was written by another program or altered")
    return fields


def whole_lines(data: bytes) -> Iterator[dict[str, Json]]:
    """The lines of a file that are whole, believed or not; what a cut tore says nothing."""
    for line in data.splitlines(keepends=True):
        try:
            yield decode(line)
        except IntegrityError:
            continue


def writable(text: str) -> str:
    """`text` as a line can hold it: half a surrogate, by which a file's or an object's name may reach us, is written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text[:32]} is not an integer")


def _short(error: Exception) -> str:
    return str(error)[:200].lower()


def _check(value: Json, depth: int) -> None:
    """Refuse what the encoder would write in a form that another program could read differently."""
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise IntegrityError("a line holds an integer from 2^53 on; give it as a string")
    elif depth > MAX_DEPTH:
        raise IntegrityError(f"a line is nested deeper than {MAX_DEPTH} levels; flatten it")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise IntegrityError(f"the key {key!r} is not ASCII text; rename it")
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    else:
        raise IntegrityError(f"a line cannot hold a {type(value).__name__}; use integers, strings, lists and objects")


def b64(data: bytes) -> str:
    """`data` in base64 with padding (RFC 4648, 4)."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of the one base64 form of them. Raises IntegrityError: `QR==` and `QQ==` must not be the same byte."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise IntegrityError(f"not base64: {_short(error)}") from error
    if b64(data) != text:
        raise IntegrityError("base64 is not in its one form: padding bits are set; it was altered or written by another program")
    return data


def sha256_hex(data: bytes | memoryview) -> str:
    """SHA-256 of `data` as every line carries it: 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
