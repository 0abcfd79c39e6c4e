"""A film has its name when it is whole, one owner while it is made, and no reader but its owner."""

import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bwc_agent.agency.export import export
from bwc_agent.agency.unfinished import unfinished
from bwc_agent.errors import StorageError
from bwc_agent.files import AlreadyThereError, leftover
from tests.agency.exported import ORDER, exported, frames
from tests.evidence_made import long_take, plain_film
from tests.offload.shift import Shift


def test_the_file_has_its_name_only_afterwards_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with unfinished(path) as temporary:
        temporary.write_bytes(b"whole")
        assert not path.exists()
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"whole", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_program_left_is_built_over(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    leftover(path).write_bytes(b"half of another film")
    with unfinished(path) as temporary:
        temporary.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"


def test_after_a_failure_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), unfinished(tmp_path / "film.mp4") as temporary:
        temporary.write_bytes(b"half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_was_taken_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with pytest.raises(AlreadyThereError, match="never replaced"), unfinished(path) as temporary:
        temporary.write_bytes(b"mine")
        path.write_bytes(b"another's")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"another's", [path])


@contextmanager
def _building(path: Path) -> Iterator[None]:
    """Inside, another thread is in the middle of building `path`."""
    began, enough = threading.Event(), threading.Event()

    def build() -> None:
        with unfinished(path) as temporary:
            temporary.write_bytes(b"theirs")
            began.set()
            enough.wait(10)

    thread = threading.Thread(target=build)
    thread.start()
    try:
        assert began.wait(10)
        yield
    finally:
        enough.set()
        thread.join(10)


def test_a_second_builder_is_refused_and_the_first_is_not_disturbed(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with _building(path), pytest.raises(AlreadyThereError, match="another export"), unfinished(path):
        pytest.fail("two programs wrote the same file")
    assert path.read_bytes() == b"theirs"


def test_a_link_laid_in_the_way_leads_nowhere(tmp_path: Path) -> None:
    path, victim = tmp_path / "film.mp4", tmp_path / "victim"
    victim.write_bytes(b"untouched")
    leftover(path).symlink_to(victim)
    with pytest.raises(StorageError), unfinished(path):
        pytest.fail("it followed the link")
    assert victim.read_bytes() == b"untouched"


def test_two_exports_of_one_recording_at_once_leave_one_that_plays(tmp_path: Path) -> None:
    shift = Shift(tmp_path / "vault")
    folder = shift.vault.recording(long_take(shift.start(), 1, films=[plain_film()] * 2))
    refused = list[AlreadyThereError]()

    def again(done: int, _all: int) -> None:
        if done == 1:
            with pytest.raises(AlreadyThereError) as caught:
                exported(shift, folder, tmp_path / "out")
            refused.append(caught.value)

    (tmp_path / "out").mkdir()
    done = export(folder, shift.authority, shift.desk.recipient, ORDER, tmp_path / "out", again)
    assert len(refused) == 1 and len(frames(done.mp4)) == 60
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()} == {0o600}
