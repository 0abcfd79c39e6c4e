"""The one writer: what it was asked for is done or told, and a card that hangs does not hold the end up."""

import threading
from pathlib import Path

import pytest

from bwc_agent.errors import StorageError
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.requests import JournalLine, Request, Sync
from bwc_agent.storage import writer
from bwc_agent.storage.filing import Filing
from bwc_agent.storage.startup import open_device, open_journal
from bwc_agent.storage.writer import Writer
from tests.bench.device import SERIAL, enrolled


class Stalling(Filing):
    """Real files; a request waits until the card goes on."""

    goes_on = threading.Event()

    def perform(self, request: Request) -> None:
        self.goes_on.wait()
        super().perform(request)


def test_a_card_that_hangs_does_not_hold_the_end_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, key, recipients = enrolled(tmp_path / "vault", [RecipientPrivate.generate()])
    device = open_device(vault, SERIAL, key, recipients)
    answered: list[int] = []
    made = Writer(Stalling(device, open_journal(device, 0, [])), answered.append)
    made.submit(JournalLine(1, "part", {}))
    made.submit(Sync(1))
    with monkeypatch.context() as patch:
        patch.setattr(writer, "PATIENCE", 0.0)
        for end in (made.close, made.cut):
            with pytest.raises(StorageError, match="the card hangs"):
                end()
    assert answered == []
    Stalling.goes_on.set()
