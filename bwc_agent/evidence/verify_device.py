"""Was anything taken away? The verdict about a device: its journals, its recordings, and each against the other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.given import NOTHING, Given
from bwc_agent.evidence.layout import MAILBOX, RecordingName, Vault
from bwc_agent.evidence.receipts import is_sealed_file
from bwc_agent.evidence.verdict import DeviceVerdict, Reason, State, Verdict
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_audit import Audit
from bwc_agent.evidence.verify_copies import is_copy
from bwc_agent.evidence.verify_files import RECEIPTS, Progress, is_bare, silent
from bwc_agent.evidence.verify_journals import read_journals, unproven
from bwc_agent.evidence.verify_log import LOG, SIGNER
from bwc_agent.evidence.verify_receipts import Receipts, read_receipts
from bwc_agent.evidence.verify_seen import beyond, contradicted, read_mail, revoked, spoiled, unread
from bwc_agent.evidence.verify_time import device_time, gaps
from bwc_agent.evidence.verify_trust import foreign_trust, with_own


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


def verify_device(root: Path, authority: Certificate, given: Given = NOTHING, progress: Progress = silent) -> DeviceVerdict:
    """The verdict about the device whose `journal` and `recordings` lie in `root`, a vault or a destination's DEST/SERIAL.

    What stands in its `trust` counts beside what was `given`. Raises StorageError.
    """
    vault = Vault(root)
    if find_devices(root)[:1] != [root]:
        return DeviceVerdict(root.name, (Reason(State.NOT_A_RECORDING, "holds no device's evidence", str(root)),), ())
    known, foreign = with_own(given, vault, authority)
    journals, reasons = read_journals(vault.journals, authority, known.revocations)
    verdicts = {name: _judged(verify_recording(vault.recording(name), authority, known, progress)) for name in _names(vault)}
    audit = Audit(vault, journals, verdicts)
    serials = sorted({*(j.who.serial for j in journals), *(log.who.serial for log in audit.logs.values())})
    mail = read_mail([root / MAILBOX, *given.receipts], known.receipt_keys)
    for findings in (_misplaced(vault, serials), *audit.checks(), _against(known, mail, serials, audit), spoiled(mail)):
        reasons += _guarded(findings)
    device, logs = ", ".join(serials) or root.name, audit.own_logs()
    time, contradictions = device_time(device, journals, logs)
    reasons += [*contradictions, *gaps(verdicts, audit.named, logs)]
    return DeviceVerdict(
        device,
        tuple(dict.fromkeys([*reasons, *foreign, *foreign_trust(vault, authority)])),
        tuple(audit.verdicts()),
        tuple(journal.start for journal in journals),
        (*_passed(vault), *unproven(journals), *unread(mail), known.revocations.unknown()),
        (time,),
    )


def _misplaced(vault: Vault, serials: Sequence[str]) -> Iterator[Reason]:
    if vault.recordings.is_symlink():
        yield Reason(State.ALTERED, "is a link, which no recorder makes here; it was put there", vault.recordings.name)
    for path in _strangers(vault):
        if path.is_dir() and not path.is_symlink() and any(_is_evidence(file.name) for file in path.iterdir()):
            what = "holds a recording under a name that no recorder gives; it was put there, or renamed"
            yield Reason(State.ALTERED, what, f"recordings/{path.name}")
    if len(serials) > 1:
        yield Reason(State.ALTERED, f"evidence of several devices lies together: {', '.join(serials)}")


def _against(known: Given, mail: Receipts, serials: Sequence[str], audit: Audit) -> Iterator[Reason]:
    """What the agency knows from elsewhere: receipts that have seen more or another, revocations."""
    filed = [read_receipts(audit.vault.recording(name) / RECEIPTS, known.receipt_keys) for name in audit.names]
    held = [r for receipts in (mail, *filed) for r in receipts.held if r.device in serials and not revoked(r, known.revocations)]
    yield from contradicted(held, audit)
    for serial in serials:
        if (revocation := known.revocations.of(serial)) is not None:
            yield from beyond(revocation, audit.journals, audit.names)


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


def _strangers(vault: Vault) -> list[Path]:
    """What lies beside the recordings and is not named as one."""
    return [path for path in _beside(vault) if RecordingName.parse(path.name) is None]


def _beside(vault: Vault) -> list[Path]:
    folder = vault.recordings
    return sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []


def _is_evidence(name: str) -> bool:
    return name == SIGNER or is_copy(name, LOG) or is_sealed_file(name)


def _passed(vault: Vault) -> Iterator[str]:
    """What lies beside the recordings and is none."""
    yield from (f"recordings/{path.name}: it is not named as a recording" for path in _strangers(vault))
    for path in _beside(vault):
        if RecordingName.parse(path.name) is not None and is_bare(path):
            yield f"recordings/{path.name}: nothing stands in it, as where a power cut came at the press"
