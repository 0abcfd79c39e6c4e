"""What waits for its receipt is what lies there, and how old it is its own start's journal says."""

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.errors import StorageError
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.lines import Json
from bwc_agent.storage.held_back import HeldBack, Holdings, Moment, opened
from bwc_agent.units import TICKS
from tests.offload.shift import UTC, Shift, Start

FIRST, SECOND = RecordingName(0, 1), RecordingName(1, 1)
EMPTY = HeldBack(0, 0, 0, None, None)


def worked(root: Path) -> tuple[Shift, Start]:
    """Two recordings of two starts, the second start still running."""
    shift = Shift(root)
    first = shift.start()
    first.record(1, segments=2, notes=True)
    first.end(3 * TICKS)
    second = shift.start()
    second.record(1)
    second.filing.sync()
    return shift, second


def free(vault: Vault, name: RecordingName) -> None:
    """As the custodian does."""
    for path in vault.recording(name).glob("*.tink"):
        path.unlink()


def test_sealed_files_are_counted_and_the_oldest_recording_is_the_first_that_has_any(tmp_path: Path) -> None:
    shift, _ = worked(tmp_path / "vault")
    holdings, files = Holdings(shift.vault), list(shift.vault.recordings.glob("*/*.tink"))
    found = holdings.look(1)
    assert found == HeldBack(2, len(files), sum(path.stat().st_size for path in files), FIRST, Moment(0, UTC))
    free(shift.vault, FIRST)
    assert (holdings.look(1).oldest, holdings.look(1).recordings) == (SECOND, 1)
    free(shift.vault, SECOND)
    assert holdings.look(1) == EMPTY


def test_only_ticks_of_this_process_are_given_as_ticks(tmp_path: Path) -> None:
    shift, _ = worked(tmp_path / "vault")
    found = Holdings(shift.vault).look(1)
    assert (found.tick(0), found.tick(1), found.utc_us) == (0, None, UTC)
    assert (EMPTY.tick(0), EMPTY.utc_us) == (None, None)


def test_a_recording_whose_start_left_no_journal_is_held_all_the_same(tmp_path: Path) -> None:
    shift, _ = worked(tmp_path / "vault")
    shift.vault.journal(0).unlink()
    assert (found := Holdings(shift.vault).look(1)).oldest == FIRST and found.began is None and found.utc_us is None


def test_what_a_running_start_has_not_written_yet_is_seen_when_it_has(tmp_path: Path) -> None:
    shift, start = worked(tmp_path / "vault")
    for name in (FIRST, SECOND):
        free(shift.vault, name)
    shift.vault.recording(RecordingName(1, 2)).mkdir()
    holdings = Holdings(shift.vault)
    assert holdings.look(1) == EMPTY
    shift.vault.recording(RecordingName(1, 2)).rmdir()
    start.record(2)
    assert holdings.look(1).oldest == RecordingName(1, 2)


def test_what_somebody_laid_there_is_not_counted(tmp_path: Path) -> None:
    shift, _ = worked(tmp_path / "vault")
    for name in (FIRST, SECOND):
        free(shift.vault, name)
        (shift.vault.recording(name) / "0001.tink.txt").write_text("no sealed file")
    (shift.vault.recordings / "000000-0099").write_text("no folder")
    assert Holdings(shift.vault).look(1) == EMPTY


def test_a_card_that_cannot_be_looked_at_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(_: Path) -> list[Path]:
        raise OSError(errno.EIO, "Input/output error")

    shift, _ = worked(tmp_path / "vault")
    monkeypatch.setattr(Path, "iterdir", failed)
    with pytest.raises(StorageError, match="Input/output error; check the card"):
        Holdings(shift.vault).look()


WORDS = st.sampled_from(["opened", "anchor", str(FIRST)])
VALUES: st.SearchStrategy[Json] = st.one_of(st.none(), st.integers(-(2**53) + 1, 2**53 - 1), WORDS)
LINES = st.lists(st.dictionaries(st.sampled_from(["kind", "t", "at", "utc", "uncertainty", "source", "recording"]), VALUES), max_size=8)


@given(LINES)
def test_no_journal_is_too_odd_to_be_asked(lines: list[dict[str, Json]]) -> None:
    found = opened(lines, FIRST)
    assert found is None or found.at in [line.get("t") for line in lines]
