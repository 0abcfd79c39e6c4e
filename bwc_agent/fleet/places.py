"""Where each key of a TOML text stands: `tomllib` gives values without lines, and a refusal without a line is a riddle.

A scanner for text that `tomllib` has already found right, so that it needs to tell keys from values, not good from bad.
It keeps its own stack, because a person's brackets must not become our recursion.
"""

import re
import tomllib
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys from the top; a number counts the elements of an array, `[[tables]]` included, from 0."""

DEEPEST: Final = 16
"""Parts of the longest key that is recorded; what lies deeper has the line of what is around it."""

_TOKEN: Final = re.compile(
    r'(?P<text>"""(?:[^\\]|\\.)*?"""(?:"{0,2})|' + r"'''.*?'''(?:'{0,2})|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*')"
    r"|(?P<comment>#[^\n]*)|(?P<space>[^\S\n]+)|(?P<mark>[\n\[\]{}=,.])|(?P<bare>[^\s\[\]{}=,.#\"']+)",
    re.DOTALL,
)


@dataclass(slots=True)
class _Frame:
    """What a bracket opened: `kind` is "{" or "[", `path` its own key, `count` the element that a "[" is at."""

    kind: str
    path: Path
    count: int = 0


@dataclass(slots=True)
class _Scan:
    found: dict[Path, int] = field(default_factory=dict)
    table: Path = ()
    tables: dict[Path, int] = field(default_factory=dict)
    """How many `[[tables]]` of a name were seen."""
    stack: list[_Frame] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    key_line: int = 1
    value: Path | None = None
    """The key whose value is being read; None while a key is."""
    header: int = 0
    """How many brackets opened the header being read."""


def places(text: str) -> dict[Path, int]:
    """The line (from 1) of every key, table and array element of `text`, which is TOML that `tomllib` takes."""
    scan, line = _Scan(), 1
    for token in _TOKEN.finditer(text):
        if token["mark"]:
            _mark(scan, token["mark"], line)
        elif token["text"] or token["bare"]:
            _word(scan, token[0], line)
        line += token[0].count("\n")
    return scan.found


def line_of(text: str, key: Path | list[str | int]) -> int:
    """The line (from 1) of `key` in TOML `text`, or of the nearest table around it; 1 where there is none."""
    return nearest(places(text), tuple(key))


def nearest(found: dict[Path, int], key: Path) -> int:
    """The line of `key` in `found`, which `places` gave, or of the nearest table around it; 1 where there is none."""
    return next((found[key[:k]] for k in range(len(key), 0, -1) if key[:k] in found), 1)


def _word(scan: _Scan, word: str, line: int) -> None:
    if scan.value is not None:
        _element(scan, line)
        return
    if not scan.key:
        scan.key_line = line
    quoted = word[0] in "\"'"
    scan.key.append(str(tomllib.loads(f"k = {word}")["k"]) if quoted else word)


def _mark(scan: _Scan, mark: str, line: int) -> None:
    if scan.value is None:
        _mark_in_key(scan, mark, line)
    elif mark in "[{":
        path = _element(scan, line)
        scan.stack.append(_Frame(mark, path))
        scan.value = path if mark == "[" else None
    elif mark == "," and scan.stack:
        _next(scan)
    elif mark in "]}":
        _close(scan)
    elif mark == "\n" and not scan.stack:
        scan.value = None


def _mark_in_key(scan: _Scan, mark: str, line: int) -> None:
    if mark == "=":
        base = scan.stack[-1].path if scan.stack else scan.table
        scan.value = _record(scan, base, scan.key, scan.key_line)
        scan.key = []
    elif mark == "[":
        scan.header += 1
    elif mark == "]":
        scan.header -= 1
        if scan.key:
            _header(scan, scan.header == 1, line)
    elif mark == "}":
        _close(scan)


def _header(scan: _Scan, many: bool, line: int) -> None:
    path: Path = ()
    for depth, part in enumerate(scan.key):
        path = _below(path, part)
        scan.found.setdefault(path, line)
        if many and depth == len(scan.key) - 1:
            scan.tables[path] = scan.tables.get(path, 0) + 1
        if path in scan.tables:
            path = _below(path, scan.tables[path] - 1)
            scan.found.setdefault(path, line)
    scan.table, scan.key = path, []


def _record(scan: _Scan, base: Path, parts: list[str], line: int) -> Path:
    for part in parts:
        base = _below(base, part)
        scan.found.setdefault(base, line)
    return base


def _below(path: Path, part: str | int) -> Path:
    return (*path, part) if len(path) < DEEPEST else path


def _element(scan: _Scan, line: int) -> Path:
    """The key of the value that begins here: an array's next element, or the key before the equals sign."""
    if scan.stack and scan.stack[-1].kind == "[":
        path = _below(scan.stack[-1].path, scan.stack[-1].count)
        scan.found.setdefault(path, line)
        return path
    return scan.value or ()


def _next(scan: _Scan) -> None:
    top = scan.stack[-1]
    if top.kind == "[":
        top.count += 1
    else:
        scan.value = None


def _close(scan: _Scan) -> None:
    """What the bracket opened is over; the value it stood in goes on."""
    scan.value = scan.stack.pop().path
