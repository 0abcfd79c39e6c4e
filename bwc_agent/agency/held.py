"""What a destination holds of one device, as far as the device signed it: the claims that custody checks bytes against.

It is read by the verifier's own readers, so that what custody signs for is what a verdict would call right. Nothing here
believes a name: the chain says whose the log is, the log says which files there are, and a later journal says how long a
file is that a power cut ended.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import OffloadError, StorageError
from bwc_agent.evidence import verify_journals
from bwc_agent.evidence.fields import Line, digest, integer, text
from bwc_agent.evidence.identity import Identity
from bwc_agent.evidence.layout import RecordingName, Vault, start_of
from bwc_agent.evidence.lines import encode, sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.receipts import JournalSeen, Receipt
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile, State
from bwc_agent.evidence.revocations import NO_REVOCATIONS, Revocations
from bwc_agent.evidence.signed import signers
from bwc_agent.evidence.verdict import Reason
from bwc_agent.evidence.verdict import State as Word
from bwc_agent.evidence.verify_journals import Journal, lines_of, seen_by
from bwc_agent.evidence.verify_log import Refused, read_signed_log
from bwc_agent.evidence.verify_seen import beyond, revoked

_STOPS: Final = (Word.ALTERED, Word.ROLLED_BACK, Word.UNKNOWN_SIGNER)
"""Findings about a journal that no later docking mends."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the device signed of one sealed file; None where it signed nothing.

    `line` announces the file, `end` is all of it, `mark` its first bytes up to the last mark, `found` what a later start
    found of it after a cut.
    """

    line: Line
    identity: Identity
    end: State | None
    mark: State | None
    found: State | None


@dataclass(frozen=True, slots=True)
class Journals:
    """Those that are believed, in order of start, and by recording what a revocation leaves of the last start."""

    read: tuple[Journal, ...] = ()
    revoked: dict[str, Reason] = field(default_factory=dict)

    @property
    def newest(self) -> JournalSeen | None:
        """What the last signature of the newest speaks for; None where no start left one."""
        return JournalSeen(self.read[-1].start, *self.read[-1].spoken_for) if self.read else None

    @property
    def found(self) -> dict[str, State]:
        """By path what any of them found after a cut. Raises IntegrityError."""
        return {text(line, "path"): (integer(line, "bytes"), digest(line, "sha256")) for _, line in lines_of(self.read, "found")}

    def stated(self, name: RecordingName) -> set[State]:
        """What any of them says of the whole log of a recording: as it was closed, or found after a cut. Raises IntegrityError."""
        closed = (line for _, line in lines_of(self.read, "closed") if line.get("recording") == str(name))
        found = self.found.get(f"recordings/{name}/log.jsonl")
        return {(integer(line, "bytes"), digest(line, "sha256")) for line in closed} | ({found} if found else set())

    def check_log(self, log: RecordingLog) -> None:
        """A log must be by the key of its start's journal, and the one that this saw begin, and end. Raises Refused."""
        if any(journal.start == log.name.start and signers(journal.signed.lines) - signers(log.lines) for journal in self.read):
            what = "its start has another key here than in the journal: two devices lived from one card"
            raise _refused(Reason(Word.ROLLED_BACK, what, "log.jsonl"))
        for journal, line in lines_of(self.read, "opened"):
            if line.get("recording") == str(log.name) and digest(line, "sha256") != sha256_hex(encode(log.first)):
                raise _refused(
                    Reason(Word.ALTERED, f"its first line is not the one that start {journal.start} opened it with", "log.jsonl")
                )
        for journal, line in lines_of(self.read, "closed"):
            if line.get("recording") == str(log.name) and not log.open and (integer(line, "bytes"), digest(line, "sha256")) != log.state:
                raise _refused(Reason(Word.ALTERED, f"it is not the log that start {journal.start} closed", "log.jsonl"))

    def check_seen(self, receipts: Iterable[Receipt], revocations: Revocations = NO_REVOCATIONS) -> None:
        """Whoever has seen more, or another journal, signs nothing further, but for revoked starts. Raises Refused, OffloadError."""
        for receipt in receipts:
            if receipt.journal is None or revoked(receipt, revocations):
                continue
            if not self.read:
                raise OffloadError(f"no journal is here, and custody has seen that of start {receipt.journal.start}: dock the device again")
            if reason := seen_by(receipt.journal, self.read):
                raise _refused(reason)


def read_journals(device: Path, authority: Certificate, revocations: Revocations = NO_REVOCATIONS) -> Journals:
    """Every journal below the device's folder that still counts. Raises Refused for one that is wrong, OffloadError."""
    vault = Vault(device)
    try:
        read, reasons = verify_journals.read_journals(vault.journals, authority, revocations)
    except StorageError as error:
        raise OffloadError(str(error)) from error
    stops = [reason for reason in (*reasons, *_moved(device.name, read)) if reason.state in _STOPS]
    for reason in stops:
        if not _is_revoked(reason, device.name, revocations):
            raise _refused(reason)
    return Journals(tuple(read), dict(_beyond(vault, revocations, read)))


def _moved(serial: str, journals: Iterable[Journal]) -> Iterator[Reason]:
    for journal in journals:
        if journal.who.serial != serial:
            what = f"is a journal of {journal.who.serial}, and lies in the folder of {serial}: it was moved"
            yield Reason(Word.ALTERED, what, journal.copy.path.name)


def _is_revoked(reason: Reason, serial: str, revocations: Revocations) -> bool:
    """True for the chain of a start that counts no more: the starts before it still do."""
    start = start_of(reason.where.partition(".")[0])
    return start is not None and reason.state is Word.UNKNOWN_SIGNER and revocations.against(StartIdentity(serial, start)) is not None


def _beyond(vault: Vault, revocations: Revocations, journals: list[Journal]) -> Iterator[tuple[str, Reason]]:
    revocation = revocations.of(vault.root.name)
    for reason in beyond(revocation, journals, vault.names()) if revocation is not None else ():
        if reason.state is Word.ROLLED_BACK:
            raise _refused(reason)
        yield reason.where, reason


def read_claims(
    device: Path, name: RecordingName, authority: Certificate, journals: Journals, revocations: Revocations = NO_REVOCATIONS
) -> dict[str, Claim]:
    """The claims of recording `name` by file name. Raises Refused (an IntegrityError), OffloadError."""
    try:
        log = read_signed_log(Vault(device).recording(name), authority, revocations)
    except StorageError as error:
        raise OffloadError(str(error)) from error
    except Refused as refused:
        if refused.reason.state is Word.INCOMPLETE:
            raise OffloadError(str(refused)) from refused
        raise
    if (log.who.serial, log.name) != (device.name, name):
        raise Refused(Word.ALTERED, f"is the log of recording {log.name} of {log.who.serial}: it was moved", "log.jsonl")
    journals.check_log(log)
    if str(name) in journals.revoked:
        raise _refused(journals.revoked[str(name)])
    found = journals.found
    return {file.name: _claim(file, found.get(f"recordings/{name}/{file.name}")) for file in log.files}


def _claim(file: SealedFile, found: State | None) -> Claim:
    return Claim(file.line, file.identity, file.end, file.marks[-1] if file.marks else None, found)


def _refused(reason: Reason) -> Refused:
    return Refused(reason.state, reason.what, reason.where)
