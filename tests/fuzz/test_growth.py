"""A parser's work and memory grow as its input does: four times the bytes are about four times the steps, never sixteen.

Each input here repeats one thing that a reader might go back over. Work inside C is not counted; patterns and searches that
once took long stand in `tests/vectors/fuzz`.
"""

from collections.abc import Callable

import pytest

from bwc_agent.evidence.lines import Json, decode, encode
from tests.fuzz.material import material
from tests.fuzz.measured import steps, takes_in_bounds
from tests.fuzz.targets import target

SMALL = 8192
Grow = Callable[[int], bytes]


def repeated(piece: bytes, before: bytes = b"", after: bytes = b"") -> Grow:
    return lambda size: before + piece * (size // len(piece)) + after


def segments(size: int) -> bytes:
    """A log that announces, and ends, one file after the other."""
    first, announced, end = (_line(kind) for kind in ("recording", "segment", "end"))
    pairs = [encode({**announced, "keys": []}) + encode(end) for _ in range(size // 700)]
    return encode(first) + b"".join(_numbered(pair, number) for number, pair in enumerate(pairs, 1))


def _line(kind: str) -> dict[str, Json]:
    return next(line for line in map(decode, material().log.splitlines(keepends=True)) if line["kind"] == kind)


def _numbered(lines: bytes, number: int) -> bytes:
    return lines.replace(b'"segment":1', b'"segment":%d' % number).replace(b'"0001.tink"', b'"%04d.tink"' % number)


def event(at: int) -> bytes:
    return b'[[event]]\nat = "%d s"\ndo = "function press"\n' % at


GROWTHS: list[tuple[str, Grow]] = [
    ("line", repeated(b"[")),
    ("line", repeated(b"1", b'{"a":', b"}\n")),
    ("line", repeated(b'"a",', b'{"a":[', b'""]}\n')),
    ("signed file", repeated(b'{"kind":"sig"}\n')),
    ("signed file", repeated(b'"kind":"sig"\n')),
    ("log of a recording", segments),
    ("log at the docking", repeated(b'{"kind":"sig" }\n')),
    ("log at the docking", repeated(b'{"kind":"end"}\n', after=b'{"kind":"sig"}\n')),
    ("chain", lambda size: material().chain * (size // len(material().chain))),
    ("private key of a recipient", repeated(b"-----BEGIN A-----\n")),
    ("segment", repeated(b"\0\0\0\x08free")),
    ("segment", repeated(b"\0\0\0\x08trak")),
    ("access unit", repeated(b"\0\0\0\x02\x67\x01")),
    ("annex b", repeated(b"\0\0\1")),
    ("annex b", repeated(b"\0\0\1\x65")),
    ("agency.toml", repeated(b"a.", after=b"a = 1\n")),
    ("agency.toml", repeated(b"a.", b"[", b"a]\n")),
    ("agency.toml", repeated(b"1,", b"a = " + b"[" * 100, b"]" * 100)),
    ("agency.toml", repeated(b"[[a]]\n")),
    ("agency.toml", repeated(b"'a'.a.", after=b"a = 1\n")),
    ("device.toml", lambda size: b"".join(b"k%d = 1\n" % number for number in range(size // 8))),
    ("scenario", lambda size: b'length = "40 h"\n' + b"".join(event(at) for at in range(0, size // 46 * 10, 10))),
    ("resolved settings", repeated(b"[")),
    ("nmea", repeated(b"$")),
    ("nmea", repeated(b"$GPGGA,*00\n")),
    ("released list", repeated(b"{}\n")),
]


@pytest.mark.parametrize(("name", "grow"), GROWTHS, ids=[f"{index}-{name}" for index, (name, _) in enumerate(GROWTHS)])
def test_four_times_the_input_is_not_sixteen_times_the_work_and_no_more_memory_than_it_is_worth(name: str, grow: Grow) -> None:
    what, small, large = target(name), grow(SMALL), grow(4 * SMALL)
    takes_in_bounds(what, large)
    assert steps(what, large) <= min(6 * steps(what, small) + 2000, 60 * len(large) + 5000)
