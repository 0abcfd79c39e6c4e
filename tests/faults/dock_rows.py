"""Rows of the table: the offload and the custodian, each killed in the middle of a write, again and again until it comes to its end.

The vault is that of a device that has worked: closed recordings with notes, one that a cut ended, each of two starts. After
every death nothing may be lost on both sides, and what is delivered must be what the device has.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bwc_agent.evidence.verdict import State
from tests.agency.docked import run as custody
from tests.faults.killing import ROOT
from tests.faults.recovery import complaints
from tests.faults.table import Row
from tests.faults.tally import Tally
from tests.offload.shift import Shift, tree

LONGEST = 40
"""A program lives at most so many changes to the disk."""
KILLED = -9


def rows(seed: int, kills: int) -> Iterator[Row]:
    """A row for each program, at least `kills` deaths each; takes about half a second a death."""
    random = Random(seed)
    tallies = Tally("offload killed in the middle of a write"), Tally("custodian killed in the middle of a write")
    while min(tally.runs for tally in tallies) < kills:
        with TemporaryDirectory() as name:
            _round(Path(name), random, *tallies)
    yield from (tally.row() for tally in tallies)


def _round(root: Path, random: Random, delivering: Tally, releasing: Tally) -> None:
    """One vault: docked, in custody, docked again for the receipts, released."""
    shift, dock = _worked(root / "vault"), root / "dock"
    dock.mkdir()
    before = _sealed(shift.vault.root)
    for _ in _deaths("offload", shift, dock, random):
        # What is half delivered may be incomplete; it is never wrong.
        delivering.add(found=[*complaints(dock / shift.serial, shift.authority, State.INCOMPLETE), *_differing(shift, dock)])
    there = _sealed(dock / shift.serial)
    delivering.missing += sum(there.get(name) != data for name, data in before.items()) + len(custody(shift, dock).wrong)
    for _ in _deaths("offload", shift, dock, random):
        delivering.add(found=[*complaints(dock / shift.serial, shift.authority), *_differing(shift, dock)])
    for _ in _deaths("release", shift, dock, random):
        releasing.add(found=complaints(shift.vault.root, shift.authority), missing=_lost(before, shift, dock))
    releasing.missing += _lost(before, shift, dock) + len(_sealed(shift.vault.root))


def _worked(root: Path) -> Shift:
    shift = Shift(root)
    for _ in range(2):
        start = shift.start()
        start.record(1, notes=True)
        start.begin(2)
        start.cut()
    shift.start().off()
    return shift


def _deaths(what: str, shift: Shift, dock: Path, random: Random) -> Iterator[None]:
    """Run the program until it lives to its end; gives a moment after each death."""
    while True:
        command = [sys.executable, "-m", "tests.faults.dock_process", str(random.randrange(LONGEST)), what]
        arguments = [str(shift.vault.root), shift.serial, str(dock)]
        ended = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, check=False)
        if ended.returncode != KILLED:
            if ended.returncode:
                raise RuntimeError(f"{what} ended by itself: {ended.stderr.decode()}")
            return
        yield


def _sealed(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(root).items() if name.endswith(".tink")} if root.is_dir() else {}


def _differing(shift: Shift, dock: Path) -> list[str]:
    """What stands at the destination under its name and is not what the device has."""
    ours, theirs = _sealed(shift.vault.root), _sealed(dock / shift.serial)
    return [f"{name} was delivered torn" for name, data in theirs.items() if ours.get(name) != data]


def _lost(before: dict[str, bytes], shift: Shift, dock: Path) -> int:
    """How many files neither side holds any more."""
    ours, theirs = _sealed(shift.vault.root), _sealed(dock / shift.serial)
    return sum(data not in (ours.get(name), theirs.get(name)) for name, data in before.items())
