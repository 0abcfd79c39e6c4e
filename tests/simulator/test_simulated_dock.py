"""The dock of a scenario delivers as fast as its link, says how far it is, and fails where nothing is behind it."""

from pathlib import Path

from bwc_agent.control.inputs import Delivery
from bwc_agent.units import TICKS
from simulator.dock import Dock, Link
from tests.offload.shift import Shift

SPEED = 200_000
"""Bytes a second: the shift below takes some seconds."""


class Docking:
    """A device that has recorded, in a dock."""

    def __init__(self, root: Path, *unplugged: tuple[int, int]) -> None:
        shift = Shift(root / "vault")
        start = shift.start()
        start.record(1, segments=8)
        start.end(9 * TICKS)
        (root / "storage").mkdir()
        spans = tuple((begin * TICKS, end * TICKS) for begin, end in unplugged)
        self.dock = Dock(shift.vault, shift.serial, Link(root / "storage", SPEED, spans), lambda: 1)
        self.storage = root / "storage" / shift.serial
        self.size = sum(path.stat().st_size for path in shift.vault.recordings.rglob("*") if path.is_file())

    def seconds(self, since: int, until: int, idle: bool = True) -> list[Delivery]:
        """What is said meanwhile, with twenty ticks a second."""
        return [said for k in range(since * 20, until * 20) for said in self.dock.tick(k * TICKS // 20, idle)]


def test_it_delivers_at_the_speed_of_its_link_and_says_so_each_second(tmp_path: Path) -> None:
    docking = Docking(tmp_path)
    said = docking.seconds(0, 60)
    took = sum(item.running for item in said)
    assert docking.size // SPEED <= took <= docking.size // SPEED + 3
    assert [item.at for item in said] == [k * TICKS for k in range(60)]
    assert [item.percent for item in said] == sorted(item.percent for item in said)
    last = said[-1]
    assert (last.running, last.done, last.percent, last.failing) == (False, last.files, 100, "") and last.files > 8


def test_what_undocking_interrupts_goes_on_at_the_next_docking(tmp_path: Path) -> None:
    docking = Docking(tmp_path)
    first = docking.seconds(0, 2)
    assert 0 < first[-1].done < first[-1].files
    assert docking.seconds(2, 4, idle=False) == []
    again = docking.seconds(4, 60)
    assert again[-1].files < first[-1].files and again[-1].done == again[-1].files


def test_nothing_behind_it_is_a_failure_until_the_next_docking_and_one_fault(tmp_path: Path) -> None:
    docking = Docking(tmp_path, (0, 5))
    said = docking.seconds(0, 8)
    assert all("plug the destination in" in item.failing and not item.running for item in said)
    assert docking.dock.faults == [said[0].failing] and not docking.storage.exists()
    docking.seconds(8, 9, idle=False)
    assert docking.seconds(9, 60)[-1].percent == 100


def test_a_destination_that_goes_away_in_the_middle_stops_the_delivery(tmp_path: Path) -> None:
    docking = Docking(tmp_path, (2, 50))
    said = docking.seconds(0, 60)
    assert [item.running for item in said[:2]] == [True, True]
    assert said[2].failing and said[-1].failing and 0 < said[-1].percent < 100
