"""Is what a link says of a copy true? Its signature, the copy's bytes, the recording, and the seconds that are original."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.agency.excerpt_check import FilmVerdict
from bwc_agent.agency.link import link_files, record_fields, seconds_fields
from bwc_agent.agency.statement import LINK, file_fields
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import verify_receipt_signer
from bwc_agent.evidence.fields import Line, digest, fields, integer, text
from bwc_agent.evidence.lines import decode, encode, sha256_hex
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.signed import fingerprint, read_signed
from bwc_agent.evidence.verdict import Reason, State
from bwc_agent.evidence.verify_copies import read_file

MAX_LINK: Final = 2 << 20
"""Bytes of the largest link that is read: one line and its signature."""


def with_links(copy: Path, verdict: FilmVerdict, authority: Certificate, certificates: Sequence[Certificate]) -> FilmVerdict:
    """The verdict about `copy`, and about each link beside it; `certificates` are of the agency's keys.

    Raises StorageError where one cannot be read.
    """
    if verdict.log is None:
        return verdict
    for path in link_files(copy):
        if path.exists() or path.is_symlink():
            verdict = _Reading(copy, path, verdict, verdict.log).judged(authority, certificates)
    return verdict


@dataclass(slots=True)
class _Reading:
    """One link, and what was found about it so far."""

    copy: Path
    path: Path
    verdict: FilmVerdict
    log: RecordingLog
    reasons: list[Reason] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def judged(self, authority: Certificate, certificates: Sequence[Certificate]) -> FilmVerdict:
        signed = self.path.suffix == ".jsonl"
        notes: list[str] = []
        try:
            data = read_file(self.path)
            line, by = self._signed(data, authority, certificates) if signed else (_plain(data), "nobody: anybody may have written it")
            notes.append(f"linked by {text(line, 'who')} at {text(line, 'at')}: {text(line, 'why')} (signed by {by})")
            self.reasons += self._untrue(line)
        except IntegrityError as error:
            self.reasons.append(Reason(State.ALTERED, f"is no link that could be believed: {error}", self.path.name))
        return replace(
            self.verdict,
            reasons=(*self.verdict.reasons, *self.reasons),
            notes=(*self.verdict.notes, *notes),
            not_checked=(*self.verdict.not_checked, *self.unknown),
        )

    def _signed(self, data: bytes, authority: Certificate, certificates: Sequence[Certificate]) -> tuple[Line, str]:
        """The link's line and who signed it. Where his certificate is not here, that much is not checked."""
        first, last = _two_lines(data)
        known = next((one for one in certificates if fingerprint(one) == text(last, "by")), None)
        if known is None:
            self.unknown.append(f"who signed {self.path.name}: the certificate of that key is not here")
            return first, "an unknown key"
        label = verify_receipt_signer(known, authority)
        read_signed(data, known)
        return first, label

    def _untrue(self, line: Line) -> Iterator[Reason]:
        """What in it does not fit the copy, the recording, or what was found now."""
        said, found = fields(line, "copy"), file_fields(self.copy)
        if (said.get("bytes"), said.get("sha256")) != (found["bytes"], found["sha256"]):
            yield Reason(State.ALTERED, "is about other bytes: this copy was changed after it was linked, or is another", self.path.name)
            return
        record, here = fields(line, "record"), record_fields(self.log)
        if any(record.get(name) != here[name] for name in ("device", "first", "recording")):
            yield Reason(State.ALTERED, f"binds it to recording {record.get('recording')}, not to this one", self.path.name)
            return
        yield from self._log(fields(record, "log"))
        if record == here and line.get("seconds") != seconds_fields(self.verdict.stretches):
            yield Reason(State.ALTERED, "says of other seconds that they are original than are found so", self.path.name)

    def _log(self, seen: Line) -> Iterator[Reason]:
        """The log as the link saw it must be a beginning of the one here."""
        size, signed = integer(seen, "bytes"), b"".join(map(encode, self.log.lines))
        if size > len(signed):
            yield Reason(State.END_UNPROVEN, "was made from more of the log than is here: take the newest copy of it", self.path.name)
        elif sha256_hex(signed[:size]) != digest(seen, "sha256"):
            yield Reason(State.ALTERED, "was made from another log of this recording: one of the two is not the device's", self.path.name)


def _two_lines(data: bytes) -> tuple[Line, Line]:
    lines = data.split(b"\n")
    if len(data) > MAX_LINK or len(lines) != 3 or lines[2]:
        raise IntegrityError("a link is one line and its signature, nothing else")
    first, last = (decode(line + b"\n") for line in lines[:2])
    if (first.get("kind"), last.get("kind")) != (LINK, "sig"):
        raise IntegrityError("it is a statement about something else, or is not signed")
    return first, last


def _plain(data: bytes) -> Line:
    """An unsigned link. Raises IntegrityError."""
    try:
        line = json.loads(data) if len(data) <= MAX_LINK else None
    except (ValueError, RecursionError) as error:
        raise IntegrityError("it is not JSON") from error
    if not isinstance(line, dict) or line.get("kind") != LINK:
        raise IntegrityError("it is a statement about something else")
    return line
