"""An offloader that does what it likes in the inbox: the custodian gives up nothing, is held up by nothing, and goes on afterwards."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from bwc_agent.evidence.receipts import read_receipt
from bwc_agent.offload.folder import Folder
from tests.agency.docked import run as custody
from tests.faults.hostile_inbox import DEEDS, Post, swapping
from tests.faults.store_judge import Judgement
from tests.faults.store_story import Sides, StoreStory, worked
from tests.offload.shift import tree

SERIAL = "HOSTILE-1"


@pytest.fixture
def story(tmp_path: Path) -> StoreStory:
    """Everything is delivered, and the agency has given its receipts."""
    dock = tmp_path / "dock"
    dock.mkdir()
    shift = worked(tmp_path / "vault", SERIAL)

    def held() -> Mapping[str, Mapping[str | None, bytes]]:
        return {path: {None: data} for path, data in tree(dock / SERIAL).items()}

    story = StoreStory(shift, Sides(lambda: Folder(dock), lambda: [item.path for item in custody(shift, dock).wrong], held))
    story.step(story.deliver)
    story.step(story.sides.custody)
    return story


@pytest.fixture
def post(story: StoreStory, tmp_path: Path) -> Post:
    return Post(story.shift, tree(tmp_path / "dock" / SERIAL / "mailbox"), story.shift.vault.inbox)


def files(post: Post, names: list[str]) -> set[str]:
    found = [read_receipt(post.genuine[name], post.shift.desk.receipts.certificate) for name in names]
    return {f"recordings/{receipt.recording}/{receipt.file}" for receipt in found}


@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_is_given_up_and_nobody_elses_message_is_held_up(story: StoreStory, post: Post, deed: str) -> None:
    before = story.left
    DEEDS[deed](post)
    taken = [name for name in post.genuine if (post.inbox / name).is_symlink()]
    story.step(story.release)
    assert (story.left, story.found) == (before, Judgement())
    assert story.said
    story.step(story.mail)
    story.step(story.release)
    assert (set(story.left), story.found) == (files(post, taken), Judgement())
    shutil.rmtree(post.inbox)
    post.inbox.mkdir()
    story.round()
    assert (story.left, story.found) == ([], Judgement())


def test_what_is_exchanged_while_it_is_read_is_one_or_the_other_and_never_more(story: StoreStory, post: Post) -> None:
    with swapping(post):
        for _ in range(3):
            story.step(story.release)
    assert story.found == Judgement()
    shutil.rmtree(post.inbox)
    post.inbox.mkdir()
    story.round()
    assert (story.left, story.found) == ([], Judgement())


def test_an_inbox_that_became_a_link_into_the_evidence_is_refused(story: StoreStory, post: Post) -> None:
    story.round()
    receipts = post.shift.vault.recordings / "000000-0001" / "receipts"
    before = tree(receipts)
    post.inbox.rmdir()
    post.inbox.symlink_to(receipts)
    story.step(story.release)
    assert tree(receipts) == before and story.found == Judgement()
    assert "it must be a folder, no link to one" in story.said[-1]
