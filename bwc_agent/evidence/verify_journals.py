"""The journals of a device: each under its own chain, each holding on to the one before, none left out.

A journal states the length and digest of its predecessor *as found*, torn tail included. So a journal that was cut,
exchanged or taken away contradicts the next; only the newest has nobody behind it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, digest, fields, integer, text
from bwc_agent.evidence.lines import decode, sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.receipts import JournalSeen
from bwc_agent.evidence.revocations import NO_REVOCATIONS, Revocations
from bwc_agent.evidence.signed import SignedFile, spoken_for
from bwc_agent.evidence.verdict import Reason, State
from bwc_agent.evidence.verify_copies import Copy
from bwc_agent.evidence.verify_files import listing
from bwc_agent.evidence.verify_log import Refused, signed_lines

_NAME: Final = re.compile(r"([0-9]{6}|[1-9][0-9]{6,14})(?:\.pem|(?:@[1-9][0-9]*)?\.jsonl)")
_NO_JOURNALS: Final = "the device's journals are not here: whether a recording was taken away cannot be said"


@dataclass(frozen=True, slots=True)
class Journal:
    """One start's journal: who signed it, its signed lines, the copy of it that was read, and the digest of its chain's file."""

    who: StartIdentity
    signed: SignedFile
    copy: Copy
    chain: str

    @property
    def start(self) -> int:
        """The start's number."""
        return self.who.start

    @property
    def spoken_for(self) -> tuple[int, str]:
        """Length and SHA-256 (hex) of what its last signature speaks for."""
        data = spoken_for(self.copy.data[: self.signed.signed_bytes])
        return len(data), sha256_hex(data)

    @property
    def first(self) -> Line | None:
        """Its first line, also where a cut came before any signature: the next journal vouches for these bytes. None if torn."""
        if self.signed.lines:
            return self.signed.lines[0]
        try:
            line = decode(self.copy.data[: self.copy.data.find(b"\n") + 1])
        except IntegrityError:
            # Torn; `unproven` says what that leaves open.
            return None
        return line if line.get("kind") == "journal" else None


def journal_start(name: str) -> int | None:
    """The start whose journal, copy of it or chain a file of that name can be; None if it can be none."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def read_journals(folder: Path, authority: Certificate, revocations: Revocations = NO_REVOCATIONS) -> tuple[list[Journal], list[Reason]]:
    """The journals in `folder` that can be believed, in order of start, and what is wrong with them. Raises StorageError."""
    if folder.is_symlink():
        return [], [Reason(State.ALTERED, "is a link, which no recorder makes here; it was put there", folder.name)]
    if not folder.is_dir():
        return [], [Reason(State.INCOMPLETE, _NO_JOURNALS, folder.name)]
    files, reasons = listing(folder)
    matches = {name: _NAME.fullmatch(name) for name in files}
    reasons += [Reason(State.ALTERED, "is not a journal; it was put there", name) for name, match in matches.items() if match is None]
    starts = sorted({int(match[1]) for match in matches.values() if match})
    if not starts:
        reasons.append(Reason(State.INCOMPLETE, _NO_JOURNALS, folder.name))
    journals: list[Journal] = []
    for start in starts:
        try:
            journals += _read(files, start, authority, revocations, newest=start == starts[-1])
        except Refused as refused:
            reasons.append(refused.reason)
    return journals, [*reasons, *_serials(journals), *_first(journals), *_links(journals)]


def _read(files: Mapping[str, Path], start: int, authority: Certificate, revocations: Revocations, newest: bool) -> Iterator[Journal]:
    """The journal of `start`; none where a cut came between its chain and it: the next one's `missing` says so. Raises Refused."""
    stem = f"{start:06d}"
    lines = [name for name in files if name.startswith(stem) and name.endswith(".jsonl")]
    if not lines and newest:
        raise Refused(State.END_UNPROVEN, "its chain is here and the journal is not: dock the device again", f"{stem}.jsonl")
    if not lines:
        return
    found = signed_lines(files, f"{stem}.pem", stem, authority, revocations)
    if found.who.start != start:
        raise Refused(State.ALTERED, f"the chain is for start {found.who.start}: files were exchanged", f"{stem}.pem")
    if found.file.lines:
        try:
            _check_first(found.file, found.who)
        except IntegrityError as error:
            raise Refused(State.ALTERED, str(error), found.copy.path.name) from error
    yield Journal(found.who, found.file, found.copy, found.chain)


def _check_first(signed: SignedFile, who: StartIdentity) -> None:
    first = signed.lines[0]
    if signed.kind != "journal" or (text(first, "device"), integer(first, "start")) != (who.serial, who.start):
        raise IntegrityError("it is not the journal of the start that signed it")
    if any(line["kind"] == "journal" for line in signed.lines[1:]):
        raise IntegrityError("a second journal begins in one file")


