"""Closed files get the immutable flag, and lose it only to go against a receipt."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.plain import opened
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from bwc_agent.storage import immutable
from bwc_agent.storage.closed import Proofs
from bwc_agent.storage.custodian import Custodian
from bwc_agent.storage.immutable import Unprotectable, set_immutable
from bwc_agent.storage.messages import Answer
from bwc_agent.storage.protect import PROTECTED, Notice, Protector
from bwc_agent.storage.release import Outcome
from bwc_agent.storage.trust import read_trust
from tests.offload.shift import Shift, tree
from tests.storage.flagged import flagged, flags_go
from tests.storage.inbox_made import CUT, FIRST, LAST, deliver, receipt, released, run, worked
from tests.striking import Cut, cut_disk

PAST = {"journal/000000.jsonl", "journal/000000.pem"}
OF_FIRST = {f"recordings/{FIRST}/{name}" for name in ("0001.tink", "0001.notes.tink", "signer.pem", "log.jsonl")}
OF_CUT = {f"recordings/{CUT}/{name}" for name in ("0001.tink", "signer.pem", "log.jsonl")}


@pytest.fixture
def shift(tmp_path: Path) -> Iterator[Shift]:
    """Start 0: one closed recording, one that a cut ended; start 1 runs, its recording open."""
    with flags_go(tmp_path):
        yield worked(tmp_path / "vault")


def protect(shift: Shift, protector: Protector | None = None) -> list[Notice]:
    """One pass of a new custodian, or of one that has been at work."""
    return list((protector or Protector(shift.vault)).go(Proofs(shift.vault, shift.authority)))


def test_what_the_vault_proves_closed_is_flagged_and_nothing_that_may_still_grow(shift: Shift) -> None:
    said = protect(shift)
    assert [(notice.kind, notice.about) for notice in said] == [
        (PROTECTED, "journal/000000"),
        (PROTECTED, f"recordings/{FIRST}"),
        (PROTECTED, f"recordings/{CUT}"),
    ]
    assert flagged(shift.vault.root) == PAST | OF_FIRST | OF_CUT
    assert protect(shift) == []


def test_nobody_not_even_root_changes_or_removes_a_flagged_file(shift: Shift) -> None:
    protect(shift)
    segment = shift.vault.recording(FIRST) / "0001.tink"
    for attempt in (
        segment.unlink,
        lambda: segment.rename(segment.with_name("x")),
        lambda: segment.write_bytes(b"x"),
        lambda: segment.chmod(0),
    ):
        with pytest.raises(PermissionError):
            attempt()
    with pytest.raises(PermissionError):
        (shift.vault.inbox / "link").hardlink_to(segment)


def test_a_recording_is_flagged_once_it_is_closed_by_the_custodian_that_has_been_watching(tmp_path: Path) -> None:
    with flags_go(tmp_path):
        shift = Shift(tmp_path / "vault")
        protector, start = Protector(shift.vault), shift.start()
        start.begin(1)
        assert protect(shift, protector) == []
        start.cut()
        assert protect(shift, protector) == []
        shift.start().record(1)
        now = [notice.about for notice in protect(shift, protector)]
        assert now == ["journal/000000", "recordings/000000-0001", "recordings/000001-0001"]
        assert protect(shift, protector) == []


def test_a_recording_that_does_not_prove_itself_is_not_touched(shift: Shift) -> None:
    log = shift.vault.recording(FIRST) / "log.jsonl"
    data = bytearray(log.read_bytes())
    data[200] ^= 1
    log.write_bytes(data)
    protect(shift)
    assert flagged(shift.vault.root) == PAST | OF_CUT


def test_a_flagged_file_is_released_and_its_log_and_chain_keep_the_flag(shift: Shift) -> None:
    protect(shift)
    deliver(shift, receipt(shift))
    assert [answer.outcome for answer in run(shift)] == [Outcome.RELEASED]
    assert flagged(shift.vault.root) == PAST | OF_CUT | OF_FIRST - {f"recordings/{FIRST}/0001.tink"}


def test_a_flagged_file_that_changed_before_keeps_its_flag_and_is_kept(shift: Shift) -> None:
    deliver(shift, receipt(shift))
    segment = shift.vault.recording(FIRST) / "0001.tink"
    segment.write_bytes(segment.read_bytes()[:-1] + b"x")
    protect(shift)
    before = flagged(shift.vault.root)
    (answer,) = run(shift)
    assert isinstance(answer.outcome, IntegrityError) and flagged(shift.vault.root) == before >= OF_FIRST


class _CutAt:
    """`fcntl`, but the power goes before flag number `at` is changed."""

    def __init__(self, at: int) -> None:
        self._left = at

    def ioctl(self, descriptor: int, request: int, argument: Any) -> object:
        if isinstance(argument, bytes):
            self._left -= 1
            if self._left < 0:
                raise Cut
        return fcntl.ioctl(descriptor, request, argument)


def test_cut_between_two_flags_the_log_is_flagged_last_and_the_next_pass_completes(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in PAST | OF_FIRST | OF_CUT:
        with monkeypatch.context() as patch, pytest.raises(Cut):
            patch.setattr(immutable, "fcntl", _CutAt(1))
            protect(shift)
        now = flagged(shift.vault.root)
        for name, files in ((FIRST, OF_FIRST), (CUT, OF_CUT)):
            assert f"recordings/{name}/log.jsonl" not in now or files <= now
        if len(now) == len(PAST | OF_FIRST | OF_CUT) - 1:
            break
    protect(shift)
    assert flagged(shift.vault.root) == PAST | OF_FIRST | OF_CUT


def test_cut_at_any_call_a_flagged_segment_goes_only_once_its_receipt_is_safe(tmp_path: Path) -> None:
    at, done = 0, False
    with flags_go(tmp_path):
        while not done:
            shift = Shift(tmp_path / f"vault{at}")
            shift.start().record(1)
            protect(shift)
            segment = shift.vault.recording(FIRST) / "0001.tink"
            name = deliver(shift, receipt(shift))
            try:
                with cut_disk(at):
                    run(shift)
                done = True
            except Cut:
                assert segment.exists() or (segment.parent / "receipts" / name).exists()
            run(shift)
            assert not segment.exists() and released(shift) == [(str(FIRST), "0001.tink", name)]
            at += 1
    assert at > 8


def test_a_second_name_that_a_cut_left_is_not_locked_in(shift: Shift) -> None:
    chain = shift.vault.recording(FIRST) / "signer.pem"
    leftover = chain.with_name(".signer.pem.tmp")
    leftover.hardlink_to(chain)
    protect(shift)
    leftover.unlink()
    assert flagged(shift.vault.root) == PAST | OF_CUT | OF_FIRST - {f"recordings/{FIRST}/signer.pem"}


def test_boot_offload_and_verify_go_their_way_on_a_flagged_vault(shift: Shift, tmp_path: Path) -> None:
    protect(shift)
    later = shift.start()
    later.record(1)
    later.end(100)
    assert protect(shift) and f"recordings/{LAST}/log.jsonl" in flagged(shift.vault.root)
    (tmp_path / "dock").mkdir()
    list(offload(shift.vault, shift.serial, Folder(tmp_path / "dock"), None))
    sent = tree(tmp_path / "dock" / shift.serial)
    assert sent == {name: data for name, data in tree(shift.vault.root).items() if name.startswith(("journal/", "recordings/"))}
    states = {verdict.name: verdict.state for verdict in verify_device(shift.vault.root, shift.authority).recordings}
    assert states[str(FIRST)] is State.COMPLETE and states[str(RecordingName(2, 1))] is State.COMPLETE
    assert flagged(tmp_path / "dock") == set()


def test_what_no_flag_can_be_set_on_is_said_with_the_mend() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(Unprotectable, match="has no immutable flag"):
            set_immutable(reading)
        immutable.clear_immutable(reading)
        assert not immutable.is_immutable(reading)
    finally:
        os.close(reading)
        os.close(writing)


def test_the_flag_is_the_one_that_lsattr_shows(shift: Shift) -> None:
    if shutil.which("lsattr") is None:
        pytest.skip("no lsattr here")
    protect(shift)
    log = shift.vault.recording(FIRST) / "log.jsonl"
    shown = subprocess.run(["lsattr", log], capture_output=True, text=True, check=True).stdout
    assert "i" in shown.split()[0]
    with opened(log) as descriptor:
        immutable.clear_immutable(descriptor)
    assert "i" not in subprocess.run(["lsattr", log], capture_output=True, text=True, check=True).stdout.split()[0]


def test_the_custodian_answers_first_and_flags_what_is_left(shift: Shift) -> None:
    deliver(shift, receipt(shift))
    said = list(Custodian(shift.vault, shift.vault.inbox, Protector(shift.vault)).once(read_trust(shift.vault.trust)))
    assert isinstance(said[0], Answer) and said[0].outcome is Outcome.RELEASED
    assert flagged(shift.vault.root) == PAST | OF_CUT | OF_FIRST - {f"recordings/{FIRST}/0001.tink"}
