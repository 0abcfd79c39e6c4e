"""Was anything taken away? The device's journals against its recordings, one way and the other.

A recording is named in its start's journal at the press (`opened`: its log's first line) and at the stop (`closed`: its
whole log); what a power cut left lying is named by the next start (`found`: each file as it lay).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.fields import Line, digest, integer, text
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import encode, sha256_hex
from bwc_agent.evidence.plain import digest_plain
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.verdict import DeviceVerdict, Reason, State, Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_copies import is_copy
from bwc_agent.evidence.verify_files import RECEIPTS, Progress, listing, silent
from bwc_agent.evidence.verify_journals import Journal, lines_of, read_journals, seen_by
from bwc_agent.evidence.verify_log import LOG, SIGNER
from bwc_agent.evidence.verify_receipts import read_receipts, receipt_certificates

_FOUND: Final = re.compile(r"recordings/([0-9]{6,}-[0-9]{4,})/([^/]+)")
_MAILBOX: Final = "mailbox"


def find_devices(path: Path) -> list[Path]:
    """The folders of devices at `path`: a vault, a device's folder at a destination, or a destination that holds several."""
    if not path.is_dir():
        return []
    folders = [path, *sorted(p for p in path.iterdir() if not p.is_symlink() and p.is_dir())]
    return [folder for folder in folders if Vault(folder).recordings.is_dir() or Vault(folder).journals.is_dir()]


def find_recordings(path: Path) -> list[Path]:
    """The folders of recordings at `path`: that folder itself, or all those of the devices there, in order of name."""
    if path.is_dir() and any(p.name == SIGNER or is_copy(p.name, LOG) for p in path.iterdir()):
        return [path]
    return [Vault(device).recording(name) for device in find_devices(path) for name in Vault(device).names()]


def verify_device(root: Path, authority: Certificate, receipts: Sequence[Certificate] = (), progress: Progress = silent) -> DeviceVerdict:
    """The verdict about the device whose `journal` and `recordings` lie in `root`, a vault or a destination's DEST/SERIAL.

    `receipts` are certificates of the agency's receipt keys besides the vault's own. Raises StorageError.
    """
    vault = Vault(root)
    if find_devices(root)[:1] != [root]:
        return DeviceVerdict(root.name, (Reason(State.NOT_A_RECORDING, "holds no device's evidence", str(root)),), ())
    journals, reasons = read_journals(vault.journals, authority)
    verdicts = {name: verify_recording(vault.recording(name), authority, receipts, progress) for name in vault.names()}
    audit = _Audit(vault, journals, verdicts)
    serials = sorted({*(j.who.serial for j in journals), *(log.who.serial for log in audit.logs.values())})
    if len(serials) > 1:
        reasons.append(Reason(State.ALTERED, f"evidence of several devices lies together: {', '.join(serials)}"))
    for findings in (audit.opened(), audit.closed(), audit.unnamed(), audit.found(), _rollback(root, authority, receipts, journals)):
        reasons += _guarded(findings)
    starts = tuple(journal.start for journal in journals)
    return DeviceVerdict(
        ", ".join(serials) or root.name, tuple(dict.fromkeys(reasons)), tuple(verdicts.values()), starts, tuple(audit.passed())
    )


def _guarded(findings: Iterator[Reason]) -> Iterator[Reason]:
    """The findings; a journal's line that no recorder writes is one, too."""
    try:
        yield from findings
    except IntegrityError as error:
        yield Reason(State.ALTERED, f"a journal holds a line that no recorder writes: {error}", "journal")


