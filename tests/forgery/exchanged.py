"""Alterations that put something honest in another's place: of a recording, a start, a device, or an earlier day."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from tests.forgery.changed import newest_journal, small
from tests.forgery.honest import CLOSED, CUT, LATER, NEWEST, NEWEST_START, RELEASED, Honest
from tests.forgery.kinds import Case, Draw, Make
from tests.forgery.taken_away import recordings
from tests.forgery.trees import Tree, below, data, placed

WHOLE = (CLOSED, CUT, LATER, NEWEST)
"""Recordings whose segments are on the card; the first two are of one start."""


def between_recordings(*files: str) -> Make:
    """Those files of each recording stand in the place of each other one's."""

    def cases(honest: Honest, draw: Draw) -> Iterator[Case]:
        for into, source in permutations(WHOLE, 2):
            yield from _put(honest, f"recordings/{into}", honest.vault, f"recordings/{source}", files)

    return cases


def between_devices(*files: str) -> Make:
    """Those of the same recording of another device, of a double, and of a device of that name elsewhere."""

    def cases(honest: Honest, draw: Draw) -> Iterator[Case]:
        for tree in (honest.other, honest.double, honest.foreign):
            for folder in set(recordings(honest.vault)) & set(recordings(tree)):
                yield from _put(honest, folder, tree, folder, files)

    return cases


def _put(honest: Honest, into: str, tree: Tree, source: str, files: Sequence[str]) -> Iterator[Case]:
    """Only where it changes something: a double shares its past with the device."""
    new = {f"{into}/{file}": tree[f"{source}/{file}"] for file in files if f"{into}/{file}" in honest.vault and f"{source}/{file}" in tree}
    if any(honest.vault[name] != entry for name, entry in new.items()):
        yield Case(f"{', '.join(new)} from {source} of another", {**honest.vault, **new})


def whole_recordings(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The folder of a recording, under the name of another, beside it or in its place."""
    for into, source in permutations(WHOLE, 2):
        content = below(honest.vault, f"recordings/{source}")
        yield Case(f"{source} stands as {into}", placed(honest.vault, f"recordings/{into}", content))
    for number, (tree, whose) in enumerate(((honest.vault, "its own"), (honest.other, "another device's"), (honest.double, "a double's"))):
        for name in (CLOSED, LATER):
            folder = f"recordings/{name.start:06d}-{number + 7:04d}"
            yield Case(f"{whose} {name} stands as a new one", placed(honest.vault, folder, below(tree, f"recordings/{name}")))


def other_lives(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A recording of the device's double in the place of its own of that name, whole."""
    for name in (LATER, NEWEST):
        folder = f"recordings/{name}"
        yield Case(f"{folder} is the double's", placed(honest.vault, folder, below(honest.double, folder)))


def foreign_recordings(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A whole recording, and whole journals, of a device of the same serial under another authority."""
    for name in (RELEASED, LATER):
        yield Case(f"{name} is a foreigner's", placed(honest.vault, f"recordings/{name}", below(honest.foreign, f"recordings/{name}")))
    yield Case("one more is a foreigner's", placed(honest.vault, "recordings/000002-0002", below(honest.foreign, f"recordings/{LATER}")))
    yield Case("the journals are a foreigner's", placed(honest.vault, "journal", below(honest.foreign, "journal")))
    yield Case("a card of a foreigner", honest.foreign)


def journals(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A journal, with and without its chain, of another start, another device, a double."""
    for start, other in permutations(range(NEWEST_START + 1), 2):
        for suffixes in (("jsonl",), ("pem",), ("jsonl", "pem")):
            new = {f"journal/{start:06d}.{suffix}": honest.vault[f"journal/{other:06d}.{suffix}"] for suffix in suffixes}
            yield Case(f"{', '.join(new)} of start {other}", {**honest.vault, **new})
    for tree in (honest.other, honest.double):
        for name in small(honest, "", "journal/"):
            if tree[name] != honest.vault[name]:
                yield Case(f"{name} is another's", {**honest.vault, name: tree[name]})


def receipts(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A receipt, right in itself, beside another recording: of this device, and of another."""
    for folder in recordings(honest.vault):
        for name in honest.receipts:
            if b'"recording":"' + folder.split("/")[1].encode() not in data(honest.receipts, name):
                yield Case(f"{name[:8]} lies in {folder}", {**honest.vault, f"{folder}/receipts/{name}": honest.receipts[name]})


def old_receipts(honest: Honest, draw: Draw) -> Iterator[Case]:
    """A segment is gone, and what should speak for it is a receipt for another file, recording, or device."""
    for name in (CLOSED, LATER, NEWEST):
        folder = f"recordings/{name}"
        tree = {path: entry for path, entry in honest.vault.items() if path != f"{folder}/0001.tink"}
        for receipt in draw.some(sorted(honest.receipts)):
            text = data(honest.receipts, receipt)
            if b'"file":"0001.tink"' in text and b'"recording":"' + str(name).encode() in text:
                continue
            yield Case(f"{receipt[:8]} for {folder}/0001.tink", {**tree, f"{folder}/receipts/{receipt}": honest.receipts[receipt]})


def replayed(honest: Honest, draw: Draw) -> Iterator[Case]:
    """An older copy of a log or a journal: cut behind one of its earlier signatures."""
    names = [*small(honest, "log.jsonl", "recordings/"), *(n for n in small(honest, ".jsonl", "journal/") if n != newest_journal())]
    places = [(name, size) for name in names for size in _signed(data(honest.vault, name))]
    for name, size in draw.some(places):
        yield Case(f"{name} as it was with {size} bytes", {**honest.vault, name: data(honest.vault, name)[:size]})


def _signed(whole: bytes) -> list[int]:
    lines = whole.splitlines(keepends=True)
    return [len(b"".join(lines[: index + 1])) for index, line in enumerate(lines[:-1]) if b'"kind":"sig"' in line]


def set_back(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The whole card as it once was, which the agency has seen further: nothing but its receipts tells."""
    yield Case("the card as it was after start 0", honest.early, seen=True)


def set_back_unseen(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The same as the agency saw it last, and as it was when nobody's receipts are at hand."""
    yield Case("the card as it was after start 1", honest.middle, seen=True)
    yield Case("the card as it was after start 0, no receipts given", honest.early)


def doubled(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The double's whole card for the device's, whose receipts the agency holds."""
    yield Case("the card of the double", honest.double, seen=True)


def two_lives(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Journals of both lives of one start in one folder, at the agency's storage, each honest in itself."""
    yield from _merged(honest, draw, 1)


def two_chains(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The same a start later: each life has made a key of its own for it, and one chain lies here."""
    yield from _merged(honest, draw, 2)


def _merged(honest: Honest, draw: Draw, start: int) -> Iterator[Case]:
    own, whole = (data(tree, f"journal/{start:06d}.jsonl") for tree in (honest.vault, honest.double))
    for size in draw.some([size for size in (*_signed(whole), len(whole)) if not own.startswith(whole[:size])]):
        name = f"journal/{start:06d}@{size}.jsonl"
        yield Case(f"{name} is the double's", {**honest.store, name: whole[:size]}, stored=True)
