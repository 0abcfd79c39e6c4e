"""A card that fails at the worst moment: again before it has answered, in the dock, at the end. Nothing seen or said is lost."""

from pathlib import Path

import pytest

from bwc_agent.evidence.fields import fields, integer, text
from bwc_agent.evidence.verdict import State
from bwc_agent.units import TICKS
from tests.e2e.failing import Acts, Events, fails, judged, played, spans
from tests.journals import journal
from tests.striking import SYNCS, WRITES, Striking

ONCE = fails(*SYNCS, times=1)
SHORT: Events = [(1, "double press"), (4, "function hold"), (8.2, "fix 41 -87"), (9, "function hold"), (13, "dock"), (14, "hold")]


def events(root: Path, *starts: int) -> list[str]:
    return [str(line["event"]) for start in starts for line in journal(root, "event", start)]


def test_what_was_said_while_the_card_stalled_is_said_again_by_the_next_start(tmp_path: Path) -> None:
    said: Events = [(34, "double press"), (41, "stall storage 6 s"), (42, "press"), (42.5, "function hold"), (60, "hold")]
    shift = played(tmp_path, 66, said, [(41.5, ONCE)])
    resumed = judged(shift).recordings[1].log
    assert resumed is not None
    assert [line["kind"] for line in resumed.lines if line["kind"] in ("marker", "mute")] == ["marker", "mute", "mute"]
    (first,) = journal(shift.vault.root, "journal", 1)
    assert integer(first, "t") < 42 * TICKS, "it begins where the card had answered"
    assert {"press", "function hold", "storage lost", "storage back"} <= set(events(shift.vault.root, 1))


def test_a_card_that_fails_again_before_it_has_answered_loses_neither_time_nor_the_way_back(tmp_path: Path) -> None:
    flaps = [(40, ONCE), (40.2, fails(*WRITES, times=1, after=12)), (43, fails(*WRITES, times=1, after=14)), (46, fails(*SYNCS, times=1))]
    shift = played(tmp_path, 70, [(34, "double press"), (42, "press"), (60, "hold")], flaps)
    verdict = judged(shift)
    assert len(list(shift.vault.journals.glob("*.jsonl"))) > 3
    for track in (1, 2):
        ((first, last),) = spans(verdict, track)
        assert first <= 4 * TICKS and last > 62.9 * TICKS
    names = {str(recording.log.name) for recording in verdict.recordings if recording.log is not None}
    goes_on = [fields(r.log.first, "continues") for r in verdict.recordings if r.log is not None and r.log.first["continues"] is not None]
    assert goes_on and {text(line, "recording") for line in goes_on if line["kept"] is not None} <= names
    (time,) = verdict.times
    assert sum(time.totals.values()) == 70 * TICKS and time.totals["off"] == 0, "all of it, and none of it twice"


def test_a_recording_that_was_complete_is_not_begun_again(tmp_path: Path) -> None:
    shift = played(tmp_path, 70, [(34, "double press"), (46, "hold")], [(60, fails(*WRITES, times=1))])
    (only,) = judged(shift).recordings
    assert only.state is State.COMPLETE and only.log is not None and only.log.first["continues"] is None


def test_every_recording_that_a_stalled_card_never_answered_for_is_made_again(tmp_path: Path) -> None:
    pressed: Events = [
        (5, "double press"),
        (5.2, "stall storage 45 s"),
        (8, "hold"),
        (12, "hold"),
        (17, "double press"),
        (20, "hold"),
        (24, "hold"),
    ]
    shift = played(tmp_path, 60, pressed, [(5.1, ONCE)])
    verdict = judged(shift)
    kept = [r for r in verdict.recordings if r.log is not None and r.log.name.start == 1]
    assert [r.state for r in kept] == [State.COMPLETE] * 2
    for track in (1, 2):
        ((begin, end),) = spans(verdict, track)
        assert begin < TICKS and end > 26.9 * TICKS


def test_what_was_stopped_in_the_dock_waits_longer_than_the_ring_reaches(tmp_path: Path) -> None:
    events: Events = [(34, "double press"), (42, "dock"), (50, "hold"), (120, "undock")]
    shift = played(tmp_path, 170, events, [(38, fails()), (150, Striking.mend)])
    verdict = judged(shift)
    assert verdict.recordings[-1].state is State.COMPLETE
    for track in (1, 2):
        ((first, last),) = spans(verdict, track)
        assert first <= 4 * TICKS and last > 52.9 * TICKS, "the tail, too"


def test_a_position_while_the_card_fails_is_in_the_notes_of_the_recording_that_goes_on(tmp_path: Path) -> None:
    shift = played(tmp_path, 66, [(34, "double press"), (44, "fix 41 -87"), (60, "hold")], [(40, fails()), (47, Striking.mend)])
    judged(shift)
    assert (shift.folder(1, 1) / "0001.notes.tink").is_file()
    assert not (shift.folder(0, 1) / "0001.notes.tink").exists()


@pytest.mark.parametrize("mended", [49, 56])
def test_a_camera_that_is_switched_off_while_the_card_fails_waits_for_it(tmp_path: Path, mended: float) -> None:
    acts = [(40, fails()), (mended, Striking.mend)]
    shift = played(tmp_path, 70, [(34, "double press"), (45, "power hold")], acts)
    verdict = judged(shift)
    assert verdict.recordings[-1].state is State.COMPLETE
    for track in (1, 2):
        ((_, last),) = spans(verdict, track)
        assert last > 47.9 * TICKS
    (off,) = journal(shift.vault.root, "off", 1)
    assert off["why"] == "the power button was held" and off["device"] is True


def test_one_failure_at_any_call_loses_nothing(tmp_path: Path) -> None:
    """From the first input on: before that nothing runs."""
    asked: list[int] = []
    count: Acts = [(0, lambda disk: asked.append(len(disk.calls))), (21, lambda disk: asked.append(len(disk.calls)))]
    whole = judged(played(tmp_path / "whole", 20, SHORT, count))
    calls = asked[1] - asked[0]
    assert calls > 200
    for call in range(0, calls, calls // 12):
        shift = played(tmp_path / str(call), 20, SHORT, [(0, fails(times=1, after=call))])
        assert len(list(shift.vault.journals.glob("*.jsonl"))) == 2, call
        for track in (1, 2):
            assert spans(judged(shift), track) == spans(whole, track), (call, track)
