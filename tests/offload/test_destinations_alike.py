"""What the Protocol promises, of every destination: a folder, and a real object store over TLS with Object Lock."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bwc_agent.errors import OffloadError
from bwc_agent.offload.destination import PIECE, Destination, ObjectError
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.s3 import AT_ONCE, S3
from tests.evidence.trial import SERIAL
from tests.offload.seaweed import seaweed
from tests.offload.sending import material, pieces

SMALL, LARGE = 10, AT_ONCE + 3
BOTH = pytest.mark.parametrize("size", [SMALL, LARGE])
HOSTILE = ["", "/", "../x", "a/../b", "a//b", "/a", "a/", ".", ".a", "a/.b.tmp", "a\x00b", "a\nb", "a b", "é", "a" * 129, "a?b", "a%2fb"]


@dataclass
class Dock:
    """A destination, and a folder in it that no other test has."""

    destination: Destination
    folder: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def name(self) -> str:
        return f"{self.folder}/{next(self._numbers):04}.tink"

    def put(self, name: str, data: bytes, size: int | None = None) -> int:
        return sum(self.destination.put(name, len(data) if size is None else size, pieces(data)))


@pytest.fixture(scope="module", params=["folder", "s3"])
def destination(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Destination]:
    root: Path = tmp_path_factory.mktemp(str(request.param))
    if request.param == "folder":
        yield Folder(root)
        return
    with seaweed(root) as store:
        yield S3(store.place())


@pytest.fixture
def dock(destination: Destination, request: pytest.FixtureRequest) -> Dock:
    test = "".join(each if each.isalnum() else "-" for each in request.node.name)
    return Dock(destination, f"{SERIAL}/{test[:100]}")


@pytest.mark.parametrize("size", [0, 1, PIECE, AT_ONCE, LARGE])
def test_an_object_that_was_put_is_listed_with_its_size_and_reads_back(dock: Dock, size: int) -> None:
    data, name = material(size), dock.name()
    assert dock.put(name, data) == size
    assert dock.destination.sizes(dock.folder) == {name: size}
    assert dock.destination.names(dock.folder) == [name.rpartition("/")[2]]
    assert dock.destination.read(name, size) == data


@BOTH
def test_stopped_at_any_step_it_is_not_there_and_a_new_put_makes_it_whole(dock: Dock, size: int) -> None:
    data = material(size)
    count = len(list(dock.destination.put(dock.name(), size, pieces(data))))
    for stop in range(count):
        name = dock.name()
        steps = dock.destination.put(name, size, pieces(data))
        for _ in range(stop + 1):
            next(steps)
        assert name not in dock.destination.sizes(dock.folder)
        assert dock.put(name, data) == size
        assert dock.destination.read(name, size) == data


@BOTH
def test_putting_the_same_again_is_no_error(dock: Dock, size: int) -> None:
    name = dock.name()
    assert [dock.put(name, material(size)) for _ in range(2)] == [size, size]
    assert dock.destination.read(name, size) == material(size)


@BOTH
@pytest.mark.parametrize("there", [lambda data: b"x" + data[1:], lambda data: data[:-1], lambda data: data + b"x", lambda _: b""])
def test_an_object_with_other_bytes_is_left_as_it_is(dock: Dock, size: int, there: Callable[[bytes], bytes]) -> None:
    name, other = dock.name(), there(material(size))
    dock.put(name, other)
    with pytest.raises(ObjectError, match="other bytes"):
        dock.put(name, material(size))
    assert dock.destination.read(name, LARGE + 1) == other


@BOTH
@pytest.mark.parametrize("wrong", [-1, 1, PIECE])
def test_a_source_of_another_length_never_gets_the_name(dock: Dock, size: int, wrong: int) -> None:
    name = dock.name()
    with pytest.raises(ObjectError, match=f"instead of {size}"):
        dock.put(name, material(size + wrong), size)
    assert dock.destination.sizes(dock.folder) == {}
    assert dock.put(name, material(size)) == size


def test_names_are_those_right_in_the_folder_and_sizes_those_below(dock: Dock) -> None:
    for name in ("box/b", "box/a", "boxes/c", "top/box/d"):
        dock.put(f"{dock.folder}/{name}", b"x")
    assert dock.destination.names(f"{dock.folder}/box") == ["a", "b"]
    assert set(dock.destination.sizes(dock.folder)) == {f"{dock.folder}/{name}" for name in ("box/a", "box/b", "boxes/c", "top/box/d")}
    assert set(dock.destination.sizes(f"{dock.folder}/box")) == {f"{dock.folder}/box/{name}" for name in "ab"}


def test_what_is_absent_has_no_objects_and_does_not_read(dock: Dock) -> None:
    assert dock.destination.sizes(f"{dock.folder}/absent") == {} and dock.destination.names(f"{dock.folder}/absent") == []
    with pytest.raises(OffloadError, match="not there"):
        dock.destination.read(f"{dock.folder}/absent", 10)


def test_an_object_longer_than_the_limit_is_not_read(dock: Dock) -> None:
    name = dock.name()
    dock.put(name, b"0123456789")
    assert dock.destination.read(name, 10) == b"0123456789"
    for limit in (0, 9):
        with pytest.raises(ObjectError, match=f"more than {limit} bytes"):
            dock.destination.read(name, limit)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_everywhere(dock: Dock, name: str) -> None:
    for use in (
        dock.destination.sizes,
        dock.destination.names,
        lambda name: dock.destination.read(name, 1),
        lambda name: dock.put(name, b"x"),
    ):
        with pytest.raises(OffloadError, match="cannot name an object"):
            use(name)


def test_several_threads_put_at_once(dock: Dock) -> None:
    sent = {dock.name(): material(PIECE * salt, salt) for salt in range(1, 9)}
    with ThreadPoolExecutor(len(sent)) as pool:
        assert list(pool.map(dock.put, sent, sent.values())) == [len(data) for data in sent.values()]
    assert {name: dock.destination.read(name, LARGE) for name in sent} == sent
