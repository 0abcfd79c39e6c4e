"""A docking that leads nowhere, and the next one: nothing is lost, the officer sees it, and the record says so."""

from pathlib import Path

import pytest

from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.units import TICKS
from simulator.scenario import load_scenario
from tests.e2e.played import SERIAL, Shift, enrolled, go_on
from tests.journals import journal

SHIFT = """
length = "{length} s"
[dock]
speed = "100 kB/s"
[settings.picture]
size = "320x180"
rate = 20
bitrate = "300 kb/s"
[settings.offload]
driver = "folder"
folder = "the dock's"
alarm = "1 h"
"""


Lights = list[tuple[float, str]]


def played(root: Path, length: int, *events: tuple[float, str]) -> tuple[Shift, Lights]:
    """The shift, and each light with the second at which it was there first."""
    path = root / "scenario.toml"
    path.write_text(SHIFT.format(length=length) + "".join(f'[[event]]\nat = "{at} s"\ndo = "{do}"\n' for at, do in events))
    shift, lights = enrolled(root), Lights()

    def look(now: int) -> None:
        if shift.worlds and (light := shift.worlds[-1].light.value) not in [name for _, name in lights[-1:]]:
            lights.append((now / TICKS, light))

    go_on(shift, load_scenario(path), at=look)
    return shift, lights


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shift, Lights]:
    return played(
        tmp_path_factory.mktemp("failed"), 140,
        (5, "double press"), (40, "hold"), (45, "unplug destination"), (50, "dock"), (62, "undock"),
        (65, "plug destination"), (75, "dock"),
    )  # fmt: skip


def test_everything_is_there_after_the_next_docking(failed: tuple[Shift, Lights]) -> None:
    shift, _ = failed
    (start,) = shift.starts
    assert len(start.faults) == 1 and "plug the destination in" in start.faults[0]
    assert start.offloaded is not None and start.offloaded.files_done == start.offloaded.files > 0
    assert verify_device(shift.vault.root, shift.authority).state is State.COMPLETE
    for path in shift.vault.recordings.rglob("*.tink"):
        copy = shift.root / "storage" / SERIAL / "recordings" / path.relative_to(shift.vault.recordings)
        assert copy.read_bytes() == path.read_bytes()


def test_the_light_says_what_the_dock_does(failed: tuple[Shift, Lights]) -> None:
    _, lights = failed
    docked = [(at, light) for at, light in lights if at >= 50]
    assert [light for _, light in docked] == [
        "blue", "amber, slow blink", "green, slow blink", "blue", "blue, fast blink", "blue",
    ]  # fmt: skip
    assert docked[1][0] < 53 and docked[-1][0] - docked[-2][0] > 5


def test_the_journal_says_where_it_changed_and_no_more(failed: tuple[Shift, Lights]) -> None:
    shift, _ = failed
    lines = journal(shift.vault.root, "delivery")
    assert [(bool(line["failing"]), line["running"]) for line in lines] == [(True, False), (False, True), (False, False)]
    assert lines[-1]["done"] == lines[-1]["files"] and lines[-2]["done"] == 0
    events = [line["event"] for line in journal(shift.vault.root, "event") if str(line["event"]).startswith("delivery")]
    assert events == ["delivery failed", "delivery began", "delivery ended"]


def test_evidence_that_nobody_fetches_is_said_at_the_dock_by_the_recorders_own_measure(tmp_path: Path) -> None:
    shift, _ = played(tmp_path, 160, (5, "double press"), (20, "hold"), (30, "cut power"), (35, "boot"), (60, "set clock 2027"),
                      (120, "dock"), (140, "undock"))  # fmt: skip
    cues = [(at // TICKS, cue.name) for at, cue in shift.starts[-1].cues]
    assert cues == [(85, "overdue"), (105, "overdue")]
    (held,) = journal(shift.vault.root, "held", 1)
    assert held["recordings"] == 1 and int(str(held["age"])) > 200 * 24 * 3600 * TICKS
    assert verify_device(shift.vault.root, shift.authority).state is State.COMPLETE
