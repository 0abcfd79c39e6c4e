"""Journals against recordings, one way and the other.

A recording is named in its start's journal at the press (`opened`: its log's first line) and at the stop (`closed`: its
whole log); what a power cut left lying is named by the next start (`found`: each file as it lay). A cut within a press
leaves less than a recording, and must not look like a theft.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bwc_agent.errors import StorageError
from bwc_agent.evidence.fields import Line, digest, integer, text
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import encode, sha256_hex
from bwc_agent.evidence.plain import digest_plain
from bwc_agent.evidence.recording_reader import RecordingLog
from bwc_agent.evidence.signed import signers
from bwc_agent.evidence.verdict import Reason, State, Verdict
from bwc_agent.evidence.verify_files import listing
from bwc_agent.evidence.verify_journals import Journal, lines_of
from bwc_agent.evidence.verify_log import LOG, SIGNER
from bwc_agent.files import is_leftover

_FOUND: Final = re.compile(r"recordings/([0-9]{6,}-[0-9]{4,})/([^/]+)")
_LOG_FILE: Final = f"{LOG}.jsonl"


class Audit:
    """Journals and recordings of one device, side by side; each method raises IntegrityError for a line that no recorder writes."""

    def __init__(self, vault: Vault, journals: Sequence[Journal], verdicts: Mapping[RecordingName, Verdict]) -> None:
        self.vault = vault
        self.journals = journals
        self._verdicts = verdicts
        self.logs: dict[RecordingName, RecordingLog] = {name: v.log for name, v in verdicts.items() if v.log is not None}
        """The logs that are believed."""
        self._starts = {journal.start for journal in journals}
        self.named: set[RecordingName] = set()
        """The recordings that a journal names. After `opened` and `closed`."""
        self._found_files: dict[str, set[str]] = {}
        for _, line in lines_of(journals, "found"):
            if match := _FOUND.fullmatch(str(line.get("path"))):
                self._found_files.setdefault(match[1], set()).add(match[2])

    @property
    def names(self) -> Sequence[RecordingName]:
        """The recordings that are here."""
        return tuple(self._verdicts)

    def own_logs(self) -> dict[RecordingName, RecordingLog]:
        """The logs that are believed, in the folders that they name."""
        return {name: log for name, log in self.logs.items() if log.name == name}

    def checks(self) -> tuple[Iterator[Reason], ...]:
        """All that one side says and the other does not bear out; each to be run, in this order."""
        return self.opened(), self.closed(), self.unnamed(), self.found(), self.doubles()

    def doubles(self) -> Iterator[Reason]:
        """Recordings under another chain than the journal of their start: one device makes one key for a start."""
        journals = {journal.start: journal for journal in self.journals}
        for name, log in self.logs.items():
            journal = journals.get(name.start)
            if journal is None or journal.chain == log.chain:
                continue
            if signers(journal.signed.lines) & signers(log.lines):
                what = "the chain beside its start's journal has another form than its own, of the same key: a byte of one was changed"
                yield Reason(State.ALTERED, what, str(name))
            else:
                what = "its start has another key here than in the journal: two devices lived from one card"
                yield Reason(State.ROLLED_BACK, what, str(name))

    def opened(self) -> Iterator[Reason]:
        """Every recording that a journal opened is here, and begins with the line that it opened with."""
        for journal, line in lines_of(self.journals, "opened"):
            name = self._name(journal, line)
            if isinstance(name, Reason):
                yield name
            elif (log := self.logs.get(name)) is None:
                # Whatever else is wrong with it has its own finding; this alone would look like a power cut.
                if self._verdicts[name].state is State.UNSIGNED_TAIL:
                    what = f"nothing in its log is signed, and the journal of start {journal.start} saw its first line signed"
                    yield Reason(State.ALTERED, what, str(name))
            elif sha256_hex(encode(log.first)) != digest(line, "sha256"):
                yield Reason(State.ALTERED, f"its first line is not the one that the journal of start {journal.start} has seen", str(name))

    def closed(self) -> Iterator[Reason]:
        """Every log that a journal closed is here, byte for byte."""
        for journal, line in lines_of(self.journals, "closed"):
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
        """Recordings that no journal opened, and that no later start found either. After `opened` and `closed`."""
        newest = max((journal.start for journal in self.journals), default=None)
        for name in self._verdicts:
            if newest is None or name in self.named or str(name) in self._found_files:
                continue
            if name.start not in self._starts and not self._stated_missing(name.start) and name.start < newest:
                yield Reason(State.INCOMPLETE, "the journal of its start, which should name it, is not here or not believed", str(name))
            elif name.start >= newest:
                yield Reason(State.END_UNPROVEN, "no journal names it yet: dock the device again", str(name))
            elif self._torn_after(name):
                what = "no signed line of a journal names it: a second power cut tore the journal that should"
                yield Reason(State.UNSIGNED_TAIL, what, str(name))
            else:
                yield Reason(State.ALTERED, "no journal names it: it was put there, or a journal was exchanged", str(name))

    def _stated_missing(self, start: int) -> bool:
        """True if a later journal says that this start left none: then it cannot have recorded either."""
        stated = (journal.first.get("missing") for journal in self.journals if journal.first is not None)
        return any(isinstance(missing, list) and start in missing for missing in stated)

    def _torn_after(self, name: RecordingName) -> bool:
        """True if a cut took all signatures of a later journal, and with them what it had found."""
        return any(journal.start > name.start and not journal.signed.lines for journal in self.journals)

    def _name(self, journal: Journal, line: Line) -> RecordingName | Reason:
        """The recording that a line names, if it is one of that start and is here."""
        words = text(line, "recording")
        name = RecordingName.parse(words)
        if name is None or str(name) != words or name.start != journal.start:
            return Reason(State.ALTERED, f"it names {words[:32]!r}, which is no recording of its start", journal.copy.path.name)
        self.named.add(name)
        if name not in self._verdicts:
            return Reason(State.INCOMPLETE, f"the recording is missing; the journal of start {name.start} names it", words)
        return name

    def found(self) -> Iterator[Reason]:
        """Every file that a start found after a cut lies here as it lay then, unless it was released."""
        for journal, line in lines_of(self.journals, "found"):
            path, stated = text(line, "path"), (integer(line, "bytes"), digest(line, "sha256"))
            match = _FOUND.fullmatch(path)
            name = RecordingName.parse(match[1]) if match else None
            if match is None or name is None or match[2] in (".", ".."):
                what = f"start {journal.start} found {path[:80]!r}, which is no file of a recording"
                yield Reason(State.ALTERED, what, journal.copy.path.name)
            # What a cut left half-written is no evidence; the next write of that file may have removed it.
            elif not is_leftover(Path(match[2])):
                yield from self._found(name, match[2], stated, journal.start)

    def _found(self, name: RecordingName, file: str, stated: tuple[int, str], start: int) -> Iterator[Reason]:
        where = f"{name}/{file}"
        if name not in self._verdicts:
            yield Reason(State.INCOMPLETE, f"the recording that start {start} found is missing", str(name))
        elif (path := self._files(name).get(file)) is None:
            if not self._excused(name, file):
                yield Reason(State.INCOMPLETE, f"start {start} found it with {stated[0]} bytes, and it is missing", where)
        elif self._state(name, path) != stated:
            yield Reason(State.ALTERED, f"it is not the file of {stated[0]} bytes that start {start} found after the cut", where)

    def _files(self, name: RecordingName) -> dict[str, Path]:
        folder = self.vault.recording(name)
        return listing(folder)[0] if folder.is_dir() and not folder.is_symlink() else {}

    def _state(self, name: RecordingName, path: Path) -> tuple[int, str]:
        """Length and SHA-256 of a file; one that was just read whole and fits its `end` is not read again."""
        log = self.logs.get(name)
        end = next((file.end for file in log.files if file.name == path.name), None) if log is not None else None
        if end is not None and all(reason.where != path.name for reason in self._verdicts[name].reasons):
            return end
        try:
            return digest_plain(path)
        except OSError as error:
            raise StorageError(f"cannot read {path}: {error.strerror or error}; check the disk") from error

    def _excused(self, name: RecordingName, file: str) -> bool:
        """True if the recording's own verdict speaks of the file, as released or missing, or if an open copy stands for it."""
        verdict = self._verdicts[name]
        told = any(reason.where == file for reason in verdict.reasons) or any(note.startswith(f"{file}: ") for note in verdict.notes)
        return told or (file == _LOG_FILE and verdict.log is not None and verdict.log.open)

    def _in_newest(self, name: RecordingName) -> bool:
        """True if no later start has had the chance to find it; `unnamed` says so."""
        return bool(self.journals) and all(journal.start <= name.start for journal in self.journals)

    def verdicts(self) -> Iterator[Verdict]:
        """Those of the recordings, in the light of the journals: one that never had a log has lost none. After `opened`."""
        for name, verdict in self._verdicts.items():
            if [(r.state, r.where) for r in verdict.reasons] == [(State.INCOMPLETE, _LOG_FILE)] and self._only_begun(name):
                what = "a power cut came between the press and the log's first line; nothing was recorded"
                yield replace(verdict, reasons=(Reason(State.TRUNCATED, what, _LOG_FILE),))
            else:
                yield verdict

    def _only_begun(self, name: RecordingName) -> bool:
        """True if only a chain lies here, as the next start found it, and no journal saw the recording open (its log was durable then)."""
        if name in self.named or set(self._files(name)) != {SIGNER}:
            return False
        found = {file for file in self._found_files.get(str(name), ()) if not is_leftover(Path(file))}
        return found == {SIGNER} or (not found and (self._torn_after(name) or self._in_newest(name)))
