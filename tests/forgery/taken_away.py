"""Alterations that take something away: a file, a recording, a journal, a start, an ending."""

from collections.abc import Iterator

from tests.forgery.changed import evidence, newest_journal
from tests.forgery.honest import NEWEST_START, Honest
from tests.forgery.kinds import Case, Draw
from tests.forgery.trees import Entry, Tree, data, without


def a_file(honest: Honest, draw: Draw) -> Iterator[Case]:
    for name in evidence(honest):
        yield Case(f"{name} is gone", without(honest.vault, name))


def recordings(tree: Tree) -> list[str]:
    """The folders of recordings in a tree."""
    return sorted({"/".join(name.split("/")[:2]) for name in tree if name.startswith("recordings/")})


def a_recording(honest: Honest, draw: Draw) -> Iterator[Case]:
    for folder in recordings(honest.vault):
        gone = without(honest.vault, folder)
        yield Case(f"{folder} is gone", gone)
        yield Case(f"{folder} holds its chain alone", {**gone, f"{folder}/signer.pem": honest.vault[f"{folder}/signer.pem"]})
    yield Case("all recordings are gone", without(honest.vault, "recordings"))


def a_journal(honest: Honest, draw: Draw) -> Iterator[Case]:
    for start in range(NEWEST_START + 1):
        yield Case(f"the journal of start {start} is gone", without(honest.vault, f"journal/{start:06d}.jsonl"))
        yield Case(f"journal and chain of start {start} are gone", without(honest.vault, *_journal(start)))
    yield Case("all journals are gone", without(honest.vault, "journal"))


def _journal(start: int) -> tuple[str, str]:
    return f"journal/{start:06d}.jsonl", f"journal/{start:06d}.pem"


def without_start(tree: Tree, start: int) -> dict[str, Entry]:
    """No journal, chain or recording of a start."""
    return without(tree, *_journal(start), *(folder for folder in recordings(tree) if folder.startswith(f"recordings/{start:06d}-")))


def a_start(honest: Honest, draw: Draw) -> Iterator[Case]:
    """One that another follows."""
    for start in range(NEWEST_START):
        yield Case(f"start {start} is gone", without_start(honest.vault, start))


def seen_starts(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The newest starts back beyond what the agency has seen, which its receipts tell."""
    both = without_start(without_start(honest.vault, NEWEST_START), NEWEST_START - 1)
    yield Case("starts 1 and 2 are gone", both, seen=True)


def unseen_start(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The newest start, which nobody has seen; what is left is what the card once was."""
    yield Case("start 2 is gone", without_start(honest.vault, NEWEST_START), seen=True)


def unseen_end(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The newest journal behind each of its signatures but the last, from the end of its recording on."""
    return _ends(honest, draw, signed=True)


def torn_end(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The newest journal, cut everywhere else."""
    return _ends(honest, draw, signed=False)


def _ends(honest: Honest, draw: Draw, signed: bool) -> Iterator[Case]:
    whole = data(honest.vault, newest_journal())
    lines = whole.splitlines(keepends=True)
    behind = {len(b"".join(lines[: index + 1])) for index, line in enumerate(lines[:-1]) if b'"kind":"sig"' in line}
    opened = whole.index(b'"kind":"opened"')
    free = {size for size in behind if size > opened}
    for size in draw.some(sorted(free) if signed else [size for size in range(len(whole)) if size not in free]):
        yield Case(f"only {size} bytes of the newest journal", {**honest.vault, newest_journal(): whole[:size]})
