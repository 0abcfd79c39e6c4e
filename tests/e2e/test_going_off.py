"""Going off in order: the reserve, and a long press of the power button, close what is being recorded and say why."""

from pathlib import Path

import pytest

from bwc_agent.commands import Capture
from bwc_agent.control.capacity import Needs
from bwc_agent.control.inputs import Source
from bwc_agent.control.policy import Policy
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify import verify_recording
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.lookout import RESERVE, Lookout
from bwc_agent.take import TAIL
from simulator.scenario import load_scenario
from tests.e2e.played import Shift, play
from tests.journals import journal
from tests.worn import STEP, Worn

HEAD = 'length = "75 s"\n[settings.picture]\nsize = "320x180"\nbitrate = "500 kb/s"\n'


def played(root: Path, *events: tuple[float, str]) -> Shift:
    path = root / "scenario.toml"
    path.write_text(HEAD + "".join(f'[[event]]\nat = "{at} s"\ndo = "{do}"\n' for at, do in events))
    return play(load_scenario(path), root)


@pytest.mark.parametrize(("do", "why"), [("battery 3%", "the battery is at its reserve"), ("power hold", "the power button was held")])
def test_a_recording_is_closed_with_its_cause_before_the_power_goes(tmp_path: Path, do: str, why: str) -> None:
    shift = played(tmp_path, (35, "double press"), (45, do))
    (off,) = journal(shift.vault.root, "off")
    assert (off["why"], off["device"]) == (why, True)
    verdict = verify_recording(shift.folder(0, 1), shift.authority)
    assert verdict.state is State.COMPLETE
    assert shift.exported().length > 40 * 48_000


def test_a_gauge_that_says_nothing_is_left_for_a_moment_switches_nothing_off(tmp_path: Path) -> None:
    shift = played(tmp_path, (20, "battery 0%"), (29, "battery 80%"), (35, "press"))
    (off,) = journal(shift.vault.root, "off")
    assert off["why"] == "the scenario ended"


def test_an_orderly_end_that_nobody_at_the_device_asked_for_leaves_the_power_on(tmp_path: Path) -> None:
    (off,) = journal(played(tmp_path, (35, "press")).vault.root, "off")
    assert (off["why"], off["device"]) == ("the scenario ended", False)


def test_a_low_battery_is_signalled_and_again_every_twenty_seconds(tmp_path: Path) -> None:
    shift = played(tmp_path, (10, "battery 15%"), (55, "battery 80%"))
    low = [round(at / 48_000) for at, cue in shift.starts[0].cues if cue.name == "low battery"]
    assert low == [10, 30, 50]
    assert all((cue.tones, cue.vibrations) == (4, 4) for _, cue in shift.starts[0].cues if cue.name == "low battery")


def test_a_start_says_when_it_saw_heard_and_was_ready(tmp_path: Path) -> None:
    reached = {line["what"]: line["since"] for line in journal(played(tmp_path, (35, "press")).vault.root, "reached")}
    assert set(reached) == {"first packet of the camera", "first packet of the microphone", "ready"}
    ready = reached["ready"]
    assert isinstance(ready, int) and 30 * 48_000 <= ready < 33 * 48_000


def test_a_gauge_that_fails_after_it_said_that_nothing_is_left_switches_nothing_off() -> None:
    lookout = Lookout(Policy(), Needs(1_000_000, 0, 120, 30))
    lookout.reserve(0, True)
    assert not lookout.empty(RESERVE - 1)
    lookout.reserve(RESERVE - 1, False)
    assert not lookout.empty(RESERVE)


def test_a_stop_is_honest_however_quick_the_camera_is(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    head = HEAD.replace("75 s", "22 s") + '[latency]\ncamera = "0 s"\nmicrophone = "0 s"\nbuttons = "300 ms"\n'
    path.write_text(head + "".join(f'[[event]]\nat = "{at} s"\ndo = "{do}"\n' for at, do in ((2, "double press"), (15, "hold"))))
    shift = play(load_scenario(path), tmp_path)
    assert verify_device(shift.vault.root, shift.authority).state is State.COMPLETE


def test_off_closes_camera_microphone_and_receiver_with_the_tail_of_what_was_recorded() -> None:
    worn = Worn()
    for what in ("see", "double press", "see", "off"):
        worn.do(what)
    closed = [(command.source, command.at) for command in worn.commands if isinstance(command, Capture) and not command.open]
    assert {source for source, _ in closed} == {Source.CAMERA, Source.MICROPHONE, Source.LOCATION}
    off = next(line for line in worn.journal if line["kind"] == "event" and line["event"] == "shutdown")
    assert all(at - int(str(off["t"])) <= TAIL + STEP for _, at in closed)
