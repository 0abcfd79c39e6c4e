"""Several custodies at once, as processes, on one folder: each file has its receipt, whoever signed it."""

import subprocess
import sys
from pathlib import Path

from tests.agency.docked import dock_device, sealed, worked
from tests.agency.test_custody_round import _CUSTODY, Agency
from tests.evidence.trial import SERIAL
from tests.offload.shift import tree


def test_several_processes_on_one_folder_leave_right_receipts_and_nothing_else(tmp_path: Path) -> None:
    shift, dock = worked(tmp_path / "vault"), tmp_path / "dock"
    dock.mkdir()
    dock_device(shift, dock)
    agency = Agency(shift, tmp_path / "agency")
    command = [sys.executable, "-c", _CUSTODY, str(dock), *map(str, agency.files)]
    processes = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(120) for process in processes] == [0] * 4
    assert all(name.endswith(".jsonl") and not name.startswith(".") for name in tree(dock / SERIAL / "mailbox"))
    assert len(sealed(dock)) <= len(tree(dock / SERIAL / "mailbox")) <= 4 * len(sealed(dock))
    assert agency.custody(dock) == 0
