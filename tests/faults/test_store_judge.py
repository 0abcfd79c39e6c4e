"""What the judge of a docking must notice, and what it must let pass: over a folder, where a hand can do any harm."""

from pathlib import Path

import pytest

from bwc_agent.offload.folder import Folder
from tests.agency.docked import run as custody
from tests.faults.store_judge import Held, Judgement
from tests.faults.store_story import Sides, StoreStory, worked
from tests.offload.shift import tree

SERIAL = "JUDGED-1"
SEGMENT = "recordings/000000-0001/0001.tink"


@pytest.fixture
def dock(tmp_path: Path) -> Path:
    (tmp_path / "dock").mkdir()
    return tmp_path / "dock"


@pytest.fixture
def story(tmp_path: Path, dock: Path) -> StoreStory:
    shift = worked(tmp_path / "vault", SERIAL)

    def held() -> Held:
        return {path: {None: data} for path, data in tree(dock / SERIAL).items()}

    return StoreStory(shift, Sides(lambda: Folder(dock), lambda: [item.path for item in custody(shift, dock).wrong], held))


def nothing() -> list[str]:
    return []


def test_an_honest_round_gives_up_everything_and_loses_nothing(story: StoreStory) -> None:
    assert len(story.left) == 5
    story.round()
    assert (story.left, story.found) == ([], Judgement())
    assert [line.partition(":")[0] for line in story.said] == ["mail"]


def test_a_file_that_is_gone_undelivered_is_lost_and_early(story: StoreStory) -> None:
    (story.shift.vault.root / SEGMENT).unlink()
    story.step(nothing)
    assert story.found == Judgement((SEGMENT,), (SEGMENT,))


def test_a_file_that_is_gone_before_its_receipt_is_early(story: StoreStory) -> None:
    story.step(story.deliver)
    (story.shift.vault.root / SEGMENT).unlink()
    story.step(nothing)
    assert story.found == Judgement((), (SEGMENT,))


def test_a_file_that_the_store_lost_after_its_release_is_lost_and_early(story: StoreStory, dock: Path) -> None:
    story.round()
    (dock / SERIAL / SEGMENT).write_bytes(b"other")
    story.step(nothing)
    assert story.found == Judgement((SEGMENT,), (SEGMENT,))


def test_a_receipt_that_is_removed_proves_nothing_any_more(story: StoreStory) -> None:
    story.round()
    for receipt in (story.shift.vault.root / SEGMENT).parent.glob("receipts/*"):
        receipt.write_bytes(receipt.read_bytes()[:-2] + b"x\n")
    story.step(nothing)
    assert story.found.lost == () and SEGMENT in story.found.early


def test_a_changed_log_is_lost(story: StoreStory) -> None:
    log = "recordings/000000-0001/log.jsonl"
    (story.shift.vault.root / log).write_bytes(b"")
    story.step(nothing)
    assert story.found.lost == (log,)
