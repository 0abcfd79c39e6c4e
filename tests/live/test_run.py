"""A live start on the simulated parts in real time: what it records is whole, and each way to end is an orderly one."""

import errno
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from bwc_agent import files
from bwc_agent.control.inputs import Anchor, ButtonEdge, Input, Reopened, Source, SourceChange
from bwc_agent.control.status import Flag
from bwc_agent.errors import ConfigError, IntegrityError, StorageError
from bwc_agent.evidence.fields import fields, text
from bwc_agent.evidence.requests import AddFragment, Request, Sync
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.fleet.device import CameraPart, Device, PowerPart
from bwc_agent.live import run as running
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live, cut_power
from bwc_agent.packets import Packet, Track
from bwc_agent.units import seconds
from hal.interfaces import Button
from tests.journals import journal
from tests.live.enrolled import SMALL, authority, device, press_twice
from tests.live.stage import PATIENCE

YEAR_US = 365 * 86_400 * 1_000_000


class Officer:
    """Presses when there is a picture; once the recording is secured, and `seconds` of it are there, does `then`."""

    def __init__(self, live: Live, then: str = "end", pictures: int = 45) -> None:
        self.live, self.then, self.left = live, then, pictures
        self.pressed = self.done = False
        self.faults: list[SourceChange] = []

    def __call__(self, item: Packet | Input) -> None:
        if isinstance(item, SourceChange):
            self.faults.append(item)
        if not (isinstance(item, Packet) and item.track is Track.VIDEO):
            return
        if not self.pressed:
            self.pressed = True
            press_twice(self.live.stream)
        self.left -= 1
        secured = self.live.recorder.status.recording and Flag.SECURING not in self.live.recorder.status.flags
        if secured and self.left <= 0 and not self.done:
            self.done = True
            if self.then == "SIGTERM":
                os.kill(os.getpid(), signal.SIGTERM)
            else:
                self.live.ask_to_end("the test is over")


def lived(made: Device, then: str = "end") -> Officer:
    live = Live(SMALL, made, Builder(SMALL, made).parts)
    officer = Officer(live, then)
    ended = live.run(officer)
    assert ended.hang == [] and not ended.device_off
    return officer


def test_what_it_records_verifies_and_the_journal_says_how_far_it_came(tmp_path: Path) -> None:
    lived(device(tmp_path), "SIGTERM")
    verdict = verify_device(tmp_path / "vault", authority(tmp_path))
    assert [recording.state for recording in verdict.recordings] == [State.COMPLETE]
    (off,) = journal(tmp_path / "vault", "off")
    assert off["why"] == "asked to end (SIGTERM)"
    (parts,) = journal(tmp_path / "vault", "parts")
    assert parts["camera"] == "simulated 0" and parts["location"] == "none"
    since = [line["since"] for line in journal(tmp_path / "vault", "reached")]
    assert len(since) == 2 and all(isinstance(ticks, int) and ticks > 0 for ticks in since)
    (anchor, *_) = journal(tmp_path / "vault", "anchor")
    assert isinstance(anchor["source"], str) and isinstance(anchor["uncertainty"], int)


def test_a_clock_set_by_years_in_the_middle_changes_nothing_in_the_recording(tmp_path: Path) -> None:
    made = device(tmp_path)
    live = Live(SMALL, made, Builder(SMALL, made).parts)
    officer, stepped = Officer(live, pictures=90), list[int]()

    def watch(item: Packet | Input) -> None:
        officer(item)
        if live.recorder.status.recording and officer.left in (60, 30) and len(stepped) < 2 and officer.left not in stepped:
            stepped.append(officer.left)
            years = 10 if officer.left == 60 else -20
            live.stream.give(Anchor(live.stream.now(), 1_800_000_000_000_000 + years * YEAR_US, "a test that sets clocks", 1))

    live.run(watch)
    assert stepped == [60, 30]
    verdict = verify_device(tmp_path / "vault", authority(tmp_path))
    assert [recording.state for recording in verdict.recordings] == [State.COMPLETE]
    claims = [int(str(line["at"])) for line in journal(tmp_path / "vault", "anchor") if line["source"] == "a test that sets clocks"]
    assert len(claims) == 2
    log = verdict.recordings[0].log
    assert log is not None
    # The microphone may have begun later than it was asked for: that gap lies before.
    assert not [line for line in log.lines if line["kind"] in ("gap", "drop") and int(str(line["to"])) > claims[0]]
    windows = [window.last for window in log.windows]
    assert windows == sorted(windows)


def test_each_start_has_its_own_journal_and_the_next_one_knows_the_last(tmp_path: Path) -> None:
    made = device(tmp_path)
    lived(made)
    lived(made)
    assert verify_device(tmp_path / "vault", authority(tmp_path)).state is State.COMPLETE
    assert len(journal(tmp_path / "vault", "off", 1)) == 1


def test_without_a_camera_sound_is_recorded_and_the_fault_is_in_the_log(tmp_path: Path) -> None:
    made = replace(device(tmp_path), camera=CameraPart("opencv", "no camera of this name"))
    live = Live(SMALL, made, Builder(SMALL, made).parts)
    heard = 0

    def officer(item: Packet | Input) -> None:
        nonlocal heard
        if isinstance(item, Packet):
            heard += 1
            if heard == 1:
                press_twice(live.stream)
            if heard == 60:
                live.ask_to_end("the test is over")

    live.run(officer)
    (fault, *_) = journal(tmp_path / "vault", "fault")
    assert fault["part"] == "camera" and "no camera of this name" in str(fault["why"])
    verdict = verify_device(tmp_path / "vault", authority(tmp_path))
    assert [recording.state for recording in verdict.recordings] == [State.COMPLETE]


