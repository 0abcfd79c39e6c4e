"""A start on a card that fails is refused by name, holds nothing open, and can be tried again."""

import os
from pathlib import Path

import pytest

from bwc_agent import files
from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.recipients import RecipientPrivate, RecipientPublic
from bwc_agent.evidence.requests import OpenRecording
from bwc_agent.storage.starts import Starts
from tests.bench.device import SERIAL, enrolled
from tests.journals import journal
from tests.striking import Striking, refusing


@pytest.fixture
def vault(tmp_path: Path) -> tuple[Vault, list[RecipientPublic]]:
    """A device that was started once."""
    vault, _, recipients = enrolled(tmp_path / "vault", [RecipientPrivate.generate()])
    return vault, recipients


def starts(vault: tuple[Vault, list[RecipientPublic]]) -> Starts:
    return Starts(vault[0], SERIAL, vault[1], [])


def test_a_card_that_cannot_be_read_is_an_error_of_storage_and_the_next_try_goes_on(
    vault: tuple[Vault, list[RecipientPublic]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = starts(vault)
    made.begin(0).filing.abandon()

    def refuse(of: Vault) -> list[RecordingName]:
        raise OSError(5, "Input/output error", str(of.recordings))

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "names", refuse)
        with pytest.raises(StorageError, match=r"cannot read .*check the card"):
            made.begin(10)
    start = made.begin(10)
    start.filing.close()
    assert [line["start"] for line in journal(vault[0].root, "continues", start.device.start)] == [start.device.start - 1]
    assert journal(vault[0].root, "continues", start.device.start - 1) == [], "the first of a process continues none"


@pytest.mark.parametrize("after", range(24))
def test_a_start_that_fails_leaves_no_file_open(
    vault: tuple[Vault, list[RecipientPublic]], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    card, made, before = Striking(), starts(vault), len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(files, "os", card)
    card.strike(after, refusing())
    start = None
    try:
        start = made.begin(0)
        start.filing.perform(OpenRecording(0, 1, {}))
    except StorageError:
        pass
    if start is not None:
        start.filing.abandon()
    assert len(os.listdir("/proc/self/fd")) == before
