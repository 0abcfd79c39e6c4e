"""What was sealed opens for whom it was sealed, as the log binds it, and for nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from bwc_agent.agency.open import open_notes, open_sealed
from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.verify_log import read_signed_log
from bwc_agent.fmp4.reader import read_segment
from bwc_agent.packets import Track
from tests.fmp4.fmp4_material import pictures
from tests.offload.shift import Shift


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    made = Shift(tmp_path / "vault")
    start = made.start()
    start.record(1, notes=True)
    start.begin(2)
    start.cut()
    return made


def _recording(shift: Shift, number: int) -> tuple[Path, RecordingLog]:
    folder = shift.vault.recording(RecordingName(0, number))
    return folder, read_signed_log(folder, shift.authority)


@pytest.mark.parametrize("number", [1, 2])
def test_a_segment_opens_to_the_samples_that_went_in_finished_or_cut(shift: Shift, number: int) -> None:
    folder, log = _recording(shift, number)
    if number == 2:
        with (folder / "0001.tink").open("ab") as file:
            file.write(bytes(6000))
    found = read_segment(open_sealed(folder, log.media[0], shift.desk.recipient)).samples
    assert [s.data for s in found if s.track is Track.VIDEO] == [unit.data for unit in pictures()[:30]]


def test_notes_open_to_their_lines_without_the_padding(shift: Shift) -> None:
    folder, log = _recording(shift, 1)
    assert open_notes(folder, log.files[1], shift.desk.recipient) == [
        {"kind": "position", "latitude_e7": 1, "longitude_e7": 2, "t": 1},
    ]


def test_a_file_of_which_nothing_is_signed_opens_to_nothing(shift: Shift) -> None:
    folder, log = _recording(shift, 2)
    unsigned = SealedFile("0001.tink", log.media[0].identity, log.media[0].line)
    assert open_sealed(folder, unsigned, shift.desk.recipient) == b""


def test_a_key_that_it_was_not_sealed_for_is_told_who_could_open(shift: Shift) -> None:
    folder, log = _recording(shift, 1)
    with pytest.raises(IntegrityError, match=f"sealed for {shift.desk.recipient.public('').id}"):
        open_sealed(folder, log.media[0], RecipientPrivate.generate())


def test_a_key_other_than_the_committed_one_opens_nothing(shift: Shift) -> None:
    folder, log = _recording(shift, 1)
    file = replace(log.media[0], line={**log.media[0].line, "commit": "0" * 64})
    with pytest.raises(IntegrityError, match="commits"):
        open_sealed(folder, file, shift.desk.recipient)


def test_a_line_other_than_the_one_it_was_sealed_under_opens_nothing(shift: Shift) -> None:
    folder, log = _recording(shift, 1)
    file = replace(log.media[0], line={**log.media[0].line, "t": 17})
    with pytest.raises(IntegrityError, match="does not open"):
        open_sealed(folder, file, shift.desk.recipient)


def test_changed_bytes_are_refused_before_any_key_is_tried(shift: Shift) -> None:
    folder, log = _recording(shift, 1)
    data = bytearray((folder / "0001.tink").read_bytes())
    data[5000] ^= 1
    (folder / "0001.tink").write_bytes(data)
    with pytest.raises(IntegrityError, match="not those that the device signed"):
        open_sealed(folder, log.media[0], RecipientPrivate.generate())


def test_a_file_that_cannot_be_read_is_the_disks_fault(shift: Shift) -> None:
    folder, log = _recording(shift, 1)
    (folder / "0001.tink").unlink()
    with pytest.raises(StorageError):
        open_sealed(folder, log.media[0], shift.desk.recipient)
