"""Alterations of form: the same said in another way, other names, other kinds of file, and what nobody announced."""

import json
import re
from collections.abc import Callable, Iterator

from tests.forgery.changed import evidence, lined, lines_of, small, with_bytes
from tests.forgery.honest import CLOSED, LATER, NEWEST, RELEASED, Honest
from tests.forgery.kinds import Case, Draw
from tests.forgery.taken_away import recordings
from tests.forgery.trees import Entry, Folder, Link, Pipe, below, data, placed, without

_WAYS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("with spaces", lambda line: json.dumps(json.loads(line)).encode() + b"\n"),
    ("in another order", lambda line: _compact(dict(reversed(json.loads(line).items())))),
    ("with one key twice", lambda line: b'{"t":0,' + line[1:]),
    ("with an escaped letter", lambda line: line.replace(b'"kind"', rb'"\u006bind"', 1)),
    ("with a fraction", lambda line: re.sub(rb'"n":([0-9]+)', rb'"n":\1.0', line, count=1)),
    ("with an exponent", lambda line: re.sub(rb'"n":([0-9]+)', rb'"n":\1e0', line, count=1)),
    ("ended as on other systems", lambda line: line[:-1] + b"\r\n"),
    ("with a mark of byte order", lambda line: b"\xef\xbb\xbf" + line),
    ("with an empty line behind it", lambda line: line + b"\n"),
)
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _compact(fields: object) -> bytes:
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def other_json(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A line that says the same to a generous reader."""
    places = [(name, index) for name in lined(honest) for index in range(len(lines_of(honest, name)))]
    for name, index in draw.some(places, share=len(_WAYS)):
        lines = lines_of(honest, name)
        for what, way in _WAYS:
            if (new := way(lines[index])) != lines[index]:
                yield with_bytes(honest, name, b"".join([*lines[:index], new, *lines[index + 1 :]]), f"line {index + 1} {what}")


def other_base64(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The bits behind the last byte of a base64 text are set: the same bytes to a generous reader."""
    for name in lined(honest):
        padded = [index for index, line in enumerate(lines_of(honest, name)) if b'="' in line]
        for index in draw.some(padded, share=len(lined(honest))):
            lines = lines_of(honest, name)
            at = lines[index].index(b"=")
            letter = _BASE64.index(lines[index][at - 1]) | 1
            new = lines[index][: at - 1] + _BASE64[letter : letter + 1] + lines[index][at:]
            yield with_bytes(honest, name, b"".join([*lines[:index], new, *lines[index + 1 :]]), f"line {index + 1}, padding bits")


def other_pem(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The same certificates in another text."""
    for name in small(honest, ".pem", "journal/") + small(honest, ".pem", "recordings/"):
        before = data(honest.vault, name)
        body = before.replace(b"\n", b"").replace(b"-----BEGIN CERTIFICATE-----", b"").replace(b"-----END CERTIFICATE-----", b"")
        for what, new in (
            ("ended as on other systems", before.replace(b"\n", b"\r\n")),
            ("with words before it", b"subject: somebody\n" + before),
            ("with an empty line behind it", before + b"\n"),
            ("without its last newline", before[:-1]),
            ("on one line", b"-----BEGIN CERTIFICATE-----\n" + body + b"\n-----END CERTIFICATE-----\n"),
            ("its certificates twice", before + before),
            ("in another order", b"".join(reversed(before.partition(b"-----END CERTIFICATE-----\n")))),
        ):
            case = with_bytes(honest, name, new, what)
            yield Case(case.what, case.tree)


def no_plain_file(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A link to the same bytes, a link to nothing, a pipe, a folder, in the place of each file of evidence."""
    for name in evidence(honest):
        moved = {**without(honest.vault, name), "elsewhere/moved": honest.vault[name]}
        entries: tuple[Entry, ...] = (
            Link("../" * name.count("/") + "elsewhere/moved"),
            Link("nowhere"),
            Link("/dev/zero"),
            Pipe(),
            Folder(),
        )
        for entry in entries:
            yield Case(f"{name} is {entry!r}", {**moved, name: entry})


def no_plain_folder(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A link to the same folder in the place of each folder of evidence."""
    folders = ["journal", "recordings", *recordings(honest.vault), f"recordings/{RELEASED}/receipts"]
    for folder in folders:
        moved = placed(without(honest.vault, folder), "elsewhere", below(honest.vault, folder))
        yield Case(f"{folder} is a link", {**moved, folder: Link("../" * folder.count("/") + "elsewhere")})
        yield Case(f"{folder} is a file", {**without(honest.vault, folder), folder: b"x"})


def unlisted(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A file that no line announces, among those of a recording, its receipts, or the journals."""
    places = ["journal", *recordings(honest.vault), f"recordings/{RELEASED}/receipts"]
    segment = data(honest.vault, f"recordings/{CLOSED}/0001.tink")
    for folder in places:
        for name, entry in (
            ("0002.tink", segment),
            ("0001.notes.tink.bak", b"x"),
            ("film.mp4", b"x"),
            ("more", Folder()),
            ("pipe", Pipe()),
        ):
            yield Case(f"{folder}/{name} was put there", {**honest.vault, f"{folder}/{name}": entry})


def odd_names(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Names that look like those of evidence, beside it and in its place."""
    folder, journal = f"recordings/{CLOSED}", "journal/000000.jsonl"
    for odd in ("0001.tink ", "0001.tink\u200b", "\uff10\uff10\uff10\uff11.tink", "0001.TINK", "0001.t\u0131nk", "./0001.tink\\"):
        yield Case(f"{odd!r} beside it", {**honest.vault, f"{folder}/{odd.replace('./', '')}": honest.vault[f"{folder}/0001.tink"]})
    for odd in (
        "000000.jsonl\u202e",
        "\uff10\uff10\uff10\uff10\uff10\uff10.jsonl",
        "0000000.jsonl",
        "000000@1.jsonl",
        "000000@007499.jsonl",
        "-00001.jsonl",
        "000000.PEM",
    ):
        yield Case(f"{odd!r} beside it", {**honest.vault, f"journal/{odd}": honest.vault[journal]})
    for odd in ("log.jsonl ", "LOG.jsonl", "log@01.jsonl", "log@٣.jsonl", "log.jsonl\u200d"):
        yield Case(f"{odd!r} beside it", {**honest.vault, f"{folder}/{odd}": honest.vault[f"{folder}/log.jsonl"]})


ODD_RECORDINGS = (
    "000000-0002 ",
    "000000-0002\u200b",
    "\uff10\uff10\uff10\uff10\uff10\uff10-\uff10\uff10\uff10\uff12",
    "0000000-0002",
    "000000-00002",
    "000000\u20100002",
    "000000-0002.bak",
    "case 12",
)


def odd_folders(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A recording under a name that looks like one and is none: a second of that number, and the only one."""
    content = below(honest.vault, f"recordings/{CLOSED}")
    for odd in ODD_RECORDINGS:
        yield Case(f"recordings/{odd!r} is a second one", placed(honest.vault, f"recordings/{odd}", content))
        yield Case(f"recordings/{odd!r} in its place", placed(without(honest.vault, f"recordings/{CLOSED}"), f"recordings/{odd}", content))


def renamed(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Recordings and journals under the numbers of others, or of none."""
    for name in (CLOSED, LATER, NEWEST):
        content, rest = below(honest.vault, f"recordings/{name}"), without(honest.vault, f"recordings/{name}")
        for other in ("000000-0004", "000001-0002", "000003-0001", "000009-0001"):
            yield Case(f"{name} is called {other}", placed(rest, f"recordings/{other}", content))
    for suffixes in (("jsonl",), ("pem",), ("jsonl", "pem")):
        for start in range(3):
            names = {f"journal/{start:06d}.{suffix}": f"journal/000003.{suffix}" for suffix in suffixes}
            new = {to: honest.vault[name] for name, to in names.items()}
            yield Case(f"{', '.join(names)} is called 3", {**without(honest.vault, *names), **new})
    for folder in ("journal", "recordings"):
        yield Case(f"{folder} has another name", placed(without(honest.vault, folder), f"{folder}s", below(honest.vault, folder)))
