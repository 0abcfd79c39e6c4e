"""The custodian gives up a segment against a good receipt, once, whatever cuts it short."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.storage.custodian import main, release
from bwc_agent.storage.release import Outcome
from bwc_agent.storage.trust import read_trust
from tests.offload.shift import UTC, Shift, tree
from tests.storage.inbox_made import CUT, FIRST, LAST, deliver, receipt, released, run, worked
from tests.striking import Cut, cut_disk


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    return worked(tmp_path / "vault")


def test_a_good_receipt_releases_the_segment_and_is_kept_in_its_place(shift: Shift) -> None:
    before = tree(shift.vault.root)
    name = deliver(shift, receipt(shift))
    message = (shift.vault.inbox / name).read_bytes()
    assert [(a.outcome, a.file) for a in run(shift)] == [(Outcome.RELEASED, f"{FIRST}/0001.tink")]
    after = tree(shift.vault.root)
    assert before.keys() - after.keys() == {f"recordings/{FIRST}/0001.tink"}
    assert after.keys() - before.keys() == {f"recordings/{FIRST}/receipts/{name}", "released.jsonl"}
    assert after[f"recordings/{FIRST}/receipts/{name}"] == message
    assert released(shift) == [(str(FIRST), "0001.tink", name)]


def test_notes_are_released_by_their_own_receipt_only(shift: Shift) -> None:
    deliver(shift, receipt(shift))
    run(shift)
    notes = shift.vault.recording(FIRST) / "0001.notes.tink"
    assert notes.exists()
    deliver(shift, receipt(shift, file="0001.notes.tink"))
    assert [a.outcome for a in run(shift)] == [Outcome.RELEASED]
    assert not notes.exists()


def test_a_second_run_and_the_same_message_again_change_nothing(shift: Shift) -> None:
    good = receipt(shift)
    deliver(shift, good)
    run(shift)
    after = tree(shift.vault.root)
    assert run(shift) == []
    deliver(shift, good)
    assert [a.outcome for a in run(shift)] == [Outcome.FILED]
    assert tree(shift.vault.root) == after


def test_another_receipt_for_what_is_released_is_filed_beside_the_first(shift: Shift) -> None:
    good = receipt(shift)
    names = {deliver(shift, good)}
    run(shift)
    names.add(deliver(shift, dataclasses.replace(good, at=UTC + 1)))
    assert [a.outcome for a in run(shift)] == [Outcome.FILED]
    assert {path.name for path in (shift.vault.recording(FIRST) / "receipts").iterdir()} == names
    assert len(released(shift)) == 1


def test_a_file_that_the_custodian_did_not_release_is_not_stated_as_released(shift: Shift) -> None:
    name = deliver(shift, receipt(shift))
    (shift.vault.recording(FIRST) / "0001.tink").unlink()
    assert [a.outcome for a in run(shift)] == [Outcome.FILED]
    assert (shift.vault.recording(FIRST) / "receipts" / name).exists()
    assert not shift.vault.released.exists()


def test_what_a_power_cut_ended_is_released_as_the_next_journal_found_it(shift: Shift) -> None:
    deliver(shift, receipt(shift, CUT))
    assert [a.outcome for a in run(shift)] == [Outcome.RELEASED]


def test_what_no_journal_has_found_yet_waits(tmp_path: Path) -> None:
    shift = Shift(tmp_path / "other")
    start = shift.start()
    start.begin(2)
    start.cut()
    deliver(shift, receipt(shift, CUT))
    before = tree(shift.vault.root)
    assert [a.outcome for a in run(shift)] == [Outcome.WAITS]
    assert tree(shift.vault.root) == before


@pytest.mark.parametrize("file", ["0001.tink", "0002.tink"])
def test_nothing_of_an_open_recording_is_released_and_the_receipt_waits(shift: Shift, file: str) -> None:
    deliver(shift, receipt(shift, LAST, file))
    before = tree(shift.vault.root)
    assert [a.outcome for a in run(shift)] == [Outcome.WAITS]
    assert tree(shift.vault.root) == before


def test_cut_at_any_call_the_receipt_is_safe_before_the_segment_goes_and_the_next_run_completes(tmp_path: Path) -> None:
    at, done = 0, False
    while not done:
        shift = Shift(tmp_path / f"vault{at}")
        start = shift.start()
        start.record(1)
        segment = shift.vault.recording(FIRST) / "0001.tink"
        name = deliver(shift, receipt(shift))
        filed = segment.parent / "receipts" / name
        data = (shift.vault.inbox / name).read_bytes()
        try:
            with cut_disk(at):
                run(shift)
            done = True
        except Cut:
            assert segment.exists() or filed.read_bytes() == data
        run(shift)
        assert not segment.exists()
        assert filed.read_bytes() == data
        assert released(shift) == [(str(FIRST), "0001.tink", name)]
        assert os.listdir(shift.vault.inbox) == []
        at += 1
    assert at > 8


def test_killed_between_the_filed_receipt_and_the_unlink_the_next_run_releases(shift: Shift) -> None:
    name = deliver(shift, receipt(shift))
    filed = shift.vault.recording(FIRST) / "receipts"
    filed.mkdir()
    (filed / name).write_bytes((shift.vault.inbox / name).read_bytes())
    assert [a.outcome for a in run(shift)] == [Outcome.RELEASED]
    assert released(shift) == [(str(FIRST), "0001.tink", name)]


def test_two_custodians_at_once_are_refused(shift: Shift) -> None:
    deliver(shift, receipt(shift))
    deliver(shift, receipt(shift, file="0001.notes.tink"))
    first = release(shift.vault, shift.vault.inbox, read_trust(shift.vault.trust))
    next(first)
    with pytest.raises(StorageError, match="another custodian"):
        run(shift)
    assert len(list(first)) == 1


def _program(shift: Shift) -> "subprocess.CompletedProcess[bytes]":
    places = ["--vault", str(shift.vault.root), "--inbox", str(shift.vault.inbox), "--trust", str(shift.vault.trust)]
    return subprocess.run([sys.executable, "-m", "bwc_agent.storage.custodian", *places], capture_output=True, timeout=30, check=False)


def test_the_program_answers_each_message_in_a_line_and_by_its_exit_status(shift: Shift) -> None:
    deliver(shift, receipt(shift))
    done = _program(shift)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["kind"] == "released"
    os.mkfifo(shift.vault.inbox / "pipe")
    done = _program(shift)
    assert done.returncode == IntegrityError.exit_status
    assert json.loads(done.stdout)["why"] == "is not a plain file"


def test_the_program_says_what_is_wrong_with_its_places(shift: Shift, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = {"--vault": shift.vault.root, "--inbox": shift.vault.inbox, "--trust": shift.vault.trust}
    for option, status in (("--vault", 4), ("--inbox", 4), ("--trust", 2)):
        wrong = {**places, option: tmp_path / "gone"}
        assert main([str(word) for pair in wrong.items() for word in pair]) == status
        assert str(tmp_path / "gone") in capsys.readouterr().err


def test_the_program_loads_no_camera_no_network_and_nothing_of_the_agency() -> None:
    code = "import sys, bwc_agent.storage.custodian; print(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    packages = "av cv2 numpy typer rich pydantic ssl http.client"
    ours = "bwc_agent.offload bwc_agent.agency bwc_agent.media bwc_agent.fmp4 bwc_agent.evidence.keys bwc_agent.evidence.hpke"
    assert set(done.stdout.split()) & {*packages.split(), *ours.split()} == set()
