"""What custody believes of a log, and what it asks of a file: each question alone."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from bwc_agent.agency.custody_check import Word, check_file
from bwc_agent.agency.held import Claim, Journals, read_claims, read_journals
from bwc_agent.errors import IntegrityError, OffloadError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.plain import pieces
from tests.evidence.trial import SERIAL
from tests.offload.shift import Shift

NAME = RecordingName(0, 1)
NOTHING = Journals()


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    """A vault has the form of a device's folder at a destination, under the device's name."""
    return Shift(tmp_path / SERIAL)


def claims(shift: Shift, name: RecordingName = NAME) -> dict[str, Claim]:
    return read_claims(shift.vault.root, name, shift.authority, NOTHING)


def test_a_claim_has_the_end_and_the_last_mark_of_each_file(shift: Shift) -> None:
    shift.start().record(1, notes=True)
    found = claims(shift)
    assert found.keys() == {"0001.tink", "0001.notes.tink"}
    for file, claim in found.items():
        size = (shift.vault.recording(NAME) / file).stat().st_size
        assert claim.end is not None and claim.end[0] == size
        assert claim.mark is not None and 0 < claim.mark[0] < size
        assert (claim.identity.segment, claim.identity.kind) == (1, "notes" if "notes" in file else "media")


@pytest.mark.parametrize("first", [{"recording": 2, "start": 0}, {"recording": 1, "start": 1}, {"device": "X", "recording": 1, "start": 0}])
def test_a_log_that_says_it_is_another_recordings_is_not_believed(shift: Shift, first: dict[str, Json]) -> None:
    shift.start().forge_log(shift.vault.recording(NAME), first)
    with pytest.raises(IntegrityError, match=r"another start or device|moved"):
        claims(shift)


def test_a_log_signed_by_a_later_start_is_not_believed(shift: Shift) -> None:
    shift.start().off()
    shift.start().forge_log(shift.vault.recording(NAME), {"recording": 1, "start": 0})
    with pytest.raises(IntegrityError, match="another start or device"):
        claims(shift)


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("0002.tink", {}),
        ("0001.notes.tink", {}),
        ("../0001.tink", {}),
        ("0001.tink", {"recording": 2}),
        ("0001.tink", {"start": 1}),
        ("0001.tink", {"device": "X"}),
        ("0001.tink", {"segment": 12345}),
    ],
)
def test_a_file_announced_under_anothers_identity_is_not_believed(shift: Shift, file: str, changes: dict[str, Json]) -> None:
    identity: dict[str, Json] = {"device": SERIAL, "kind": "media", "recording": 1, "segment": 1, "start": 0}
    line: dict[str, Json] = {"file": file, "identity": identity | changes, "kind": "segment"}
    shift.start().forge_log(shift.vault.recording(NAME), {"recording": 1, "start": 0}, line)
    with pytest.raises(IntegrityError, match="identity of another file"):
        claims(shift)


def test_the_longest_copy_of_an_open_log_counts_until_the_closed_one_is_there(shift: Shift) -> None:
    shift.start().record(1)
    folder = shift.vault.recording(NAME)
    log = (folder / "log.jsonl").read_bytes()
    lines = log.splitlines(keepends=True)
    signed = [len(b"".join(lines[: n + 1])) for n, line in enumerate(lines) if b'"kind":"sig"' in line]
    (folder / "log.jsonl").unlink()
    with pytest.raises(OffloadError, match="dock again"):
        claims(shift)
    for size in (signed[0], signed[-2]):
        (folder / f"log@{size}.jsonl").write_bytes(log[:size])
    found = claims(shift)["0001.tink"]
    assert found.mark is not None and found.end is None
    (folder / "log.jsonl").write_bytes(log)
    assert claims(shift)["0001.tink"].end is not None


def test_journals_say_what_they_found_and_which_is_the_newest(shift: Shift) -> None:
    start = shift.start()
    start.begin(1)
    start.cut()
    shift.start()
    journals = read_journals(shift.vault.root, shift.authority)
    assert journals.newest is not None and journals.newest.start == 1
    assert journals.found.keys() == {f"recordings/{NAME}/{file}" for file in ("0001.tink", "log.jsonl", "signer.pem")}


@pytest.mark.parametrize(("size", "word"), [(0, Word.HELD), (-1, Word.ALTERED), (1, Word.ALTERED)])
def test_the_last_mark_must_hold_even_where_the_end_does(shift: Shift, size: int, word: Word) -> None:
    shift.start().record(1)
    claim = claims(shift)["0001.tink"]
    assert claim.mark is not None
    claim = dataclasses.replace(claim, mark=(claim.mark[0] + size, claim.mark[1]))
    assert check_file(pieces(shift.vault.recording(NAME) / "0001.tink"), claim, None).word is word


def test_a_key_that_the_log_did_not_commit_to_opens_nothing(shift: Shift) -> None:
    shift.start().record(1)
    claim = claims(shift)["0001.tink"]
    claim = dataclasses.replace(claim, line={**claim.line, "commit": "0" * 64})
    checked = check_file(pieces(shift.vault.recording(NAME) / "0001.tink"), claim, shift.desk.recipient)
    assert (checked.word, checked.opened) == (Word.ALTERED, False)
    assert "commits to" in checked.why


def test_what_is_bound_to_another_line_does_not_open(shift: Shift) -> None:
    shift.start().record(1)
    claim = claims(shift)["0001.tink"]
    claim = dataclasses.replace(claim, line={**claim.line, "base": 7})
    checked = check_file(pieces(shift.vault.recording(NAME) / "0001.tink"), claim, shift.desk.recipient)
    assert (checked.word, checked.opened) == (Word.ALTERED, False)
    assert "does not open" in checked.why


def test_what_is_longer_than_what_was_signed_is_not_read_to_its_end(shift: Shift) -> None:
    shift.start().record(1)
    claim = claims(shift)["0001.tink"]
    read: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield bytes(1 << 20)

    found = check_file(endless(), claim, shift.desk.recipient)
    assert found.word is Word.ALTERED and len(read) <= 2
    assert check_file(endless(), dataclasses.replace(claim, end=None, found=None), None).word is Word.ALTERED
    assert check_file(endless(), dataclasses.replace(claim, end=None, found=None, mark=None), None).word is Word.UNPROVEN
