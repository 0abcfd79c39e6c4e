"""The simulator's dock moves as many bytes as its link would have, and no more."""

from pathlib import Path

import pytest

from bwc_agent.units import seconds
from simulator.run import Dock
from tests.evidence.trial import SERIAL
from tests.offload.shift import Shift, tree
from tests.offload.test_offload_engine import expected, one_shift


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    made = Shift(tmp_path / "vault")
    one_shift(made)
    return made


def test_a_slow_link_has_moved_a_part_when_the_camera_is_taken_out_and_the_rest_after_it_is_back(shift: Shift, tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    storage.mkdir()
    whole = {name: data for name, data in expected(shift.vault).items() if "000001" not in name or "recordings" in name or "pem" in name}
    speed = sum(map(len, whole.values())) // 10
    dock = Dock(shift.vault, SERIAL, storage, lambda: 1, speed)
    for second in range(6):
        dock.tick(seconds(second), True)
    there = {name for name in tree(storage / SERIAL) if not name.split("/")[-1].startswith(".")}
    assert 0 < len(there) < len(whole) and not dock.done
    dock.tick(seconds(6), False)
    for second in range(7, 40):
        dock.tick(seconds(second), True)
    assert dock.done and whole.items() <= tree(storage / SERIAL).items()
