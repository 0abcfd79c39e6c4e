"""Names come from start number and counter, and only such names are recordings."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.evidence.layout import RecordingName, Vault, notes_file, segment_file, start_of


def test_a_name_is_read_back() -> None:
    name = RecordingName(3, 1)
    assert str(name) == "000003-0001"
    assert RecordingName.parse("000003-0001") == name


@pytest.mark.parametrize("text", ["", "3-1", "000003-0001.part", "../000003-0001", "000003-0001\n", "000003_0001"])
def test_another_name_is_none(text: str) -> None:
    assert RecordingName.parse(text) is None


def test_recordings_are_listed_in_the_order_they_were_made(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    assert vault.names() == []
    for name in ("000010-0001", "000002-0011", "000002-0002", "lost+found", ".000001-0001.tmp"):
        (vault.recordings / name).mkdir(parents=True)
    assert vault.names() == [RecordingName(2, 2), RecordingName(2, 11), RecordingName(10, 1)]


@given(start=st.integers(0, 10**15 - 1))
def test_a_journal_s_name_tells_its_start(start: int) -> None:
    assert start_of(Vault(Path()).journal(start).stem) == start_of(Vault(Path()).journal_signer(start).stem) == start


@pytest.mark.parametrize("stem", ["", "x", "-1", "٣", "000003@20", "1 ", "9" * 16, "9" * 5000])
def test_what_is_no_number_of_a_start_is_none(stem: str) -> None:
    assert start_of(stem) is None


def test_every_path_stands_where_the_format_says(tmp_path: Path) -> None:
    vault, name = Vault(tmp_path), RecordingName(3, 1)
    assert vault.journal(3) == tmp_path / "journal/000003.jsonl"
    assert vault.journal_signer(3) == tmp_path / "journal/000003.pem"
    assert vault.recording(name) / segment_file(1) == tmp_path / "recordings/000003-0001/0001.tink"
    assert vault.recording(name) / notes_file(1) == tmp_path / "recordings/000003-0001/0001.notes.tink"
    folders = (vault.trust, vault.keys, vault.inbox, vault.released)
    assert [path.name for path in folders] == ["trust", "keys", "inbox", "released.jsonl"]
