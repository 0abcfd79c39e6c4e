"""The recorder beside a hostile offloader, a folder that hangs and one that is full: it says how far it is, and records."""

import errno
import os
from dataclasses import asdict, replace
from pathlib import Path
from threading import Event

import pytest

import bwc_agent.live.beside as beside_module
from bwc_agent import files
from bwc_agent.control.inputs import Delivery, DockChange, Held, Input, Noted, Tick
from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import MAX_INTEGER, encode
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.fleet.settings import Settings
from bwc_agent.live.beside import Counter, Listener, Teller
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live
from bwc_agent.live.stream import Stream
from bwc_agent.offload.settings import OffloadSettings
from bwc_agent.offload.told import OffloadTold, RecorderTold, hear, tell
from bwc_agent.packets import Packet
from bwc_agent.storage.held_back import Holdings
from tests.journals import journal
from tests.live.enrolled import SMALL, authority, device
from tests.live.stage import PATIENCE, heard
from tests.live.test_run import Officer
from tests.offload.shift import UTC, Shift

DELIVERS = replace(SMALL, offload=OffloadSettings("folder", "the dock's"))
HOSTILE = [
    b"",
    b"\x00" * 5_000_000,
    encode(asdict(OffloadTold(True, -7, 9, -1, MAX_INTEGER, "", "\x1b[2J", 0))),
    b'{"running":true}\n',
]


def started(root: Path, run: str, settings: Settings = DELIVERS) -> Live:
    made = replace(device(root), run=run)
    return Live(settings, made, Builder(settings, made).parts)


def test_a_start_says_what_it_does_and_in_the_end_that_it_is_off(tmp_path: Path) -> None:
    run, said = tmp_path / "run", list[RecorderTold]()
    live = started(tmp_path, str(run))

    def watch(item: Packet | Input) -> None:
        told = hear(run, RecorderTold)
        if told is None or told in said:
            return
        said.append(told)
        if told.idle:
            live.ask_to_end("the test is over")
        elif told.state == "filling":
            live.stream.give(DockChange(live.stream.now(), True))

    live.run(watch)
    assert said[0] == RecorderTold(0, "filling", False) and said[-1] == RecorderTold(0, "docked", True)
    assert hear(run, RecorderTold) == RecorderTold(0, "off", False)
    assert (tmp_path / "run/recorder").is_dir() and not (tmp_path / "run/offload").exists()


def test_nothing_is_told_where_there_is_no_such_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_module, "tell", lambda *_: pytest.fail("told"))
    monkeypatch.chdir(tmp_path)
    live = started(tmp_path, "")
    live.run(lambda item: live.ask_to_end("the test is over") if isinstance(item, Tick) else None)
    assert not (tmp_path / "recorder").exists()


class Full:
    """Stands for `os` below the write primitives: no space below `run`."""

    def __init__(self, run: Path) -> None:
        self._run = str(run)

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def open(self, path: Path, *rest: int) -> int:
        if str(path).startswith(self._run) and rest[0] & os.O_CREAT:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.open(path, *rest)


def recorded(root: Path) -> None:
    verdict = verify_device(root / "vault", authority(root))
    assert [recording.state for recording in verdict.recordings] == [State.COMPLETE]


def test_a_full_tmpfs_is_said_once_and_the_recording_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "os", Full(tmp_path / "run"))
    monkeypatch.setattr(beside_module, "HEAR_EVERY", 0.01)
    live = started(tmp_path, str(tmp_path / "run"))
    live.run(Officer(live))
    (said,) = [line for line in journal(tmp_path / "vault", "part") if line["part"] == "offload"]
    assert "cannot tell: " in str(said["says"]) and "disk full" in str(said["says"])
    assert journal(tmp_path / "vault", "fault") == []
    recorded(tmp_path)


def test_a_folder_that_hangs_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Event()
    for name in ("tell", "hear"):
        monkeypatch.setattr(beside_module, name, lambda *_: answers.wait(PATIENCE))
    monkeypatch.setattr(Holdings, "look", lambda *_: answers.wait(PATIENCE))
    monkeypatch.setattr(beside_module, "COUNT_FIRST", 0.0)
    monkeypatch.setattr(beside_module, "PATIENCE", 0.0)
    live = started(tmp_path, str(tmp_path / "run"))
    live.run(Officer(live))
    recorded(tmp_path)
    answers.set()


def test_whatever_the_offloader_writes_is_heard_as_a_few_small_numbers_or_not_at_all(tmp_path: Path) -> None:
    stream = Stream(lambda: 0)
    listener, path = Listener(tmp_path, stream), tmp_path / "offload/told.json"
    path.parent.mkdir()
    listener.idle = True
    for data in HOSTILE:
        path.write_bytes(data)
        listener.work()
        listener.work()
    said = [item for item in heard_now(stream) if isinstance(item, Delivery)]
    assert len(said) == 2 * len(HOSTILE)
    assert {(item.files, item.done, item.percent, item.running) for item in said} == {(0, 0, 0, False), (0, 0, 0, True)}
    assert {item.failing for item in said} == {"", "[2J"}


def heard_now(stream: Stream) -> list[object]:
    """All that was given so far."""
    stream.end()
    return list(stream)


def test_nothing_is_heard_outside_the_dock_and_each_docking_hears_anew(tmp_path: Path) -> None:
    stream = Stream(lambda: 0)
    listener = Listener(tmp_path, stream)
    tell(tmp_path, OffloadTold(True, 9, 1, 9, 1, "", "", 1))
    listener.work()
    for at in (2, 3):
        listener.idle = True
        listener.work()
        tell(tmp_path, OffloadTold(True, 9, 1, 9, 1, "", "", at))
        listener.work()
        listener.idle = False
        listener.work()
    assert [item.running for item in heard_now(stream) if isinstance(item, Delivery)] == [False, True] * 2


def test_the_card_is_counted_with_what_its_own_journal_claims(tmp_path: Path) -> None:
    shift = Shift(tmp_path / "vault")
    start = shift.start()
    start.record(1)
    start.end(2 * 48_000)
    stream = Stream(lambda: 0)
    Counter(shift.vault, stream, 1).work()
    (held,) = heard(stream)
    assert isinstance(held, Held) and (held.recordings, held.began, held.utc_us) == (1, None, UTC)


def test_a_card_that_cannot_be_counted_is_said_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(_: Vault) -> list[object]:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(beside_module, "COUNT_FIRST", 0.0)
    live = started(tmp_path, "")
    monkeypatch.setattr(Vault, "names", failed)
    said: list[Noted] = []

    def watch(item: Packet | Input) -> None:
        if isinstance(item, Noted) and not said:
            said.append(item)
            live.ask_to_end("the test is over")

    live.run(watch)
    assert "cannot count: " in said[0].says and "check the card" in said[0].says


def test_a_word_is_told_once_and_a_failed_one_again(tmp_path: Path) -> None:
    teller = Teller(tmp_path / "gone/run")
    teller.wanted = RecorderTold(3, "docked", True)
    with pytest.raises(StorageError, match="make it first"):
        teller.work()
    (tmp_path / "gone").mkdir()
    teller.work()
    before = (tmp_path / "gone/run/recorder/told.json").stat().st_ino
    teller.work()
    assert (tmp_path / "gone/run/recorder/told.json").stat().st_ino == before
    assert hear(tmp_path / "gone/run", RecorderTold) == teller.wanted
