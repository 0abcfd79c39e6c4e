"""A folder as destination: whole or absent, never replaced, and every error of its disk named."""

import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import OffloadError
from bwc_agent.files import leftover
from bwc_agent.offload import rename
from bwc_agent.offload.destination import Destination, ObjectError, parts
from bwc_agent.offload.folder import Folder

NAME = "BWC-0001/recordings/000000-0001/0001.tink"


def put(destination: Destination, data: bytes, name: str = NAME, piece: int = 4) -> int:
    return sum(destination.put(name, len(data), _cut(data, piece)))


def _cut(data: bytes, piece: int) -> Iterable[bytes]:
    return [data[at : at + piece] for at in range(0, len(data), piece)]


def test_an_object_is_there_whole_and_durable_once_the_pieces_are_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert put(Folder(tmp_path), b"0123456789") == 10
    path = tmp_path / NAME
    assert path.read_bytes() == b"0123456789"
    assert synced[-2:] == [str(leftover(path)), str(path.parent)]
    assert {str(tmp_path), str(tmp_path / "BWC-0001"), str(tmp_path / "BWC-0001/recordings")} <= set(synced)
    assert os.listdir(path.parent) == ["0001.tink"]


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=64), st.integers(1, 9), st.integers(0, 70))
def test_stopped_at_any_piece_it_is_not_there_and_a_new_put_makes_it_whole(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, piece: int, stop: int
) -> None:
    root = tmp_path_factory.mktemp("dock")
    destination = Folder(root)
    steps = destination.put(NAME, len(data), _cut(data, piece))
    if stop * piece < len(data):
        for _ in range(stop + 1):
            next(steps)
        assert destination.sizes("BWC-0001") == {}
        assert destination.names("BWC-0001/recordings/000000-0001") == []
    assert put(destination, data, piece=piece) == len(data)
    assert destination.sizes("BWC-0001") == {NAME: len(data)}
    assert destination.read(NAME, len(data)) == data
    assert os.listdir((root / NAME).parent) == ["0001.tink"]


@pytest.mark.parametrize("there", [b"", b"012345678", b"0123456780", b"01234567890"])
def test_an_object_with_other_content_is_left_as_it_is(tmp_path: Path, there: bytes) -> None:
    put(Folder(tmp_path), there)
    with pytest.raises(OffloadError, match="other bytes"):
        put(Folder(tmp_path), b"0123456789")
    assert (tmp_path / NAME).read_bytes() == there


def test_putting_the_same_again_writes_nothing(tmp_path: Path) -> None:
    put(Folder(tmp_path), b"0123456789")
    before = (tmp_path / NAME).stat()
    assert put(Folder(tmp_path), b"0123456789") == 10
    assert (tmp_path / NAME).stat().st_mtime_ns == before.st_mtime_ns


def test_a_writer_that_came_first_is_not_replaced(tmp_path: Path) -> None:
    steps = Folder(tmp_path).put(NAME, 2, [b"a", b"b"])
    next(steps)
    (tmp_path / NAME).write_bytes(b"other")
    with pytest.raises(OffloadError, match="another writer"):
        list(steps)
    assert (tmp_path / NAME).read_bytes() == b"other"


def test_a_source_of_another_length_never_gets_the_name(tmp_path: Path) -> None:
    with pytest.raises(OffloadError, match="instead of 3"):
        list(Folder(tmp_path).put(NAME, 3, [b"a", b"b"]))
    assert Folder(tmp_path).sizes("BWC-0001") == {}


@pytest.mark.parametrize(
    ("number", "mend"),
    [
        (errno.ENOSPC, "destination full"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "unplugged"),
        (errno.EACCES, "permission denied"),
        (errno.ENOTCONN, "not connected"),
        (errno.EBADMSG, "check the destination"),
    ],
)
@pytest.mark.parametrize("call", ["mkdir", "open", "fsync"])
def test_every_error_of_the_disk_names_the_path_and_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, mend: str, call: str
) -> None:
    monkeypatch.setattr(os, call, _failing(number))
    with pytest.raises(OffloadError, match=mend) as caught:
        put(Folder(tmp_path), b"0123456789")
    monkeypatch.undo()
    assert NAME in str(caught.value)
    assert Folder(tmp_path).sizes("BWC-0001") == {}
    assert put(Folder(tmp_path), b"0123456789") == 10


