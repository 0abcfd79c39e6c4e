"""A camera that is dead is asked anew and spoken of, whatever the officer does around it."""

from pathlib import Path

from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.units import TICKS
from simulator.scenario import load_scenario
from tests.e2e.played import Shift, numbers, play

HEAD = 'length = "85 s"\n[settings.picture]\nsize = "320x180"\nbitrate = "500 kb/s"\n'


def played(root: Path, *events: tuple[float, str]) -> Shift:
    path = root / "scenario.toml"
    path.write_text(HEAD + "".join(f'[[event]]\nat = "{at} s"\ndo = "{do}"\n' for at, do in events))
    return play(load_scenario(path), root)


def lines(shift: Shift, number: int, kind: str) -> list[dict[str, Json]]:
    verdict = verify_recording(shift.folder(0, number), shift.authority)
    assert verdict.state is State.COMPLETE and verdict.log is not None
    return [dict(line) for line in verdict.log.lines if line["kind"] == kind]


def test_a_camera_dead_from_before_the_press_to_the_stop_is_stated_in_the_log(tmp_path: Path) -> None:
    shift = played(tmp_path, (33, "unplug camera"), (35, "double press"), (50, "hold"))
    assert [line["part"] for line in lines(shift, 1, "fault")] == ["camera"]
    (gap,) = (line for line in lines(shift, 1, "gap") if line["track"] == 1)
    start, end = gap["from"], gap["to"]
    assert isinstance(start, int) and isinstance(end, int)
    assert 32 * TICKS < start <= 33 * TICKS and end - start > 18 * TICKS


def test_dock_and_undock_inside_the_tail_do_not_make_a_lost_camera_forgotten(tmp_path: Path) -> None:
    events = [(35, "double press"), (38, "unplug camera"), (48, "hold"), (51.1, "dock"), (51.25, "undock"), (60, "double press")]
    shift = played(tmp_path, *events, (65, "plug camera"), (75, "hold"))
    assert [line["lost"] for line in lines(shift, 2, "fault") if line["part"] == "camera"] == [True, False]
    seen = [n for n, _ in numbers(shift.exported(0, 2).mp4)]
    captured = dict(shift.taken[0])
    assert any(n is not None and captured[n] > 65_000_000_000 for n in seen)


def test_a_press_inside_the_tail_states_no_more_overlap_than_there_is(tmp_path: Path) -> None:
    shift = played(tmp_path, (35, "double press"), (47, "hold 3.05"), (50.1, "double press"), (65, "hold"))
    (first,) = lines(shift, 2, "recording")
    first_end = numbers(shift.exported(0, 1).mp4)[-1][0]
    assert first_end is not None
    overlap, preroll = first["overlap"], first["preroll"]
    assert isinstance(overlap, dict) and isinstance(overlap["ticks"], int) and isinstance(preroll, dict)
    assert overlap["ticks"] <= 31.5 * TICKS
