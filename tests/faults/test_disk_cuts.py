"""A short part of `make faults`: power cuts at some system calls of the story, judged as all of them are there."""

from pathlib import Path

import pytest

from tests.faults.cuts import cards
from tests.faults.disk_rows import rows
from tests.faults.fates import WORST
from tests.faults.recovery import contents
from tests.faults.story import Story, objects, tell

SEED = 45
SOME = 40


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return tell(tmp_path_factory.mktemp("told") / "story")


def test_the_tape_of_the_story_ends_with_the_card_as_it_is(story: Story, tmp_path: Path) -> None:
    end, everything = len(story.tape.calls), WORST[1]
    (left,) = [contents(card.vault) for card in cards(story, {end: [everything]}, tmp_path / "card")]
    assert left == contents(story.vault)


def test_the_story_has_all_that_can_be_cut(story: Story) -> None:
    """Four recordings: closed with notes, closed, killed, closed; the agency has, and the device has released, the first three."""
    assert [str(name) for name in story.asked] == ["000000-0001", "000000-0002", "000000-0003", "000001-0001"]
    assert all(asked.secured for asked in story.asked.values())
    assert [asked.closed for asked in story.asked.values()] == [True, True, False, True]
    sealed = {Path(name).parent.name for name in objects(story.desk.storage) if name.endswith(".tink")}
    assert sealed == {"000000-0001", "000000-0002", "000000-0003"}
    assert {path.parent.name for path in story.vault.root.rglob("*.tink")} == {"000001-0001"}


def test_cuts_at_some_calls_lose_no_more_than_is_promised_and_accuse_nobody() -> None:
    for row in rows(SEED, SOME):
        assert row.runs and (row.unverified, row.missing) == (0, 0), row
        assert (row.stored or 0.0) <= 0.5 and (row.signed or 0.0) <= 1.0, row
