"""A real store whose own disk fills up in the middle of a delivery: it fails as a full store does, until somebody makes room."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.small_disk import enlarge, mountable, small_disk
from tests.faults.store_stage import Stage, stage
from tests.faults.store_table import Docked

SMALL, LARGE = 36 << 20, 512 << 20
WHAT = "the store's disk full, then enlarged"


def full() -> Iterator[Docked]:
    """A row; none where no disk can be mounted."""
    if not mountable():
        return
    with TemporaryDirectory() as name, small_disk(Path(name) / "data", SMALL), stage(Path(name)) as here:
        yield _filled(here, Path(name) / "data")


def _filled(here: Stage, disk: Path) -> Docked:
    """Shift after shift is delivered until one does not fit; then there is room, and it is docked once more."""
    for _ in range(SMALL // (8 << 20)):
        with here.story(large=True) as story:
            story.round()
            if story.left:
                unclear = int(not any("the store failed" in each and story.shift.serial in each for each in story.said))
                enlarge(disk, LARGE)
                story.round()
                lost, early = set(story.found.lost), set(story.found.early)
                return Docked(WHAT, 1, len(lost), len(early), unclear, len(story.left), "; ".join(story.said[:2]))
    return Docked(WHAT, note="never became full")