def _serials(journals: Sequence[Journal]) -> Iterator[Reason]:
    if len(serials := sorted({journal.who.serial for journal in journals})) > 1:
        yield Reason(State.ALTERED, f"journals of several devices lie together: {', '.join(serials)}")


def _first(journals: Sequence[Journal]) -> Iterator[Reason]:
    if journals and (first := journals[0].first) is not None and first.get("previous") is not None:
        yield Reason(State.INCOMPLETE, "journals before it are missing: it names a predecessor", journals[0].copy.path.name)


def _links(journals: Sequence[Journal]) -> Iterator[Reason]:
    """Each journal against the one before it, and the newest, which nobody has looked at yet."""
    for before, after in pairwise(journals):
        if (first := after.first) is not None:
            try:
                yield from _link(before, after, first)
            except IntegrityError as error:
                yield Reason(State.ALTERED, str(error), after.copy.path.name)
    if journals and journals[-1].signed.tail:
        newest = journals[-1]
        yield Reason(State.UNSIGNED_TAIL, f"its last {len(newest.signed.tail)} bytes are signed by nobody", newest.copy.path.name)


def _link(before: Journal, after: Journal, first: Line) -> Iterator[Reason]:
    if _passed_over(before, after):
        what = f"start {after.start} could not read it when it began: nothing holds on to its end"
        yield Reason(State.END_UNPROVEN, what, before.copy.path.name)
        return
    where, previous = after.copy.path.name, fields(first, "previous")
    start = integer(previous, "start")
    missing, gap = first.get("missing"), range(start + 1, after.start)
    # Compared without making a list of the gap: how wide it is, is only claimed.
    if not isinstance(missing, list) or len(missing) != len(gap) or any(n != m for n, m in zip(missing, gap, strict=True)):
        yield Reason(State.ALTERED, "its list of starts without a journal is not the gap before it", where)
    if start != before.start:
        word, what = (State.INCOMPLETE, "is missing") if start > before.start else (State.ALTERED, "is not the one before it")
        yield Reason(word, f"the journal of start {start}, which it names as its predecessor, {what}", where)
        return
    stated, data = (integer(previous, "bytes"), digest(previous, "sha256")), before.copy.data
    if stated == (len(data), sha256_hex(data)):
        return
    if before.copy.open and len(data) < stated[0]:
        yield Reason(State.END_UNPROVEN, "it was still being written at the docking: dock the device again", before.copy.path.name)
    else:
        yield Reason(State.ALTERED, f"it is not the journal of {stated[0]} bytes that start {after.start} found", before.copy.path.name)


def _passed_over(before: Journal, after: Journal) -> bool:
    """True if the later start signed that its card did not give the earlier journal back."""
    return any(line.get("path") == f"journal/{before.start:06d}.jsonl" for line in after.signed.of_kind("unread"))


def unproven(journals: Sequence[Journal]) -> Iterator[str]:
    """What the journals cannot say: how the newest start ended, and whether one was cut back whose successor is torn."""
    for before, after in pairwise(journals):
        if after.first is None:
            yield f"whether the journal of start {before.start} ends where it did: a power cut tore the first line of the next"
    if journals and not journals[-1].signed.of_kind("off"):
        newest = journals[-1].start
        yield f"what start {newest} did after its last signature: it has no orderly end, so it lost power, or was still running"
    if journals:
        what = "what nobody has seen yet can be taken away whole, and only receipts in the agency's hands tell what was seen"
        yield f"whether the device started again after start {journals[-1].start}: {what}"


def seen_by(seen: JournalSeen, journals: Sequence[Journal]) -> Reason | None:
    """What contradicts the agency's word about a journal: what it saw must be a beginning of what is here."""
    journal = next((j for j in journals if j.start == seen.start), None)
    name = f"{seen.start:06d}.jsonl"
    if journal is None and (not journals or journals[-1].start > seen.start):
        # Taken away, not set back: that it is missing is said already.
        return None
    if journal is None or len(journal.copy.data) < seen.bytes:
        return Reason(State.ROLLED_BACK, f"the agency has seen {seen.bytes} bytes of it, and less is here: the device was set back", name)
    if sha256_hex(journal.copy.data[: seen.bytes]) != seen.sha256:
        return Reason(State.ROLLED_BACK, "the agency has seen another one: the device was set back, or it has a double", name)
    return None


def lines_of(journals: Sequence[Journal], kind: str) -> Iterator[tuple[Journal, Line]]:
    """The signed lines of one kind in all journals, in order."""
    for journal in journals:
        for line in journal.signed.of_kind(kind):
            yield journal, line
