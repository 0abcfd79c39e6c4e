"""How an input is bent: bytes turned, cut, doubled and mixed, numbers at their extremes, one JSON value in another's place.

Pure noise stops at a parser's first look. What is nearly right goes deep, so every mutation begins with real material.
"""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeAlias

from hypothesis import strategies as st

Edit: TypeAlias = Callable[[bytes, bytes, int, int], bytes]
"""Gives other bytes for `data`, a second real input, and two numbers that say where and how."""

MOST: Final = 1 << 32
_DIGITS: Final = re.compile(rb"-?[0-9]+")
_VALUE: Final = re.compile(rb'(?:(?<=[:,\[])|(?<=[:,=] ))("(?:[^"\\]|\\.)*"|-?[0-9]+|true|false|null)')
_NUMBERS: Final = (0, 1, -1, 255, 2**31 - 1, 2**31, 2**32 - 1, 2**53 - 1, -(2**53) + 1, 2**53, 2**63, 2**64, 10**15 - 1, 10**40)
_VALUES: Final = (
    *(b"null", b"true", b"[]", b"{}", b'""', b"0", b"-1", b"1.5", b"1e999", b"NaN"),
    *(b"[[]]", b'[{"":[]}]', b'"\\ud800"', b'"\\u0000"', b'"\xc2\xb2"'),
)
_WORDS: Final = (b"\0" * 8, b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\0" * 3 + b"\1", b"\0" * 7 + b"\1", b"\x80" + b"\0" * 7, b"moof", b"free")


def flip(data: bytes, _: bytes, a: int, b: int) -> bytes:
    """One byte is another."""
    at = a % max(1, len(data))
    return data[:at] + bytes(byte ^ (b % 255 + 1) for byte in data[at : at + 1]) + data[at + 1 :]


def cut(data: bytes, _: bytes, a: int, b: int) -> bytes:
    """A stretch is gone, often all the rest."""
    at = a % (len(data) + 1)
    return data[:at] + (data[at + 1 + b % 64 :] if b % 2 else b"")


def double(data: bytes, _: bytes, a: int, b: int) -> bytes:
    """A stretch stands there again, up to some hundred times."""
    at, size, times = a % (len(data) + 1), 1 + b % 4096, 1 + b // 4096 % 200
    return data[:at] + data[at : at + size] * times + data[at:]


def splice(data: bytes, other: bytes, a: int, b: int) -> bytes:
    """A stretch of another real input stands in the place of one's own."""
    at, start = a % (len(data) + 1), b % (len(other) + 1)
    size = 1 + (a ^ b) % 512
    return data[:at] + other[start : start + size] + data[at + (size if b % 2 else 0) :]


def word(data: bytes, _: bytes, a: int, b: int) -> bytes:
    """A length, a count, a kind of some binary form is an extreme one."""
    at, bent = a % (len(data) + 1), _WORDS[b % len(_WORDS)][: (1, 2, 4, 8)[b // 16 % 4]]
    return data[:at] + bent + data[at + len(bent) :]


def number(data: bytes, _: bytes, a: int, b: int) -> bytes:
    """A number in figures is an extreme one."""
    return _replaced(_DIGITS, data, a, str(_NUMBERS[b % len(_NUMBERS)]).encode())


def value(data: bytes, _: bytes, a: int, b: int) -> bytes:
    """A value of JSON or TOML is of another type."""
    return _replaced(_VALUE, data, a, _VALUES[b % len(_VALUES)])


def exchange(data: bytes, _: bytes, a: int, b: int) -> bytes:
    """A value has the place of another one."""
    values = _VALUE.findall(data)
    return _replaced(_VALUE, data, a, values[b % len(values)]) if values else data


def line(data: bytes, _: bytes, a: int, b: int) -> bytes:
    """A line is gone, or stands elsewhere as well."""
    lines = data.split(b"\n")
    taken = lines.pop(a % len(lines)) if b % 2 else lines[a % len(lines)]
    if b % 3:
        lines.insert(b % (len(lines) + 1), taken)
    return b"\n".join(lines)


def _replaced(what: re.Pattern[bytes], data: bytes, a: int, by: bytes) -> bytes:
    found = list(what.finditer(data))
    if not found:
        return data
    match = found[a % len(found)]
    return data[: match.start()] + by + data[match.end() :]


_ANY: Final = (flip, cut, double, splice)
EDITS: Final[Sequence[Edit]] = (*_ANY, word, number, value, exchange, line)
_OF_TEXT: Final = (*_ANY, line, number, number, value, value, exchange)
_OF_BYTES: Final = (*_ANY, word, word, number)


def edits(data: bytes) -> Sequence[Edit]:
    """What can be done to such an input, what goes deepest more often."""
    return _OF_TEXT if data.isascii() else _OF_BYTES


def mutated(corpus: Sequence[bytes], longest: int) -> st.SearchStrategy[bytes]:
    """A real input under one to four edits, at most `longest` bytes: few edits shrink to fewer, which names the cause."""
    numbers = st.integers(0, MOST - 1)

    def bent(data: bytes) -> st.SearchStrategy[bytes]:
        step = st.tuples(st.sampled_from(edits(data)), st.sampled_from(corpus), numbers, numbers)
        return st.lists(step, min_size=1, max_size=4).map(lambda steps: _all(data, steps)[:longest])

    return st.sampled_from(corpus).flatmap(bent)


def _all(data: bytes, steps: Sequence[tuple[Edit, bytes, int, int]]) -> bytes:
    for edit, other, a, b in steps:
        data = edit(data, other, a, b)
    return data


def at_random(data: bytes, random: Random) -> bytes:
    """One edit, for a driver that draws its own luck."""
    return random.choice(edits(data))(data, data, random.randrange(MOST), random.randrange(MOST))
