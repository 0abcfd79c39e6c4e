"""Another start on a disk that failed: whatever comes of it, the core hears of it, or it would wait for ever."""

from pathlib import Path

import pytest

from bwc_agent.control.inputs import Reopened, SourceChange
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.trusted import trusted_recipients
from bwc_agent.live.storage import LiveStorage
from bwc_agent.live.stream import Stream
from bwc_agent.storage.starts import Start, Starts
from tests.live.enrolled import SERIAL, device
from tests.live.stage import heard


def test_a_start_that_ends_in_a_bug_is_told_and_the_next_one_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(Path(device(tmp_path).vault))
    stream = Stream(lambda: 0)
    storage = LiveStorage(Starts(vault, SERIAL, trusted_recipients(vault.trust), []), 0, stream)

    def bug(starts: Starts, at: int) -> Start:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(Starts, "begin", bug)
        storage.reopen(0)
        (lost,) = heard(stream)
    assert isinstance(lost, SourceChange) and lost.lost and "report this as a bug" in lost.why
    storage.reopen(0)
    (back,) = heard(stream)
    assert isinstance(back, Reopened) and (back.before, back.start) == (0, 1)
    storage.close()
