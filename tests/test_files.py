"""The write primitives keep their word under cuts and refusals at every system call."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bwc_agent.errors import StorageError
from bwc_agent.files import AlreadyThereError, Appender, is_leftover, leftover, make_directory, make_durable, replace, unlink, write_new
from tests.striking import Cut, cut_disk, refusing_disk, struck_disk

Write = Callable[[Path, bytes], None]


def calls_of(write: Write, path: Path) -> int:
    with struck_disk() as seen:
        write(path, b"counted")
    return len(seen.calls)


def test_write_new_writes_all_and_leaves_nothing_beside(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"whole" * 100_000)
    assert (tmp_path / "a").read_bytes() == b"whole" * 100_000
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_write_new_never_replaces(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"first")
    with pytest.raises(AlreadyThereError, match="already there"):
        write_new(tmp_path / "a", b"second")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert not leftover(tmp_path / "a").exists()


def test_write_new_does_not_follow_a_link_at_its_name(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AlreadyThereError):
        write_new(tmp_path / "a", b"x")
    assert not (tmp_path / "elsewhere").exists()


def test_the_file_is_durable_before_it_has_a_name_and_the_name_before_the_end(tmp_path: Path) -> None:
    with struck_disk() as seen:
        write_new(tmp_path / "a", b"x")
    order = seen.calls
    assert order.index("write") < order.index("fsync") < order.index("link") < len(order) - 1
    assert order[-1] == "fsync"
    with struck_disk() as seen:
        replace(tmp_path / "a", b"y")
    assert seen.calls.index("fsync") < seen.calls.index("replace")
    assert seen.calls[-1] == "fsync"


def test_a_cut_anywhere_in_write_new_leaves_nothing_or_the_whole_and_can_be_repeated(tmp_path: Path) -> None:
    for at in range(calls_of(write_new, tmp_path / "count")):
        path = tmp_path / f"f{at}"
        with cut_disk(at), pytest.raises(Cut):
            write_new(path, b"content")
        assert not path.exists() or path.read_bytes() == b"content"
        assert all(is_leftover(p) for p in tmp_path.iterdir() if p.name.startswith(f".f{at}."))
        if not path.exists():
            write_new(path, b"content")
        else:
            with pytest.raises(AlreadyThereError):
                write_new(path, b"other")
        assert path.read_bytes() == b"content"
        assert not leftover(path).exists()
        assert path.stat().st_nlink == 1


def test_a_cut_anywhere_in_replace_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "a"
    seen = set()
    path.write_bytes(b"old")
    for at in range(calls_of(replace, tmp_path / "count")):
        path.write_bytes(b"old")
        with cut_disk(at), pytest.raises(Cut):
            replace(path, b"new")
        assert path.read_bytes() in (b"old", b"new")
        seen.add(path.read_bytes())
    assert seen == {b"old", b"new"}


@pytest.mark.parametrize("write", [write_new, replace])
def test_a_full_disk_says_so_names_the_path_and_keeps_no_half_file(tmp_path: Path, write: Write) -> None:
    for at in range(calls_of(write, tmp_path / "count")):
        path = tmp_path / f"f{at}"
        with refusing_disk(at, errno.ENOSPC), pytest.raises(StorageError, match="disk full") as caught:
            write(path, b"content")
        assert str(path) in str(caught.value)
        assert not path.exists() or path.read_bytes() == b"content"


def test_the_space_of_a_refused_write_is_given_back(tmp_path: Path) -> None:
    with refusing_disk(2, errno.ENOSPC) as seen, pytest.raises(StorageError):
        write_new(tmp_path / "a", b"content")
    assert seen.calls[2] == "write"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "mend"),
    [(errno.EROFS, "read-only"), (errno.EACCES, "owner and mode"), (errno.EIO, "card failed"), (errno.ENAMETOOLONG, "too long")],
)
def test_each_refusal_names_its_mend(tmp_path: Path, number: int, mend: str) -> None:
    with refusing_disk(1, number), pytest.raises(StorageError, match=mend):
        write_new(tmp_path / "a", b"")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="make it first"):
        write_new(tmp_path / "none" / "a", b"")


def test_directories_and_removals_are_durable(tmp_path: Path) -> None:
    with struck_disk() as seen:
        make_directory(tmp_path / "d")
        write_new(tmp_path / "d" / "a", b"")
        unlink(tmp_path / "d" / "a")
    assert seen.calls[:3] == ["mkdir", "open", "fsync"]
    assert seen.calls[-3:] == ["unlink", "open", "fsync"]
    assert list((tmp_path / "d").iterdir()) == []
    with pytest.raises(AlreadyThereError):
        make_directory(tmp_path / "d")
    with pytest.raises(StorageError, match="not there"):
        unlink(tmp_path / "d" / "a")


def test_an_appender_does_not_buffer_and_syncs_its_name_at_once(tmp_path: Path) -> None:
    with struck_disk() as seen, Appender(tmp_path / "log") as file:
        assert seen.calls == ["open", "open", "fsync"]
        file.append(b"one\n")
        assert (tmp_path / "log").read_bytes() == b"one\n"
        file.append(memoryview(b"two\n"))
        file.sync()
    assert seen.calls[3:] == ["write", "write", "fdatasync"]
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_an_appender_creates_exclusively_or_goes_on_at_the_end(tmp_path: Path) -> None:
    with Appender(tmp_path / "log") as file:
        file.append(b"one\n")
    with pytest.raises(AlreadyThereError):
        Appender(tmp_path / "log")
    with Appender(tmp_path / "log", new=False) as file:
        file.append(b"two\n")
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"
    with pytest.raises(StorageError, match="not there"):
        Appender(tmp_path / "other", new=False)


@pytest.mark.parametrize("what", ["write", "fdatasync"])
def test_after_a_failure_an_appender_promises_nothing_more(tmp_path: Path, what: str) -> None:
    with Appender(tmp_path / "log") as file:
        with refusing_disk(0, errno.EIO), pytest.raises(StorageError, match="card failed"):
            file.append(b"x") if what == "write" else file.sync()
        for again in (file.sync, lambda: file.append(b"y")):
            with pytest.raises(StorageError, match="failed before"):
                again()
    assert (tmp_path / "log").read_bytes() == b""


def test_a_closed_appender_refuses_and_closes_again_in_peace(tmp_path: Path) -> None:
    file = Appender(tmp_path / "log")
    file.close()
    file.close()
    with pytest.raises(StorageError, match="closed"):
        file.append(b"x")


def test_what_is_made_durable_is_synced_and_not_changed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with struck_disk() as seen:
        make_durable(tmp_path / "a")
        make_durable(tmp_path)
    assert seen.calls == ["open", "fsync", "open", "fsync"]
    assert (tmp_path / "a").read_bytes() == b"x"
    (tmp_path / "link").symlink_to("a")
    for path, mend in ((tmp_path / "link", "symbolic link"), (tmp_path / "none", "not there")):
        with pytest.raises(StorageError, match=mend):
            make_durable(path)


def test_nothing_else_in_the_package_opens_a_file_for_writing() -> None:
    package = Path(os.path.dirname(__file__)).parent / "bwc_agent"
    writers = [
        str(path.relative_to(package))
        for folder in ("evidence", "storage")
        for path in (package / folder).rglob("*.py")
        if any(word in path.read_text() for word in (".write_bytes(", ".write_text(", 'open("w', '"wb"', '"ab"', "os.O_WRONLY"))
    ]
    assert writers == []


MODES = [(0o2755, 0o644), (0o2775, 0o644), (0o2750, 0o640), (0o2770, 0o640), (0o2700, 0o600)]


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
@pytest.mark.parametrize(("folder", "file"), MODES)
def test_what_is_shared_is_as_open_as_its_folder_and_never_more_writable_whatever_the_umask(
    tmp_path: Path, folder: int, file: int, umask: int
) -> None:
    tmp_path.chmod(folder)
    before = os.umask(umask)
    try:
        write_new(tmp_path / "new", b"x", shared=True)
        replace(tmp_path / "replaced", b"x", shared=True)
        Appender(tmp_path / "appended", shared=True).close()
        make_directory(tmp_path / "folder", shared=True)
        write_new(tmp_path / "folder/within", b"x", shared=True)
    finally:
        os.umask(before)
    assert {mode(tmp_path / name) for name in ("new", "replaced", "appended", "folder/within")} == {file}
    assert mode(tmp_path / "folder") == folder


@pytest.mark.parametrize(("folder", "shared"), [(0o2775, False), (0o775, True), (0o755, False)])
def test_without_both_the_setgid_bit_and_the_makers_will_a_file_is_its_owners_alone(tmp_path: Path, folder: int, shared: bool) -> None:
    tmp_path.chmod(folder)
    write_new(tmp_path / "new", b"x", shared=shared)
    replace(tmp_path / "replaced", b"x", shared=shared)
    Appender(tmp_path / "appended", shared=shared).close()
    make_directory(tmp_path / "folder", shared=shared)
    assert {mode(tmp_path / name) for name in ("new", "replaced", "appended")} == {0o600}
    assert mode(tmp_path / "folder") & 0o777 == 0o700


def test_a_shared_file_is_open_before_it_has_its_name_and_durably_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o2755)
    modes = []
    with struck_disk() as disk:
        disk.strike(0, lambda _name, arguments: modes.append(mode(Path(arguments[0]))), "link")
        write_new(tmp_path / "a", b"x", shared=True)
        Appender(tmp_path / "b", shared=True).close()
    assert modes == [0o644]
    assert disk.calls[-4:] == ["open", "fsync", "open", "fsync"]


def test_only_the_file_that_is_open_is_removed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode())
    with (tmp_path / "a").open("rb") as held:
        os.replace(tmp_path / "b", tmp_path / "a")
        with pytest.raises(StorageError, match="another file than a moment ago"):
            unlink(tmp_path / "a", held.fileno())
    assert (tmp_path / "a").read_bytes() == b"b"
    with (tmp_path / "a").open("rb") as held:
        unlink(tmp_path / "a", held.fileno())
    assert not (tmp_path / "a").exists()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777
