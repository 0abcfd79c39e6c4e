"""Rows of the table: the journal of the last start cut short at any byte, its first line too; then boot, verify, dock, custody."""

import shutil
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bwc_agent.evidence.layout import Vault
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from tests.agency.docked import run as custody
from tests.faults.recovery import complaints, judged
from tests.faults.table import Row
from tests.faults.tally import Tally
from tests.offload.shift import Shift

IN_A_ROW = 3
"""At most so many starts leave a journal that is cut short, one after another."""


def rows(seed: int, runs: int) -> Iterator[Row]:
    """One row; takes about a second a run."""
    random = Random(seed)
    tally = Tally("last journal cut at any byte, then boots")
    with TemporaryDirectory() as name:
        vault = Path(name) / "vault"
        made = Shift(vault)
        _work(made, 2)
        for _ in range(runs):
            root = Path(name) / "run"
            shutil.copytree(vault, root / "vault")
            tally.add(found=_found(_at(made, root / "vault"), root / "dock", random))
            shutil.rmtree(root)
    yield tally.row()


def _at(made: Shift, root: Path) -> Shift:
    """The same device, its vault in a copy."""
    shift = copy(made)
    shift.vault = Vault(root)
    return shift


def _work(shift: Shift, starts: int) -> None:
    """Starts that each leave a closed recording and one that a cut ended."""
    for _ in range(starts):
        start = shift.start()
        start.record(1, notes=True)
        start.begin(2)
        start.cut()


def _found(shift: Shift, dock: Path, random: Random) -> list[str]:
    """What is wrong after the cuts, and at the agency."""
    for _ in range(random.randint(1, IN_A_ROW)):
        _cut(max(shift.vault.journals.glob("*.jsonl")), random)
        _work(shift, 1)
    shift.start().off()
    dock.mkdir()
    for _ in offload(shift.vault, shift.serial, Folder(dock), None):
        pass
    wrong = [f"{item.path}: {item.checked.why}" for item in custody(shift, dock).wrong]
    return [*judged(shift.vault, shift.authority), *complaints(dock / shift.serial, shift.authority), *wrong]


def _cut(journal: Path, random: Random) -> None:
    """Anywhere; one time in four in the first line."""
    data = journal.read_bytes()
    longest = data.index(b"\n") + 1 if random.random() < 0.25 else len(data)
    journal.write_bytes(data[: random.randrange(longest)])