class Card:
    """Stands for `os` below the write primitives: fails each sync while `broken`."""

    def __init__(self) -> None:
        self.broken = False

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def fdatasync(self, descriptor: int) -> None:
        if self.broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        os.fdatasync(descriptor)

    fsync = fdatasync


def test_a_disk_that_fails_for_a_while_ends_a_start_and_not_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card, made = Card(), device(tmp_path)
    live = Live(SMALL, made, Builder(SMALL, made).parts)
    officer, told = Officer(live, pictures=120), list[Input]()
    monkeypatch.setattr(files, "os", card)

    def watch(item: Packet | Input) -> None:
        officer(item)
        if isinstance(item, SourceChange | Reopened):
            told.append(item)
        if officer.left == 60:
            card.broken = True
        elif officer.left == 50:
            card.broken = False

    live.run(watch)
    assert isinstance(told[-1], Reopened)
    assert {item.source for item in told if isinstance(item, SourceChange)} == {Source.STORAGE}
    verdict = verify_device(tmp_path / "vault", authority(tmp_path))
    broken, resumed = verdict.recordings
    assert broken.state in (State.TRUNCATED, State.UNSIGNED_TAIL) and resumed.state is State.COMPLETE
    assert broken.log is not None and resumed.log is not None
    assert text(fields(resumed.log.first, "continues"), "recording") == str(broken.log.name)
    assert resumed.log.begin < broken.log.begin + broken.log.length, "no time between the two is without pictures"


def test_a_disk_that_has_failed_at_the_end_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bwc_agent.deeds.PATIENCE", 0)
    card, made = Card(), device(tmp_path)
    live = Live(SMALL, made, Builder(SMALL, made).parts)
    monkeypatch.setattr(files, "os", card)

    def watch(item: Packet | Input) -> None:
        card.broken = True
        if isinstance(item, SourceChange) and item.source is Source.STORAGE:
            live.ask_to_end("the test is over")

    with pytest.raises(StorageError, match="the card failed: keep it as it is"):
        live.run(watch)


def test_a_camera_that_was_switched_off_goes_off_though_the_disk_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bwc_agent.deeds.PATIENCE", 0)
    card, made = Card(), replace(device(tmp_path), power=PowerPart("none", off=("touch", str(tmp_path / "off"))))
    live = Live(SMALL, made, Builder(SMALL, made).parts)
    monkeypatch.setattr(files, "os", card)

    def watch(item: Packet | Input) -> None:
        card.broken = True
        if isinstance(item, SourceChange) and item.source is Source.STORAGE:
            live.stream.give(ButtonEdge(live.stream.now() - seconds(4), Button.POWER, True))

    with pytest.raises(StorageError):
        live.run(watch)
    assert (tmp_path / "off").exists()


def test_a_bug_in_the_loop_loses_nothing_that_storage_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = device(tmp_path)
    live = Live(SMALL, made, Builder(SMALL, made).parts)
    officer, stalled, asked, done = Officer(live), Event(), list[Request](), list[Request]()
    submit, perform = live.storage.submit, live.storage.start.filing.perform

    def submitted(request: Request) -> None:
        asked.append(request)
        submit(request)

    def performed(request: Request) -> None:
        assert stalled.wait(PATIENCE)
        perform(request)
        done.append(request)

    def watch(item: Packet | Input) -> None:
        officer(item)
        if officer.left <= 0:
            stalled.set()
            raise ZeroDivisionError("a bug")

    monkeypatch.setattr(live.storage.start.filing, "perform", performed)
    monkeypatch.setattr(live.storage, "submit", submitted)
    with pytest.raises(ZeroDivisionError):
        live.run(watch)
    assert done == [request for request in asked if not isinstance(request, Sync)]
    assert any(isinstance(request, AddFragment) for request in done)
    verdict = verify_device(tmp_path / "vault", authority(tmp_path))
    assert verdict.recordings[0].state in (State.TRUNCATED, State.UNSIGNED_TAIL)  # as after a power cut: a window may be open


def test_a_vault_that_may_not_be_looked_into_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")  # root, who runs the tests, may look into everything

    made = device(tmp_path)
    monkeypatch.setattr(Path, "is_dir", forbidden)
    with pytest.raises(StorageError, match=r"cannot look into .*vault: Permission denied; check owner and mode"):
        Live(SMALL, made, Builder(SMALL, made).parts)


def test_a_vault_that_is_none_or_another_devices_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LAST_WORDS", 0)
    made = device(tmp_path)
    nowhere = replace(made, vault=str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="is no vault: enrol the device first"):
        Live(SMALL, nowhere, Builder(SMALL, nowhere).parts)
    shutil.rmtree(tmp_path / "vault/trust/recipients")
    with pytest.raises(ConfigError, match="names nobody who could open what is sealed"):
        Live(SMALL, made, Builder(SMALL, made).parts)
    other = replace(made, serial="OTHER-1")
    shutil.copytree(tmp_path / "keys/recipients", tmp_path / "vault/trust/recipients")
    with pytest.raises(IntegrityError):
        Live(SMALL, other, Builder(SMALL, other).parts)


def test_the_power_is_cut_by_the_command_of_the_settings(tmp_path: Path) -> None:
    made = Device("A", str(tmp_path), power=PowerPart("sysfs", off=("touch", str(tmp_path / "off"))))
    cut_power(made)
    assert (tmp_path / "off").exists()
    with pytest.raises(ConfigError, match=r"the power cannot be cut by no-such-command.*mend power\.off"):
        cut_power(replace(made, power=PowerPart("sysfs", off=("no-such-command",))))
