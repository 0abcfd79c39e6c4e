"""Is this recording what the device signed? Answered with the authority's certificate alone, without any private key.

The walk of FORMAT.md, section 11: signer.pem to the authority, the log to its last signature, each sealed file once
through SHA-256 against the log, numbers without gaps, no file that no line announces, a stop or none. Whoever wants to
know whether a whole recording was taken away asks for the device (`verify_device.py`).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.evidence.given import NOTHING, Given
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.verdict import Protection, Reason, Span, State, Verdict, merged
from bwc_agent.evidence.verify_copies import is_copy
from bwc_agent.evidence.verify_files import RECEIPTS, Progress, Read, findings, listing, read_against, silent
from bwc_agent.evidence.verify_log import LOG, SIGNER, Refused, signed_log
from bwc_agent.evidence.verify_receipts import read_receipts
from bwc_agent.evidence.verify_trust import with_own

NOT_OPENED: Final = "pictures and sound: no key was used, nothing was opened"
"""What a verdict without a key does not check; an export that opened everything leaves it out."""

_NOT_CHECKED: Final = (
    NOT_OPENED,
    "the time of day: UTC in the log is what the device claimed",
)
_NOTHING_BELIEVED: Final = "everything else: without a log that can be believed nothing speaks for a file"
_PROTECTION: Final = (
    "one signing key for each start, certified by the one before and then forgotten: who takes the card cannot sign for the past",
    "the log does not say whether a token or software held the key",
)


def verify_recording(folder: Path, authority: Certificate, given: Given = NOTHING, progress: Progress = silent) -> Verdict:
    """The verdict about the recording in `folder`; reads every sealed file once and changes nothing.

    What stands in the vault that `folder` lies in counts beside what was `given`. Raises StorageError where the disk does
    not give back what it lists.
    """
    # Whoever stands in the folder may call it `.`: its name, and the vault above it, are part of what is judged.
    folder = Path(os.path.abspath(folder))
    if folder.is_symlink() or not folder.is_dir():
        return _nothing(folder, "is not a folder")
    files, strange = listing(folder)
    if SIGNER not in files and not any(is_copy(name, LOG) for name in files):
        return _nothing(folder, "holds neither signer.pem nor log.jsonl: give the folder of a recording")
    known, foreign = with_own(given, Vault(folder.parent.parent), authority)
    try:
        log = signed_log(files, authority, known.revocations)
    except Refused as refused:
        return Verdict(folder.name, (refused.reason, *strange), not_checked=(_NOTHING_BELIEVED,))
    # What is foreign in `trust` is only not used here; it is a finding about the device.
    notes = [f"{reason.where} is not used: {reason.what}" for reason in foreign]
    return _Judge(folder, files, log, known, notes, progress).verdict(strange)


def _nothing(folder: Path, what: str) -> Verdict:
    return Verdict(folder.name, (Reason(State.NOT_A_RECORDING, what, str(folder)),))


class _Judge:
    """One recording whose log is believed."""

    def __init__(
        self,
        folder: Path,
        files: dict[str, Path],
        log: RecordingLog,
        known: Given,
        notes: list[str],
        progress: Progress,
    ) -> None:
        self._folder, self._files = folder, files
        self._log = log
        self._known = known
        self._progress = progress
        self._notes = notes
        self._receipts = read_receipts(folder / RECEIPTS, known.receipt_keys)
        self._reads: dict[str, Read | Protection] = {}

    def verdict(self, strange: list[Reason]) -> Verdict:
        reasons = [*strange, *self._names(), *(reason for file in self._log.files for reason in self._file(file)), *self._end()]
        return Verdict(
            str(self._log.name),
            (*reasons, *self._receipts.reasons, *self._receipts.strange(self._log)),
            self._log,
            merged(self._spans()),
            tuple(self._notes),
            _PROTECTION,
            tuple(self._not_checked()),
        )

    def _names(self) -> Iterator[Reason]:
        named = RecordingName.parse(self._folder.name)
        if named is not None and named != self._log.name:
            yield Reason(State.ALTERED, f"the log is that of recording {self._log.name}: the folder was renamed or exchanged")
        announced = {file.name for file in self._log.files}
        for name in self._files:
            if name not in announced and name != SIGNER and not is_copy(name, LOG):
                yield Reason(State.ALTERED, "no signed line announces it: it was put there, or the log was cut", name)

    def _file(self, file: SealedFile) -> Iterator[Reason]:
        path = self._files.get(file.name)
        if path is None:
            yield from self._absent(file)
            return
        read = self._reads[file.name] = read_against(path, file.marks, file.end, self._progress)
        yield from findings(file, read)

    def _absent(self, file: SealedFile) -> Iterator[Reason]:
        if receipt := self._receipts.cover(file, self._log):
            self._reads[file.name] = Protection.RELEASED
            self._notes.append(f"{file.name}: released, held by the agency's storage ({receipt.destination}, {receipt.bytes} bytes)")
            return
        self._reads[file.name] = Protection.MISSING
        if file.end is None and self._log.open:
            yield Reason(State.END_UNPROVEN, "was still being written at the docking: dock the device again", file.name)
        elif file.signed or self._log.stop is not None:
            what = f"is missing, {file.signed} bytes of it are signed"
            unknown = "; receipts are here, but no receipt certificate to check them by" if self._receipts.unknown else ""
            yield Reason(State.INCOMPLETE, what + unknown, file.name)

    def _end(self) -> Iterator[Reason]:
        where = f"{LOG}.jsonl"
        if self._log.tail:
            yield Reason(State.UNSIGNED_TAIL, f"its last {len(self._log.tail)} bytes are signed by nobody", where)
        if self._log.stop is not None:
            return
        if self._log.open:
            yield Reason(State.END_UNPROVEN, "the recording was still being made at the docking: dock the device again", where)
        else:
            yield Reason(State.TRUNCATED, "the recording ends without a stop, as after a power cut", where)

    def _spans(self) -> Iterator[Span]:
        media = self._log.media
        for window in self._log.windows:
            read = self._reads[media[window.segment - 1].name]
            if isinstance(read, Read):
                read = Protection.SIGNED if window.bytes <= read.right else Protection.ALTERED
            yield Span(window.first, window.last, read)

    def _not_checked(self) -> Iterator[str]:
        yield from _NOT_CHECKED
        yield self._known.revocations.unknown()
        if self._receipts.unknown:
            yield f"{self._receipts.unknown} receipts: no certificate of the key that signed them is here"
        if RecordingName.parse(self._folder.name) is None:
            yield "the folder's name: it is not that of a recording"
        yield "whether other recordings were taken away: give the device's folder with its journals"
