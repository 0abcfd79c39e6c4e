"""BY_HAND.md accuses nobody: what a power cut leaves, a docking leaves out, or a custodian gave up stops it only where it is unproven."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.files import is_leftover
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from tests.evidence.by_hand import PAGE, run
from tests.evidence.trial import SERIAL
from tests.evidence_made import tiny_requests
from tests.offload.shift import Shift, desk
from tests.storage.inbox_made import CUT, FIRST, deliver, receipt, worked
from tests.storage.inbox_made import run as give_up
from tests.striking import Cut, cut_disk, struck_disk

UP_TO_THE_JOURNALS = PAGE[: PAGE.index("## 5. Opening")]
PRESSED = "000001-0001"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """What the page asks for but the device."""
    (tmp_path / "table").mkdir()
    (tmp_path / "table/authority.pem").write_bytes(chain_to_pem([desk().agency.certificate]))
    (tmp_path / "table/receipt.pem").write_bytes(chain_to_pem([desk().receipts.certificate]))
    return tmp_path / "table"


def checked(table: Path, device: Path) -> subprocess.CompletedProcess[str]:
    """The page's first four sections over what lies in `device`."""
    for name in ("journal", "recordings"):
        shutil.copytree(device / name, table / "device" / name)
    return run(table, UP_TO_THE_JOURNALS)


def docked(shift: Shift, to: Path, running: int | None = None) -> Path:
    """The device's folder at the agency's storage."""
    to.mkdir()
    for _ in offload(shift.vault, shift.serial, Folder(to), running):
        pass
    return to / SERIAL


def pressed(root: Path, at: int | None = None) -> tuple[Shift, list[str]]:
    """Start 0 recorded and went off; start 1 is cut at its system call `at`, and start 2 stands by. Also: the calls of start 1."""
    shift = Shift(root)
    first = shift.start()
    first.perform(*tiny_requests())
    first.off()
    with struck_disk() if at is None else cut_disk(at) as calls:
        try:
            start = shift.start()
            start.perform(*tiny_requests())
            start.off()
        except Cut:
            pass
    shift.start().off()
    return shift, calls.calls


def cut_at_the_press(root: Path, call: str, later: int = 0) -> Shift:
    """Start 1 lost its power `later` calls behind the first `call` from the one on that makes the recording's folder."""
    _, calls = pressed(root / "counted")
    folder = max(i for i, made in enumerate(calls) if made == "mkdir")
    return pressed(root / "device", calls.index(call, folder) + later)[0]


def test_a_leftover_that_a_journal_found_is_asked_for_neither_on_the_card_nor_at_the_storage(table: Path, tmp_path: Path) -> None:
    shift = cut_at_the_press(tmp_path, "link")
    assert [is_leftover(path) for path in (shift.vault.recordings / PRESSED).iterdir()] == [True]
    assert PRESSED.encode() in shift.vault.journal(2).read_bytes()
    at_the_storage = docked(shift, tmp_path / "storage")
    assert not (at_the_storage / "recordings" / PRESSED).exists()
    for device in (at_the_storage, shift.vault.root):
        ran = checked(table, device)
        assert (ran.returncode, ran.stderr) == (0, "")
        shutil.rmtree(table / "device")
        shutil.rmtree(table / "hand")


def test_a_folder_that_a_cut_left_empty_is_no_recording(table: Path, tmp_path: Path) -> None:
    shift = cut_at_the_press(tmp_path, "mkdir", later=1)
    assert list((shift.vault.recordings / PRESSED).iterdir()) == []
    ran = checked(table, shift.vault.root)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(("before", "left"), [(0, "nothing"), (4, "a torn line"), (2, "its first line")])
def test_a_journal_that_a_cut_tore_before_its_first_signature_is_vouched_for_by_the_next(
    table: Path, tmp_path: Path, before: int, left: str
) -> None:
    _, calls = pressed(tmp_path / "counted")
    shift, _ = pressed(tmp_path / "device", calls.index("fdatasync") - before)
    journal = shift.vault.journal(1).read_bytes()
    assert (len(journal) > 0, b"\n" in journal, b'"sig"' in journal) == (left != "nothing", left == "its first line", False)
    ran = checked(table, shift.vault.root)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"000001.jsonl: 0 signatures, 0 of {len(journal)} bytes signed" in ran.stdout
    assert ('{"start":1,' in ran.stdout) == (left == "its first line")


def test_a_start_that_still_runs_is_checked_as_far_as_it_is_signed(table: Path, tmp_path: Path) -> None:
    shift, _ = pressed(tmp_path / "vault")
    shift.start()
    at_the_storage = docked(shift, tmp_path / "storage", running=3)
    ran = checked(table, at_the_storage)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.search("journal/000003@[0-9]+.jsonl: 1 signatures", ran.stdout)


@pytest.fixture
def released(tmp_path: Path) -> Shift:
    """The custodian gave up a file that has its `end`, and one that a power cut ended and the next start found."""
    shift = worked(tmp_path / "vault")
    deliver(shift, receipt(shift))
    deliver(shift, receipt(shift, CUT))
    give_up(shift)
    assert not any((shift.vault.recording(name) / "0001.tink").exists() for name in (FIRST, CUT))
    return shift


def test_what_a_receipt_covers_is_passed_over(table: Path, released: Shift) -> None:
    ran = checked(table, released.vault.root)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "marks hold; given up: 1" in ran.stdout and "0001.tink: OK" not in ran.stdout


def _filed(shift: Shift) -> Path:
    (path,) = (shift.vault.recording(CUT) / "receipts").iterdir()
    return path


def test_what_is_gone_without_a_receipt_stops_it(table: Path, released: Shift) -> None:
    _filed(released).unlink()
    ran = checked(table, released.vault.root)
    assert ran.returncode != 0 and f"{CUT}/0001.tink: FAILED open or read" in ran.stdout


def test_a_receipt_for_other_bytes_than_a_start_found_covers_nothing(table: Path, tmp_path: Path) -> None:
    shift = worked(tmp_path / "vault")
    folder = shift.vault.recording(CUT)
    with (folder / "0001.tink").open("ab") as file:
        file.write(b"more")
    name = deliver(shift, receipt(shift, CUT))
    (folder / "0001.tink").unlink()
    (folder / "receipts").mkdir()
    shutil.move(shift.vault.inbox / name, folder / "receipts" / name)
    ran = checked(table, shift.vault.root)
    assert ran.returncode != 0 and f"{CUT}/0001.tink: FAILED open or read" in ran.stdout


def test_a_receipt_by_another_key_covers_nothing(table: Path, released: Shift) -> None:
    another = desk("another authority")
    (table / "receipt.pem").write_bytes(chain_to_pem([another.receipts.certificate]))
    ran = checked(table, released.vault.root)
    assert ran.returncode != 0 and "receipt.pem: verification failed" in ran.stderr
