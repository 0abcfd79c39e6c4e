"""One device, docked as often as wanted: offload, custody, mail, custodian, each judged at once, and whatever any of them said.

Where it delivers to, and how the agency looks at it, are given; so the same story runs over a folder, over the real store,
and through a proxy that lies to either side.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bwc_agent.errors import BwcError
from bwc_agent.evidence.requests import CloseRecording, CloseSegment, OpenRecording, OpenSegment
from bwc_agent.offload.destination import Destination
from bwc_agent.offload.docking import Docking, Work
from bwc_agent.units import TICKS
from tests.faults.killing import ROOT
from tests.faults.store_judge import Held, Judgement, StoreJudge, sealed
from tests.offload.shift import FIRST, UTC, Shift, Start, media

WORKERS = 3
LONG = 120
"""Seconds of a segment that is large enough to go in parts."""


@dataclass(frozen=True)
class Sides:
    """`destination` as the offloader opens it at each docking; `custody` gives what it finds wrong; `held` is for the judge alone."""

    destination: Callable[[], Destination]
    custody: Callable[[], list[str]]
    held: Callable[[], Held]


@dataclass
class StoreStory:
    """A device of `shift` between `sides`; `said` and `found` grow with each step."""

    shift: Shift
    sides: Sides
    said: list[str] = field(default_factory=list)
    found: Judgement = field(default_factory=Judgement)

    def __post_init__(self) -> None:
        self._judge = StoreJudge(self.shift)
        self._docking: Docking

    @property
    def left(self) -> list[str]:
        """Sealed files that the device has still."""
        return sealed(self.shift)

    def round(self) -> None:
        """A docking as a shift ends with it: deliver, let the agency look, bring its mail, give up what it has."""
        self.step(self.deliver)
        self.step(self.sides.custody)
        self.step(self.mail)
        self.step(self.release)

    def step(self, doing: Callable[[], list[str]]) -> None:
        """One program's turn, and the judge's look at what it left."""
        try:
            self.said += doing()
        except BwcError as error:
            self.said.append(str(error))
        self.found += self._judge.judge(self.sides.held())

    def deliver(self) -> list[str]:
        """The camera comes into the dock, and its offloader makes a pass: mail, delivery, mail, report."""
        vault = self.shift.vault
        work = Work(vault, self.shift.serial, recorder=False, workers=WORKERS)
        self._docking = Docking(work, lambda: UTC, self.said.append)
        for _ in self._docking.deliver(self.sides.destination()):
            pass
        return []

    def mail(self) -> list[str]:
        """Still in the dock: what the agency has left meanwhile comes into the inbox."""
        self._docking.look(self.sides.destination())
        return []

    def release(self) -> list[str]:
        """The custodian, as the real program that it is."""
        vault = self.shift.vault
        folders = ["--vault", str(vault.root), "--inbox", str(vault.inbox), "--trust", str(vault.trust)]
        command = [sys.executable, "-m", "bwc_agent.storage.custodian", *folders]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)
        told = (ended.stdout + ended.stderr).decode()
        return [line for line in told.splitlines() if '"refused"' in line or not line.startswith("{")]


def worked(root: Path, serial: str, large: bool = False) -> Shift:
    """A device after a short shift: a closed recording with notes, one that a cut ended, and a later start that found it.

    With `large` there is a segment besides that no store takes in one request.
    """
    shift = Shift(root, serial=serial)
    start = shift.start()
    start.record(1, segments=2, notes=True)
    start.begin(2)
    start.cut()
    last = shift.start()
    if large:
        _record_long(last)
    last.off()
    return shift


def _record_long(start: Start) -> None:
    """One recording of one segment of 18 MB."""
    first, *others = (media(1, second * TICKS) for second in range(LONG))
    later = (request for second in others for request in second if not isinstance(request, OpenSegment))
    start.perform(OpenRecording(0, 1, FIRST), *first, *later)
    start.perform(CloseSegment(LONG * TICKS), CloseRecording(LONG * TICKS, {"edges": [], "reason": "hold"}))
