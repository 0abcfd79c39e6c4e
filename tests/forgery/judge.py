"""What `verify` says of an altered record: the gravest of the findings that the honest record has not, or that are about what changed.

Nothing here looks at how the verifier comes to its answer; it is asked as a person would ask it, within a time limit.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from bwc_agent.evidence.given import NOTHING, Given
from bwc_agent.evidence.verdict import DeviceVerdict, Reason, State, Verdict, worst
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import verify_device
from tests.forgery.honest import Honest
from tests.forgery.kinds import Case, Kind
from tests.forgery.trees import Ground, Tree

PATIENCE = 30
"""Seconds after which a verdict counts as never given."""


class Hang(BaseException):
    """No answer came."""


@contextmanager
def _patience() -> Iterator[None]:
    def end(_signal: int, _frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True, slots=True)
class Missed:
    """A case whose verdict is not among those that its class allows."""

    kind: str
    case: str
    said: str


class Judge:
    """Holds the honest record on the disk below `root`, and judges every alteration of it there."""

    def __init__(self, root: Path, honest: Honest) -> None:
        self._honest = honest
        self._receipts = root / "receipts"
        Ground(self._receipts, honest.receipts)
        self._grounds = {stored: Ground(root / name, tree) for stored, name, tree in _parts(honest)}
        self._before = {stored: _findings(self._verdict(Case("", tree, stored=stored))) for stored, _, tree in _parts(honest)}

    def missed(self, kind: Kind, case: Case) -> Missed | None:
        """What is wrong with the verdict about `case`, None if it is one that its class allows."""
        try:
            with _patience():
                found = self.outcome(case)
        except Hang:
            return Missed(kind.what, case.what, "nothing: it hangs")
        except Exception as error:
            return Missed(kind.what, case.what, f"no verdict, but {type(error).__name__}: {error}")
        return None if found in kind.allowed else Missed(kind.what, case.what, found.value)

    def outcome(self, case: Case) -> State:
        """The gravest finding that the alteration brought, or that is about a file which it changed."""
        changed = case.changed(self._honest)
        before = self._before[case.stored]
        return worst(f.reason for f in _findings(self._verdict(case)) if f not in before or any(f.is_about(name) for name in changed))

    def _verdict(self, case: Case) -> Verdict | DeviceVerdict:
        """As a person asks: about the recording that is in doubt, or the device."""
        known = Given(
            [self._honest.keys.receipts.certificate], [self._receipts] if case.seen else [], case.revocations or NOTHING.revocations
        )
        with self._grounds[case.stored].laid(case.tree) as root:
            if case.alone:
                return verify_recording(root / "recordings" / case.alone, self._honest.authority, known)
            return verify_device(root, self._honest.authority, known)


def _parts(honest: Honest) -> tuple[tuple[bool, str, Tree], ...]:
    return (False, "vault", honest.vault), (True, honest.serial, honest.store)


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason, and the recording that it is about; none where it is about the device."""

    part: str
    reason: Reason

    def is_about(self, name: str) -> bool:
        """True if it names the file `name` of the tree."""
        return f"/{name}".endswith(f"/{self.part}/{self.reason.where}".replace("//", "/"))


def _findings(verdict: Verdict | DeviceVerdict) -> frozenset[Finding]:
    if isinstance(verdict, Verdict):
        return frozenset(Finding(verdict.name, reason) for reason in verdict.reasons)
    own = (Finding("", reason) for reason in verdict.reasons)
    return frozenset((*own, *(found for part in verdict.recordings for found in _findings(part))))
