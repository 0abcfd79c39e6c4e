"""From the press to the decoded export: nothing missing, nothing doubled, thirty seconds back, sound in step, mute silent."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bwc_agent.agency.excerpt_check import verify_export
from bwc_agent.agency.listing import summary
from bwc_agent.evidence.certs import chain_from_pem
from bwc_agent.evidence.signed import read_signed
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from bwc_agent.units import TICKS, ns_from_ticks
from simulator.reading import beep_onsets
from tests.e2e.played import SERIAL, WORD, Shift, numbers, shipped_shift, sound

NAMES = ["again", "dock_while_recording", "power_cut", "sleep", "unplug"]


def recordings(shift: Shift) -> list[tuple[int, int]]:
    return [(name.start, name.number) for name in shift.vault.names()]


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_that_the_camera_gave_is_in_the_export_once(name: str) -> None:
    shift = shipped_shift(name)
    for start, number in recordings(shift):
        seen = [n for n, _ in numbers(shift.exported(start, number).mp4)]
        assert None not in seen and seen
        first, last = seen[0], seen[-1]
        given = [n for n, _ in shift.taken[start] if first is not None and last is not None and first <= n <= last]
        assert seen == given, f"{name} {start}-{number}"


@pytest.mark.parametrize("name", ["again", "dock_while_recording", "unplug"])
def test_the_pictures_reach_back_thirty_seconds_before_the_first_edge(name: str) -> None:
    shift = shipped_shift(name)
    for start, number in recordings(shift):
        log = verify_recording(shift.folder(start, number), shift.authority).log
        assert log is not None
        first_picture = numbers(shift.exported(start, number).mp4)[0][0]
        captured = dict(shift.taken[start])[first_picture or 0]
        press = summary(log).press
        assert ns_from_ticks(press) - captured >= 30_000_000_000
        assert summary(log).why_short is None


@pytest.mark.parametrize(("name", "start", "number"), [("sleep", 0, 1), ("power_cut", 1, 1)])
def test_a_press_without_a_full_ring_records_at_once_and_says_why_it_is_short(name: str, start: int, number: int) -> None:
    shift = shipped_shift(name)
    log = verify_recording(shift.folder(start, number), shift.authority).log
    assert log is not None
    found = summary(log)
    assert found.preroll < 30 * TICKS and found.why_short


@pytest.mark.parametrize("name", ["again", "dim"])
def test_beep_and_flash_stay_within_twenty_milliseconds(name: str) -> None:
    shift = shipped_shift(name)
    mp4 = shift.exported().mp4
    samples, began = sound(mp4)
    onsets = [began + k / 48_000 for k in beep_onsets(samples)]
    shown = numbers(mp4)
    origin = shown[0][1] - dict(shift.taken[0])[shown[0][0] or 0] / 1e9
    offsets = [(onset - origin) - round(onset - origin) for onset in onsets if onset > began + 0.2]
    assert len(offsets) >= 25
    assert max(abs(offset) for offset in offsets) <= 0.020


def test_what_is_muted_is_exact_silence_and_not_in_the_next_pre_roll() -> None:
    shift = shipped_shift("mute")
    for number in (1, 2):
        log = verify_recording(shift.folder(0, number), shift.authority).log
        assert log is not None
        mp4 = shift.exported(0, number).mp4
        samples, began = sound(mp4)
        shown = numbers(mp4)
        origin = shown[0][1] - dict(shift.taken[0])[shown[0][0] or 0] / 1e9
        inside = samples[round((43.0 + origin - began) * 48_000) : round((45.0 + origin - began) * 48_000)]
        assert len(inside) == 96_000 and not np.any(inside)
        assert np.abs(samples[: 48_000 * 5]).max() > 0.1


@pytest.mark.parametrize("name", NAMES)
def test_every_recording_and_journal_verifies(name: str) -> None:
    shift = shipped_shift(name)
    for start, number in recordings(shift):
        state = verify_recording(shift.folder(start, number), shift.authority).state
        cut = name == "power_cut" and start == 0
        assert state in ((State.TRUNCATED, State.UNSIGNED_TAIL) if cut else (State.COMPLETE,))
    reasons = verify_device(shift.vault.root, shift.authority).reasons
    assert [str(r) for r in reasons if r.state in (State.ALTERED, State.UNKNOWN_SIGNER, State.ROLLED_BACK)] == []


def test_the_journal_states_presses_opened_closed_and_the_ledger() -> None:
    shift = shipped_shift("again")
    signer = chain_from_pem(shift.vault.journal_signer(0).read_bytes())[0]
    lines = read_signed(shift.vault.journal(0).read_bytes(), signer).lines
    kinds = [line["kind"] for line in lines]
    assert kinds.count("opened") == kinds.count("closed") == 2
    ledger = next(line for line in lines if line["kind"] == "ledger")
    parts = [value for key, value in ledger.items() if key not in ("kind", "n", "t", "elapsed")]
    assert sum(v for v in parts if isinstance(v, int)) == ledger["elapsed"]
    for line in lines:
        if line["kind"] == "closed":
            log = shift.vault.root / "recordings" / str(line["recording"]) / "log.jsonl"
            assert hashlib.sha256(log.read_bytes()).hexdigest() == line["sha256"]


def test_the_second_of_two_close_recordings_overlaps_and_says_so() -> None:
    shift = shipped_shift("again")
    log = verify_recording(shift.folder(0, 2), shift.authority).log
    assert log is not None
    overlap = log.first["overlap"]
    assert isinstance(overlap, dict) and overlap["recording"] == 1
    first, second = ([n for n, _ in numbers(shift.exported(0, k).mp4)] for k in (1, 2))
    assert set(first) & set(second) and second[0] in first


def test_asleep_means_that_camera_and_microphone_are_closed() -> None:
    shift = shipped_shift("sleep")
    asleep = [at for _, at in shift.taken[0] if 13.5e9 < at < 30.2e9]
    assert asleep == []


def test_the_stock_ffmpeg_repeats_the_logs_stop() -> None:
    shift = shipped_shift("unplug")
    exported = shift.exported()
    command = ["ffmpeg", "-v", "error", "-i", str(exported.mp4), "-map", "0:v", "-map", "0:a?", "-c", "copy"]
    printed = subprocess.run([*command, "-f", "streamhash", "-hash", "sha256", "-"], capture_output=True, text=True, check=True).stdout
    log = verify_recording(shift.folder(), shift.authority).log
    assert log is not None and log.stop is not None
    samples = log.stop["samples"]
    assert isinstance(samples, list)
    assert [row.split("=")[1].lower() for row in printed.split()] == [s["sha256"] for s in samples if isinstance(s, dict)]
    assert verify_export(exported.mp4, shift.folder(), shift.authority).state is State.COMPLETE


def test_custody_and_custodian_as_processes_release_what_was_proven_and_nothing_else() -> None:
    shift = shipped_shift("dock_while_recording")
    word = shift.root / "word"
    word.write_bytes(WORD)
    segment = shift.storage_segment()
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert custody(shift, word) != 0
    release(shift)
    assert shift.folder().joinpath("0001.tink").is_file()
    segment.write_bytes(whole)
    assert custody(shift, word) == 0
    release(shift)
    assert not shift.folder().joinpath("0001.tink").exists()
    assert shift.folder().joinpath("log.jsonl").is_file()


def custody(shift: Shift, word: Path) -> int:
    keys = shift.agency
    command = ["custody", str(shift.root / "storage"), "--trust", str(keys.authority), "--key", str(keys.receipt_key)]
    command += ["--open", str(keys.recipient_key()), "--passphrase-file", str(word)]
    return subprocess.run([sys.executable, "-m", "bwc_agent.cli", *command], capture_output=True, check=False).returncode


def release(shift: Shift) -> None:
    vault = shift.vault
    bring_mail(vault, SERIAL, Folder(shift.root / "storage"))
    command = ["--vault", str(vault.root), "--inbox", str(vault.inbox), "--trust", str(vault.trust)]
    subprocess.run([sys.executable, "-m", "bwc_agent.storage.custodian", *command], capture_output=True, check=True)
