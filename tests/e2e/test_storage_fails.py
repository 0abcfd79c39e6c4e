"""A card that fails ends a start and not the recording: what was seen meanwhile is in the next one, and the journals say so."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from bwc_agent.evidence.fields import fields, text
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.verdict import DeviceVerdict, State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.units import TICKS
from simulator.scenario import load_scenario
from tests.e2e.played import Shift, numbers, play
from tests.journals import journal
from tests.striking import MAKES, SYNCS, WRITES, Striking, refusing, struck_disk

HEAD = 'length = "{length} s"\n[settings.picture]\nsize = "320x180"\nbitrate = "500 kb/s"\n'
RATE = 30
CUT_SHORT = (State.TRUNCATED, State.UNSIGNED_TAIL)
Act = Callable[[Striking], None]


def played(root: Path, length: int, events: list[tuple[float, str]], acts: list[tuple[float, Act]]) -> Shift:
    """A scenario during which `acts` happen to the card, each at its second."""
    path = root / "scenario.toml"
    path.write_text(HEAD.format(length=length) + "".join(f'[[event]]\nat = "{at} s"\ndo = "{do}"\n' for at, do in events))
    waiting = list(acts)
    with struck_disk() as disk:

        def at(now: int) -> None:
            while waiting and now >= waiting[0][0] * TICKS:
                waiting.pop(0)[1](disk)

        shift = play(load_scenario(path), root, at=at)
        assert disk.struck, "the card was never asked while it failed"
    return shift


def judged(shift: Shift) -> DeviceVerdict:
    verdict = verify_device(shift.vault.root, shift.authority)
    assert not verdict.reasons, verdict.reasons
    return verdict


def pictures(shift: Shift, *recordings: tuple[int, int]) -> list[int]:
    """The frame numbers in the exports of these recordings together."""
    return sorted({n for name in recordings for n, _ in numbers(shift.exported(*name).mp4) if n is not None})


def taken(shift: Shift, seen: list[int]) -> list[int]:
    """What the camera gave from the first to the last of the pictures seen."""
    return [n for n, _ in shift.taken[0] if seen[0] <= n <= seen[-1]]


def sync_once(disk: Striking) -> None:
    disk.strike(0, refusing(), *SYNCS)


def all_syncs(disk: Striking) -> None:
    disk.strike(0, refusing(), *SYNCS, times=None)


def full(disk: Striking) -> None:
    disk.strike(0, refusing(errno.ENOSPC), *WRITES, *MAKES, times=None)


@pytest.mark.parametrize("calls", [SYNCS, MAKES], ids=["sync", "rotation"])
def test_one_failure_in_the_middle_costs_no_picture(tmp_path: Path, calls: tuple[str, ...]) -> None:
    shift = played(tmp_path, 75, [(34, "double press"), (70, "hold")], [(45, lambda disk: disk.strike(0, refusing(), *calls))])
    broken, resumed = judged(shift).recordings
    assert broken.state in CUT_SHORT and resumed.state is State.COMPLETE
    seen = pictures(shift, (0, 1), (1, 1))
    assert seen[0] <= 4 * RATE and seen[-1] >= 73 * RATE - 5 and seen == taken(shift, seen)
    assert resumed.log is not None
    assert text(fields(resumed.log.first, "continues"), "recording") == "000000-0001"
    assert shift.starts[0].start == 1


def test_the_journal_of_the_next_start_begins_where_storage_had_acknowledged_and_says_why(tmp_path: Path) -> None:
    shift = played(tmp_path, 60, [(34, "double press"), (42.2, "press"), (55, "hold")], [(40, all_syncs), (44, Striking.mend)])
    verdict = judged(shift)
    lost, back = journal(shift.vault.root, "fault", 1)
    assert (lost["part"], lost["lost"], back["lost"]) == ("storage", True, False)
    assert "the card failed" in str(lost["why"]) and back["why"] == "start 1 goes on where start 0 failed"
    (first,) = journal(shift.vault.root, "journal", 1)
    assert 39 * TICKS <= int(str(first["t"])) <= int(str(lost["t"])) < 41 * TICKS
    assert [line["start"] for line in journal(shift.vault.root, "continues", 1)] == [0]
    assert "press" in [line["event"] for line in journal(shift.vault.root, "event", 1)], "a press in between is journalled"
    (ledger,) = journal(shift.vault.root, "ledger", 1)
    assert 4 * TICKS < int(str(ledger["fault"])) < 9 * TICKS
    assert int(str(ledger["elapsed"])) == sum(int(str(value)) for name, value in ledger.items() if name not in NO_ACCOUNTS)
    assert [r.state for r in verdict.recordings][1:] == [State.COMPLETE]


NO_ACCOUNTS = ("kind", "n", "t", "elapsed")


def test_a_press_a_stop_and_a_press_while_the_card_fails_are_two_recordings_afterwards(tmp_path: Path) -> None:
    events: list[tuple[float, str]] = [(40, "double press"), (46, "hold"), (51, "hold"), (57, "double press"), (70, "hold")]
    shift = played(tmp_path, 80, events, [(38, all_syncs), (60, Striking.mend)])
    first, second = judged(shift).recordings
    assert (first.name, second.name) == ("000001-0001", "000001-0002")
    assert first.state is second.state is State.COMPLETE
    for number, press, stop in ((1, 40, 51), (2, 57, 70)):
        seen = pictures(shift, (1, number))
        assert seen == taken(shift, seen)
        assert seen[0] <= (65 - 32) * RATE and press * RATE < stop * RATE <= seen[-1], "all that the ring held when the card came back"


def test_a_card_that_fails_for_longer_than_there_is_room_leaves_a_gap_that_is_stated(tmp_path: Path) -> None:
    shift = played(tmp_path, 280, [(34, "double press"), (270, "hold")], [(50, full), (250, Striking.mend)])
    broken, resumed = judged(shift).recordings
    assert resumed.log is not None and broken.log is not None
    gaps = [line for line in resumed.log.lines if line["kind"] == "gap" and "storage had failed" in str(line["why"])]
    assert [line["track"] for line in gaps] == [1, 2]
    seen = pictures(shift, (0, 1), (1, 1))
    missing = set(taken(shift, seen)) - set(seen)
    assert min(missing) >= 100 * RATE, "fifty seconds and more are held, and what the ring has"
    assert max(missing) < (256 - 32) * RATE
    begin, end = int(str(gaps[0]["from"])), int(str(gaps[0]["to"]))
    assert all(begin <= at * TICKS // 10**9 < end for n, at in shift.taken[0] if n in missing)


def test_a_card_that_refuses_for_long_does_not_lengthen_the_chain(tmp_path: Path) -> None:
    shift = played(tmp_path, 150, [(34, "double press"), (140, "hold")], [(50, full), (120, Striking.mend)])
    assert [path.name for path in sorted(shift.vault.journals.glob("*.jsonl"))] == ["000000.jsonl", "000001.jsonl"]
    assert [path.name for path in shift.vault.keys.iterdir()] == ["000002.pem"]


def test_muted_speech_stays_muted_over_a_failure(tmp_path: Path) -> None:
    events: list[tuple[float, str]] = [(34, "double press"), (37, "function hold"), (55, "hold")]
    shift = played(tmp_path, 65, events, [(45, sync_once)])
    _, resumed = judged(shift).recordings
    assert resumed.log is not None
    assert [line["on"] for line in resumed.log.lines if line["kind"] == "mute"] == [True, False]
    assert shift.folder(1, 1).name == str(RecordingName(1, 1))
