"""The list says of each recording whose it is, when, how long, and what it is worth."""

import datetime
from pathlib import Path

import pytest

from bwc_agent.agency.listing import Listed, list_recordings, summary
from bwc_agent.errors import ConfigError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.requests import LogLine
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_log import read_signed_log
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from bwc_agent.units import TICKS
from tests.evidence.trial import SERIAL
from tests.evidence_made import ODD, long_take
from tests.offload.shift import Shift, desk


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    made = Shift(tmp_path / "vault")
    start = made.start()
    long_take(start, 1, {9_000: ("mute", {"on": True}), 60_000: ("mute", {"on": False}), 100_000: ("marker", {})})
    start.begin(2)
    start.cut()
    made.start().off()
    return made


def _states(listed: list[Listed]) -> list[tuple[str, State]]:
    return [(one.folder.name, one.verdict.state) for one in listed]


def test_each_recording_of_a_vault_is_listed_with_its_verdict(shift: Shift) -> None:
    found = list_recordings(shift.vault.root, shift.authority)
    assert _states(found) == [("000000-0001", State.COMPLETE), ("000000-0002", State.TRUNCATED)]
    assert {one.device.name for one in found if one.device} == {SERIAL}


def test_a_destination_and_a_single_recording_are_listed_alike(shift: Shift, tmp_path: Path) -> None:
    (tmp_path / "dock").mkdir()
    list(offload(shift.vault, SERIAL, Folder(tmp_path / "dock"), None))
    whole = _states(list_recordings(shift.vault.root, shift.authority))
    assert _states(list_recordings(tmp_path / "dock", shift.authority)) == whole
    (one,) = list_recordings(shift.vault.recording(RecordingName(0, 1)), shift.authority)
    assert ((one.folder.name, one.verdict.state), one.device) == (whole[0], None)


def test_the_figures_are_those_of_the_signed_log(shift: Shift) -> None:
    found = list_recordings(shift.vault.root, shift.authority)[0].summary
    assert found is not None
    assert (found.device, found.recording, found.officer, found.reason) == (SERIAL, "000000-0001", "4711", "hold")
    assert found.begin == datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=ODD * 1_000_000 // TICKS)
    assert (found.segments, found.pictures, found.sounds, found.markers, found.mutes) == (3, 90, 137, 1, 1)
    assert (found.press, found.asked, found.preroll, found.why_short) == (ODD + TICKS // 2, 0, 0, None)
    assert 2.9 * TICKS < found.length < 3.1 * TICKS


def test_what_was_lost_and_when_it_was_secured_is_counted(shift: Shift) -> None:
    start = shift.start()
    name = start.begin(1)
    start.perform(
        LogLine(5, "secured", {"heard": 480, "secured": 9600}),
        LogLine(6, "gap", {"from": 1, "to": 2, "track": 1, "why": "no picture came"}),
        LogLine(7, "drop", {"bytes": 9, "from": 1, "samples": 4, "to": 2, "why": "the queue was full"}),
    )
    start.filing.sync()
    found = summary(read_signed_log(shift.vault.recording(name), shift.authority))
    assert (found.heard, found.secured, found.gaps, found.lost, found.reason) == (480, 9600, 1, 4, None)


def test_a_recording_that_is_not_believed_is_listed_without_figures(shift: Shift) -> None:
    log = shift.vault.recording(RecordingName(0, 1)) / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"4711", b"4712"))
    found = list_recordings(shift.vault.root, shift.authority)
    assert [(one.verdict.state, one.summary is None) for one in found] == [(State.ALTERED, True), (State.TRUNCATED, False)]


def test_under_a_foreign_authority_everything_is_of_an_unknown_signer(shift: Shift) -> None:
    found = list_recordings(shift.vault.root, desk("another authority").agency.certificate)
    assert {one.verdict.state for one in found} == {State.UNKNOWN_SIGNER}


def test_an_empty_place_is_a_mistake_and_a_device_that_never_recorded_is_not(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give a recording"):
        list_recordings(tmp_path, desk().agency.certificate)
    fresh = Shift(tmp_path / "vault")
    fresh.start().off()
    assert list_recordings(fresh.vault.root, fresh.authority) == []
