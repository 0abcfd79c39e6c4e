"""Was anything taken away? The verdict about a device: its journals, its recordings, and each against the other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.verdict import DeviceVerdict, Reason, State, Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_audit import Audit
from bwc_agent.evidence.verify_copies import is_copy
from bwc_agent.evidence.verify_files import RECEIPTS, Progress, is_bare, silent
from bwc_agent.evidence.verify_journals import Journal, read_journals, seen_by, unproven
from bwc_agent.evidence.verify_log import LOG, SIGNER
from bwc_agent.evidence.verify_receipts import Receipts, read_receipts, receipt_certificates
from bwc_agent.evidence.verify_time import device_time, gaps

_MAILBOX: Final = "mailbox"


def find_devices(path: Path) -> list[Path]:
    """The folders of devices at `path`: a vault, a device's folder at a destination, or a destination that holds several."""
    if not path.is_dir():
        return []
    folders = [path, *sorted(p for p in path.iterdir() if not p.is_symlink() and p.is_dir())]
    return [folder for folder in folders if Vault(folder).recordings.is_dir() or Vault(folder).journals.is_dir()]


def find_recordings(path: Path) -> list[Path]:
    """The folders of recordings at `path`: that folder itself, or all those of the devices there, in order of name.

    A folder in which nothing stands is none: a power cut at the press leaves it. Raises StorageError.
    """
    if path.is_dir() and any(p.name == SIGNER or is_copy(p.name, LOG) for p in path.iterdir()):
        return [path]
    return [Vault(device).recording(name) for device in find_devices(path) for name in _names(Vault(device))]


def _names(vault: Vault) -> list[RecordingName]:
    """The recordings in which something stands; none where the folder that should hold them leads elsewhere."""
    if vault.recordings.is_symlink():
        return []
    return [name for name in dict.fromkeys(vault.names()) if not is_bare(vault.recording(name))]


def verify_device(root: Path, authority: Certificate, receipts: Sequence[Certificate] = (), progress: Progress = silent) -> DeviceVerdict:
    """The verdict about the device whose `journal` and `recordings` lie in `root`, a vault or a destination's DEST/SERIAL.

    `receipts` are certificates of the agency's receipt keys besides the vault's own. Raises StorageError.
    """
    vault = Vault(root)
    if find_devices(root)[:1] != [root]:
        return DeviceVerdict(root.name, (Reason(State.NOT_A_RECORDING, "holds no device's evidence", str(root)),), ())
    journals, reasons = read_journals(vault.journals, authority)
    if vault.recordings.is_symlink():
        reasons.append(Reason(State.ALTERED, "is a link, which no recorder makes here; it was put there", vault.recordings.name))
    verdicts = {name: _judged(verify_recording(vault.recording(name), authority, receipts, progress)) for name in _names(vault)}
    audit = Audit(vault, journals, verdicts)
    serials = sorted({*(j.who.serial for j in journals), *(log.who.serial for log in audit.logs.values())})
    if len(serials) > 1:
        reasons.append(Reason(State.ALTERED, f"evidence of several devices lies together: {', '.join(serials)}"))
    known, foreign = _receipt_keys(root, authority, receipts)
    mailbox = read_receipts(root / _MAILBOX, known)
    given = [mailbox, *(read_receipts(vault.recording(name) / RECEIPTS, known) for name in verdicts)]
    for findings in (audit.opened(), audit.closed(), audit.unnamed(), audit.found(), _rollback(given, journals)):
        reasons += _guarded(findings)
    device, logs = ", ".join(serials) or root.name, audit.own_logs()
    time, contradictions = device_time(device, journals, logs)
    reasons += [*contradictions, *gaps(verdicts, audit.named, logs)]
    return DeviceVerdict(
        device,
        tuple(dict.fromkeys([*reasons, *foreign])),
        tuple(audit.verdicts()),
        tuple(journal.start for journal in journals),
        (*_passed(vault), *unproven(journals), *_mail(mailbox)),
        (time,),
    )


def _judged(verdict: Verdict) -> Verdict:
    """A folder that is named as a recording and is none is a finding about the device, not a slip of whoever asks."""
    if verdict.state is not State.NOT_A_RECORDING:
        return verdict
    what = "is named as a recording and holds neither its chain nor its log: they were taken away, or something else was put there"
    return replace(verdict, reasons=(Reason(State.ALTERED, what),))


def _guarded(findings: Iterator[Reason]) -> Iterator[Reason]:
    """The findings; a journal's line that no recorder writes is one, too."""
    try:
        yield from findings
    except IntegrityError as error:
        yield Reason(State.ALTERED, f"a journal holds a line that no recorder writes: {error}", "journal")


def _receipt_keys(root: Path, authority: Certificate, given: Sequence[Certificate]) -> tuple[list[Certificate], list[Reason]]:
    """Those given and the vault's own, which is a finding where the authority does not know it."""
    try:
        return [*given, *receipt_certificates(root, authority)], []
    except IntegrityError as error:
        what = f"the vault's receipt certificate is not the agency's: {error}"
        return list(given), [Reason(State.ALTERED, what, "trust/receipt.pem")]


def _rollback(given: Sequence[Receipts], journals: Sequence[Journal]) -> Iterator[Reason]:
    """Receipts, on the device and in a destination's mailbox, that have seen more of a journal than is here."""
    for receipts in given:
        for receipt in receipts.held:
            if receipt.journal is not None and (reason := seen_by(receipt.journal, journals)):
                yield reason


def _mail(mailbox: Receipts) -> Iterator[str]:
    """What the mailbox holds that says nothing here; those beside a recording stand in its own verdict."""
    if mailbox.unknown:
        yield f"{mailbox.unknown} receipts in the mailbox: no certificate of the key that signed them was given"
    if mailbox.reasons:
        yield f"{len(mailbox.reasons)} messages in the mailbox: they are no receipts, or were changed"


def _passed(vault: Vault) -> Iterator[str]:
    """What lies beside the recordings and is none."""
    folder = vault.recordings
    for path in sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []:
        if (name := RecordingName.parse(path.name)) is None or str(name) != path.name:
            yield f"recordings/{path.name}: it is not named as a recording"
        elif is_bare(path):
            yield f"recordings/{path.name}: nothing stands in it, as where a power cut came at the press"