def _failing(number: int) -> Callable[..., int]:
    def fail(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


def test_an_unplugged_disk_is_named_before_anything_is_written(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    for ask in (lambda: Folder(gone).sizes("BWC-0001"), lambda: put(Folder(gone), b"x"), lambda: Folder(gone).names("BWC-0001")):
        with pytest.raises(OffloadError, match="plug the destination in"):
            ask()
    assert not gone.exists()


def test_an_empty_mount_point_is_no_destination_where_a_mount_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(OffloadError, match="not a mount point"):
        put(Folder(tmp_path, mounted=True), b"x")
    assert list(tmp_path.iterdir()) == []
    assert Folder(Path("/proc"), mounted=True).sizes("version-nowhere") == {}


def test_a_file_system_that_syncs_no_folders_still_takes_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda d: _failing(errno.EINVAL)() if os.path.isdir(f"/proc/self/fd/{d}") else real(d))
    assert put(Folder(tmp_path), b"0123456789") == 10
    assert (tmp_path / NAME).read_bytes() == b"0123456789"


@pytest.mark.parametrize("there", [False, True])
def test_without_the_kernels_call_a_link_gives_the_name_and_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setattr(rename, "_renameat2", lambda old, new: False)
    steps = Folder(tmp_path).put(NAME, 1, [b"a"])
    next(steps)
    if there:
        (tmp_path / NAME).write_bytes(b"other")
        with pytest.raises(OffloadError, match="another writer"):
            list(steps)
        assert (tmp_path / NAME).read_bytes() == b"other"
    else:
        assert list(steps) == []
        assert os.listdir((tmp_path / NAME).parent) == ["0001.tink"]


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".hidden", "a/.0001.tink.tmp", "a\\b", "a\nb", "x" * 200]
)
def test_a_name_that_could_lead_out_or_hide_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OffloadError, match="cannot name an object"):
        put(Folder(tmp_path), b"x", name)
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=30))
@settings(max_examples=100)
def test_whatever_passes_as_a_name_stays_below_the_destination(name: str) -> None:
    root = Path("/dock")
    try:
        path = root.joinpath(*parts(name))
    except OffloadError:
        return
    assert os.path.normpath(path) == str(path) and path != root and path.is_relative_to(root)


def test_links_pipes_and_folders_are_no_objects(tmp_path: Path) -> None:
    destination = Folder(tmp_path)
    put(destination, b"x", "box/file")
    (tmp_path / "box/link").symlink_to(tmp_path / "box/file")
    os.mkfifo(tmp_path / "box/pipe")
    (tmp_path / "box/folder").mkdir()
    assert destination.names("box") == ["file", "folder", "link", "pipe"]
    assert destination.sizes("box") == {"box/file": 1}
    for name in ("box/link", "box/pipe", "box/folder"):
        with pytest.raises(OffloadError):
            destination.read(name, 10)
        with pytest.raises(OffloadError):
            put(destination, b"x", name)


def test_an_object_longer_than_the_limit_is_not_read(tmp_path: Path) -> None:
    put(Folder(tmp_path), b"0123456789")
    assert Folder(tmp_path).read(NAME, 10) == b"0123456789"
    with pytest.raises(OffloadError, match="more than 9 bytes"):
        Folder(tmp_path).read(NAME, 9)


def test_a_leftover_of_a_cut_is_listed_by_nobody(tmp_path: Path) -> None:
    put(Folder(tmp_path), b"x", "box/file")
    leftover(tmp_path / "box/other").write_bytes(b"half")
    assert Folder(tmp_path).names("box") == ["file"]
    assert Folder(tmp_path).names("absent") == []


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("elsewhere")], ids=["folder", "pipe", "link"])
def test_what_is_no_plain_file_in_an_object_s_place_is_wrong_with_this_object_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / NAME
    path.parent.mkdir(parents=True)
    make(path)
    for does in (lambda: put(Folder(tmp_path), b"x"), lambda: Folder(tmp_path).read(NAME, 10)):
        with pytest.raises(ObjectError, match=r"it is no plain file|it is a symbolic link"):
            does()
