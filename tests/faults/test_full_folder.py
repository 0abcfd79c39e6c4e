"""A dock's disk that fills up in the middle: said, nothing given up that is not there, and gone on with once there is room."""

from pathlib import Path

import pytest

from bwc_agent.offload.folder import Folder
from tests.agency.docked import run as custody
from tests.faults.small_disk import enlarge, mountable, small_disk
from tests.faults.store_judge import Judgement
from tests.faults.store_story import Sides, StoreStory, worked
from tests.offload.shift import tree

SERIAL = "FULL-1"
WHOLE = 16 << 20


@pytest.mark.skipif(not mountable(), reason="needs the right to mount a small disk")
@pytest.mark.parametrize("size", [16 << 10, 200 << 10, 400 << 10, 490 << 10])
def test_a_full_disk_is_named_and_costs_nothing(tmp_path: Path, size: int) -> None:
    dock = tmp_path / "dock"
    with small_disk(dock, size):
        shift = worked(tmp_path / "vault", SERIAL)
        sides = Sides(
            lambda: Folder(dock, mounted=True),
            lambda: [f"{item.path}: {item.checked.why}" for item in custody(shift, dock).wrong],
            lambda: {path: {None: data} for path, data in tree(dock / SERIAL).items()},
        )
        story = StoreStory(shift, sides)
        story.round()
        assert story.left and story.found == Judgement()
        assert any("destination full: make room there" in each and SERIAL in each for each in story.said), story.said
        enlarge(dock, WHOLE)
        story.round()
        assert (story.left, story.found) == ([], Judgement())