class _Audit:
    """Journals and recordings of one device, side by side."""

    def __init__(self, vault: Vault, journals: Sequence[Journal], verdicts: Mapping[RecordingName, Verdict]) -> None:
        self._vault = vault
        self._journals = journals
        self._verdicts = verdicts
        self.logs: dict[RecordingName, RecordingLog] = {name: v.log for name, v in verdicts.items() if v.log is not None}
        self._named: set[RecordingName] = set()

    def opened(self) -> Iterator[Reason]:
        """Every recording that a journal opened is here, and begins with the line that it opened with."""
        for journal, line in lines_of(self._journals, "opened"):
            name = self._name(journal, line)
            if isinstance(name, Reason):
                yield name
            elif (log := self.logs.get(name)) is not None and sha256_hex(encode(log.first)) != digest(line, "sha256"):
                yield Reason(State.ALTERED, f"its first line is not the one that the journal of start {journal.start} has seen", str(name))

    def closed(self) -> Iterator[Reason]:
        """Every log that a journal closed is here, byte for byte."""
        for journal, line in lines_of(self._journals, "closed"):
            name = self._name(journal, line)
            if isinstance(name, Reason):
                yield name
                continue
            log, stated = self.logs.get(name), (integer(line, "bytes"), digest(line, "sha256"))
            if log is None or log.state == stated:
                continue
            if log.open and log.state[0] < stated[0]:
                yield Reason(State.END_UNPROVEN, "its log is a copy from before its end: dock the device again", str(name))
            else:
                yield Reason(State.ALTERED, f"its log is not the one of {stated[0]} bytes that start {journal.start} closed", str(name))

    def unnamed(self) -> Iterator[Reason]:
        """Recordings that no journal opened, and that no later start found either."""
        found = {match[1] for _, line in lines_of(self._journals, "found") if (match := _FOUND.fullmatch(str(line.get("path"))))}
        newest = max((journal.start for journal in self._journals), default=None)
        for name in self._verdicts:
            if name in self._named or str(name) in found or not self._journals:
                continue
            if newest is not None and name.start >= newest:
                yield Reason(State.END_UNPROVEN, "no journal names it yet: dock the device again", str(name))
            else:
                yield Reason(State.ALTERED, "no journal names it: it was put there, or a journal was exchanged", str(name))

    def found(self) -> Iterator[Reason]:
        """Every file that a start found after a cut lies here as it lay then, unless it was released."""
        for journal, line in lines_of(self._journals, "found"):
            path, stated = text(line, "path"), (integer(line, "bytes"), digest(line, "sha256"))
            match = _FOUND.fullmatch(path)
            name = RecordingName.parse(match[1]) if match else None
            if match is None or name is None or match[2] in (".", ".."):
                yield Reason(
                    State.ALTERED, f"start {journal.start} found {path[:80]!r}, which is no file of a recording", journal.copy.path.name
                )
            else:
                yield from self._found(name, match[2], stated, journal.start)

    def _found(self, name: RecordingName, file: str, stated: tuple[int, str], start: int) -> Iterator[Reason]:
        where = f"{name}/{file}"
        if name not in self._verdicts:
            yield Reason(State.INCOMPLETE, f"the recording that start {start} found is missing", str(name))
        elif file.startswith("."):
            # What a cut left half-written is no evidence; the next write of that file may have removed it.
            return
        elif (path := listing(self._vault.recording(name))[0].get(file)) is None:
            if not self._excused(name, file):
                yield Reason(State.INCOMPLETE, f"start {start} found it with {stated[0]} bytes, and it is missing", where)
        elif _digest(path) != stated:
            yield Reason(State.ALTERED, f"it is not the file of {stated[0]} bytes that start {start} found after the cut", where)

    def _excused(self, name: RecordingName, file: str) -> bool:
        """True if the recording's own verdict speaks of the file, as released or missing, or if an open copy stands for it."""
        verdict = self._verdicts[name]
        told = any(reason.where == file for reason in verdict.reasons) or any(note.startswith(f"{file}: ") for note in verdict.notes)
        return told or (file == f"{LOG}.jsonl" and verdict.log is not None and verdict.log.open)

    def passed(self) -> Iterator[str]:
        """What lies beside the recordings and is none."""
        folder = self._vault.recordings
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if RecordingName.parse(path.name) is None:
                yield f"recordings/{path.name}: it is not named as a recording"

    def _name(self, journal: Journal, line: Line) -> RecordingName | Reason:
        """The recording that a line names, if it is one of that start and is here."""
        words = text(line, "recording")
        name = RecordingName.parse(words)
        if name is None or str(name) != words or name.start != journal.start:
            return Reason(State.ALTERED, f"it names {words[:32]!r}, which is no recording of its start", journal.copy.path.name)
        self._named.add(name)
        if name not in self._verdicts:
            return Reason(State.INCOMPLETE, f"the recording is missing; the journal of start {name.start} names it", words)
        return name


def _digest(path: Path) -> tuple[int, str]:
    try:
        return digest_plain(path)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; check the disk") from error


def _rollback(root: Path, authority: Certificate, certificates: Sequence[Certificate], journals: Sequence[Journal]) -> Iterator[Reason]:
    """Receipts, on the device and in a destination's mailbox, that have seen more of a journal than is here."""
    vault, known = Vault(root), list(certificates)
    try:
        known += receipt_certificates(root, authority)
    except IntegrityError as error:
        yield Reason(State.ALTERED, f"the vault's receipt certificate is not the agency's: {error}", "trust/receipt.pem")
    for folder in (root / _MAILBOX, *(vault.recording(name) / RECEIPTS for name in vault.names())):
        for receipt in read_receipts(folder, known).held:
            if receipt.journal is not None and (reason := seen_by(receipt.journal, journals)):
                yield reason
