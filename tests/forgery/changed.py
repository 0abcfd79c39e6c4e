"""Alterations within one file: a byte, a cut, bytes at its end, its lines."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bwc_agent.evidence.tink_stream import CHUNK, HEADER, TAG
from tests.forgery.honest import CLOSED, CUT, NEWEST_START, Honest
from tests.forgery.kinds import Case, Draw, Make
from tests.forgery.trees import data

MASKS = (0x01, 0x20, 0x80)
"""A changed bit, another case, another half of the alphabet."""


def small(honest: Honest, suffix: str, folder: str = "") -> list[str]:
    """The names in the vault below `folder` that end so."""
    return [name for name in honest.vault if name.endswith(suffix) and name.startswith(folder)]


def alone(name: str) -> str:
    """The recording that a file of the vault belongs to; it alone is judged then, which is quicker."""
    parts = name.split("/")
    return parts[1] if parts[0] == "recordings" else ""


def newest_journal() -> str:
    return f"journal/{NEWEST_START:06d}.jsonl"


def with_bytes(honest: Honest, name: str, new: bytes, what: str) -> Case:
    """The file `name` of the vault has other bytes."""
    return Case(f"{name}: {what}", {**honest.vault, name: new}, alone(name))


def each_byte(suffix: str, folder: str) -> Make:
    """Every byte of these files, one at a time, under one mask after the other."""

    def cases(honest: Honest, draw: Draw) -> Iterator[Case]:
        places = [(name, at) for name in small(honest, suffix, folder) for at in range(len(data(honest.vault, name)))]
        for name, at in draw.some(places):
            yield _flipped(honest, name, at)

    return cases


def _flipped(honest: Honest, name: str, at: int) -> Case:
    before = data(honest.vault, name)
    new = before[:at] + bytes((before[at] ^ MASKS[at % len(MASKS)],)) + before[at + 1 :]
    return with_bytes(honest, name, new, f"byte {at} is another")


def sealed_bytes(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The header, both sides of each border of a chunk, its tag, the last chunk, and any others, of each sealed file."""
    files = [f"recordings/{CLOSED}/0001.tink", f"recordings/{CLOSED}/0001.notes.tink"]
    places = [(name, at) for name in files for at in _dense(len(data(honest.vault, name)), draw)]
    for name, at in draw.some(places):
        yield _flipped(honest, name, at)


def _dense(size: int, draw: Draw) -> list[int]:
    last = (size - 1) // CHUNK * CHUNK
    borders = {at + step for at in range(CHUNK, size, CHUNK) for step in (-TAG - 1, -TAG, -1, 0, 1)}
    others = draw.rng.sample(range(size), min(size, draw.budget))
    return sorted(at for at in {*range(HEADER + 1), *borders, *range(last, size), size - 1, *others} if 0 <= at < size)


def cut_bytes(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A byte of what a power cut ended, also of its unsigned tail: the next journal states all of it as it lay."""
    name = f"recordings/{CUT}/0001.tink"
    size = len(data(honest.vault, name))
    for at in draw.some(range(size)):
        case = _flipped(honest, name, at)
        yield Case(case.what, case.tree)
    yield Case("its last byte", _flipped(honest, name, size - 1).tree)


def shortened(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Every file of evidence, cut at every length that is less than it has; the newest journal's are a class of their own."""
    names = [name for name in evidence(honest) if name != newest_journal()]
    # By file and not by byte: a segment is as long as all the others together.
    places = [(name, size) for name in names for size in draw.some(range(len(data(honest.vault, name))))]
    for name, size in draw.some(places):
        case = with_bytes(honest, name, data(honest.vault, name)[:size], f"only its first {size} bytes")
        yield Case(case.what, case.tree)


def lengthened(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A byte, a line, a block of zeros, or the file itself once more, behind every file of evidence."""
    for name in evidence(honest):
        before = data(honest.vault, name)
        for more in (b"\0", b"\n", b'{"kind":"marker","n":9,"t":9}\n', bytes(CHUNK), before):
            case = with_bytes(honest, name, before + more, f"{len(more)} bytes behind its end")
            yield Case(case.what, case.tree)


def evidence(honest: Honest) -> list[str]:
    """The vault's files that the device or the agency signed, or that prove a signature."""
    return [name for name in honest.vault if name.startswith(("journal/", "recordings/"))]


def lines_of(honest: Honest, name: str) -> list[bytes]:
    return data(honest.vault, name).splitlines(keepends=True)


def lined(honest: Honest) -> list[str]:
    """The logs and journals."""
    return [*small(honest, "log.jsonl", "recordings/"), *small(honest, ".jsonl", "journal/")]


def line_gone(honest: Honest, draw: Draw) -> Iterator[Case]:
    for name, index in draw.some(_numbered(honest)):
        lines = lines_of(honest, name)
        yield with_bytes(honest, name, b"".join(lines[:index] + lines[index + 1 :]), f"line {index + 1} is gone")


def line_doubled(honest: Honest, draw: Draw) -> Iterator[Case]:
    for name, index in draw.some(_numbered(honest)):
        lines = lines_of(honest, name)
        yield with_bytes(honest, name, b"".join(lines[: index + 1] + lines[index:]), f"line {index + 1} stands twice")


def _numbered(honest: Honest) -> list[tuple[str, int]]:
    return [(name, index) for name in lined(honest) for index in range(len(lines_of(honest, name)))]


def exchanged_lines(marked: bytes) -> Make:
    """Two lines of a file that hold `marked` (any two neighbours, if that is empty) have changed places."""

    def cases(honest: Honest, draw: Draw) -> Iterator[Case]:
        pairs = [(name, *pair) for name in lined(honest) for pair in pairwise(_holding(lines_of(honest, name), marked))]
        for name, one, other in draw.some(pairs):
            lines = lines_of(honest, name)
            lines[one], lines[other] = lines[other], lines[one]
            yield with_bytes(honest, name, b"".join(lines), f"lines {one + 1} and {other + 1} have changed places")

    return cases


def _holding(lines: Sequence[bytes], marked: bytes) -> list[int]:
    return [index for index, line in enumerate(lines) if marked in line]


def receipt_bytes(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Every byte of a receipt, under its own name, and under the name that its new bytes ask for."""
    places = [
        (name, at) for name in small(honest, ".jsonl", "recordings/") if "/receipts/" in name for at in range(len(data(honest.vault, name)))
    ]
    for name, at in draw.some(places):
        case = _flipped(honest, name, at)
        yield case
        new = data(case.tree, name)
        renamed = f"{name.rpartition('/')[0]}/{hashlib.sha256(new).hexdigest()}.jsonl"
        tree = {other: entry for other, entry in case.tree.items() if other != name}
        yield Case(f"{case.what}, and renamed so", {**tree, renamed: new}, case.alone)
