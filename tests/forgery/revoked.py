"""Nothing is altered, but the agency has revoked the device: what counts no more, and what still does."""

from collections.abc import Iterator

from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.revocations import FOLDER, Revocation, Revocations, write_revocation
from tests.forgery.changed import newest_journal
from tests.forgery.honest import CLOSED, LATER, NEWEST, NEWEST_START, Honest
from tests.forgery.kinds import Case, Draw
from tests.forgery.trees import data

AT = 1_767_225_600_000_000


def revocation(honest: Honest, start: int, size: int | None = None, serial: str = "") -> Revocation:
    """The last start that counts is `start`, and of its journal `size` bytes (all, if None)."""
    journal = None if size is None else (size, sha256_hex(data(honest.vault, f"journal/{start:06d}.jsonl")[:size]))
    return Revocation(serial or honest.serial, start, journal, AT, "stolen")


def later_starts(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Starts, recordings and ends of journals behind what counts, the revocation given or standing in the vault's trust."""
    opened = _line_of(honest, b'"kind":"opened"')
    for what, found, part in (
        ("none counts", revocation(honest, -1), str(CLOSED)),
        ("start 0 is the last", revocation(honest, 0), str(LATER)),
        ("start 1 is the last", revocation(honest, 1), str(NEWEST)),
        ("start 2 up to the press", revocation(honest, 2, opened), ""),
    ):
        for alone in {part, ""}:
            yield Case(f"{what}, given, {alone or 'the device'}", honest.vault, alone, revocations=Revocations((found,)))
            name = f"trust/{FOLDER}/one.jsonl"
            tree = {**honest.vault, name: write_revocation(found, honest.keys.authority)}
            yield Case(f"{what}, in trust, {alone or 'the device'}", tree, alone)
    two = Revocations((revocation(honest, 2), revocation(honest, 0)))
    yield Case("of two the earlier counts", honest.vault, str(LATER), revocations=two)


def _line_of(honest: Honest, marked: bytes) -> int:
    """Where the line of the newest journal begins that holds `marked`."""
    whole = data(honest.vault, "journal/000002.jsonl")
    return whole.rindex(b"\n", 0, whole.index(marked)) + 1


def other_journal(honest: Honest, draw: Draw) -> Iterator[Case]:
    """The journal of the last start is not the one that the agency had seen when it revoked."""
    size = len(data(honest.vault, newest_journal()))
    for seen in ((size, "0" * 64), (size + 1, "0" * 64)):
        found = Revocation(honest.serial, NEWEST_START, seen, AT, "stolen")
        yield Case(f"another of {seen[0]} bytes", honest.vault, revocations=Revocations((found,)))


def what_still_counts(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Up to the last start everything stays as it was, and another device's revocation says nothing."""
    size = len(data(honest.vault, "journal/000002.jsonl"))
    for what, found in (
        ("the last start is the newest", revocation(honest, 2)),
        ("and its journal was seen whole", revocation(honest, 2, size)),
        ("another device's", revocation(honest, -1, serial="SIM-0002")),
    ):
        yield Case(what, honest.vault, revocations=Revocations((found,)))
    yield Case("a recording of the last start", honest.vault, str(CLOSED), revocations=Revocations((revocation(honest, 0),)))


def own_revocation(honest: Honest, draw: Draw) -> Iterator[Case]:
    """Somebody else's word that the device is revoked: it revokes nothing, and it was put there."""
    found = write_revocation(revocation(honest, 0), honest.keys.receipts)
    yield Case("by the receipt key", {**honest.vault, f"trust/{FOLDER}/one.jsonl": found})
    right = write_revocation(revocation(honest, 2), honest.keys.authority)
    yield Case("and its start was changed", {**honest.vault, f"trust/{FOLDER}/one.jsonl": right.replace(b'"start":2', b'"start":0')})
