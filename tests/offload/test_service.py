"""The offloader's loop in a time of its own: what it waits for, what stops it, how it goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest

from bwc_agent.errors import ConfigError, OffloadError, StorageError
from bwc_agent.evidence.receipts import receipt_file
from bwc_agent.files import make_directory
from bwc_agent.offload import mailbox as mailbox_module
from bwc_agent.offload.backoff import ceiling
from bwc_agent.offload.destination import Destination, ObjectError
from bwc_agent.offload.docking import Docking, Work
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.progress import Progress
from bwc_agent.offload.service import LOOK, MAIL_EVERY, SPREAD, Around, Service
from bwc_agent.offload.told import OffloadTold, RecorderTold, hear, tell
from tests.evidence.trial import SERIAL
from tests.offload.one_shift import expected, one_shift, put_mail
from tests.offload.shift import UTC, Shift, tree
from tests.offload.stores import Failing

DOCKED = RecorderTold(1, "docked", True)
BUSY = RecorderTold(1, "recording", False)
HOUR = 3600.0


@dataclass
class World:
    """Time that passes only where the loop sleeps; things happen at their time, and the loop is asked to end at `end`."""

    run: Path
    end: float = HOUR
    now: float = 0.0
    events: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    said: list[tuple[float, str]] = field(default_factory=list)
    beats: list[float] = field(default_factory=list)
    watched: list[Progress] = field(default_factory=list)
    draw: float = 0.5

    def around(self) -> Around:
        return Around(
            lambda: UTC + round(self.now * 1_000_000),
            lambda: self.now,
            self.sleep,
            lambda: self.draw,
            lambda: self.now >= self.end,
            lambda: self.beats.append(self.now),
            lambda line: self.said.append((self.now, line)),
            self.watched.append,
        )

    def at(self, time: float, happens: Callable[[], object]) -> None:
        self.events.append((time, happens))

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        due = [event for event in self.events if event[0] <= self.now]
        self.events = [event for event in self.events if event[0] > self.now]
        for _, happens in due:
            happens()

    def tell(self, told: RecorderTold) -> None:
        tell(self.run, told)

    @property
    def told(self) -> OffloadTold:
        found = hear(self.run, OffloadTold)
        assert found is not None
        return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "run")


@pytest.fixture
def shift(tmp_path: Path) -> Shift:
    made = Shift(tmp_path / "vault")
    one_shift(made)
    made.start()  # the recorder that runs now
    return made


@pytest.fixture
def dock(tmp_path: Path) -> Path:
    folder = tmp_path / "dock"
    folder.mkdir()
    return folder


def service(
    world: World, shift: Shift, made: Callable[[], Destination], recorder: bool = True, run: bool = True, around: Around | None = None
) -> Service:
    work = Work(shift.vault, SERIAL, recorder)
    return Service(work, made, world.run if run else None, around or world.around())


def sealed(root: Path) -> set[str]:
    return {name for name in tree(root) if name.endswith(".tink")}


def test_nothing_goes_until_the_recorder_says_that_the_camera_is_idle_in_the_dock(world: World, shift: Shift, dock: Path) -> None:
    world.tell(BUSY)
    world.at(100, lambda: world.tell(DOCKED))
    world.at(100, lambda: put_mail(dock, b"{}\n"))
    service(world, shift, lambda: Folder(dock)).serve()
    assert expected(shift.vault).keys() - tree(dock / SERIAL).keys() == {"journal/000002.jsonl"}
    delivered = next(time for time, line in world.said if "nothing is left" in line)
    assert 100 < delivered <= 100 + SPREAD
    assert (world.told.running, world.told.oldest, world.told.failing) == (False, "", "")


def test_a_recorder_that_says_nothing_is_busy(world: World, shift: Shift, dock: Path) -> None:
    service(world, shift, lambda: Folder(dock)).serve()
    assert tree(dock) == {}


def test_the_first_try_of_a_docking_is_spread(world: World, shift: Shift, dock: Path) -> None:
    world.tell(DOCKED)
    world.draw = 0.9
    service(world, shift, lambda: Folder(dock)).serve()
    assert world.said[0][0] == pytest.approx(0.9 * SPREAD)


@pytest.mark.parametrize("undocked", [BUSY, None])
def test_undocked_it_stops_at_the_next_piece_and_goes_on_at_the_next_docking(
    world: World, shift: Shift, dock: Path, undocked: RecorderTold | None
) -> None:
    store = Failing(dock)

    def taken_out(progress: Progress) -> None:
        if progress.files_done == 5 and world.now < 200:
            if undocked is None:
                (world.run / "recorder/told.json").write_bytes(b"torn")
            else:
                world.tell(undocked)

    world.tell(DOCKED)
    world.at(200, lambda: world.tell(DOCKED))
    seen: list[int] = []
    world.at(150, lambda: seen.append(len(store.arrived)))
    service(world, shift, lambda: store, around=replace(world.around(), watch=taken_out)).serve()
    assert seen == [5]
    assert any("stopped" in line for _, line in world.said)
    assert sealed(shift.vault.root) == sealed(dock / SERIAL)


def test_failed_tries_wait_ever_longer_and_the_destination_is_made_anew_for_each(world: World, shift: Shift, dock: Path) -> None:
    tries: list[float] = []

    def made() -> Destination:
        tries.append(world.now)
        if world.now < 1000:
            raise ConfigError("the client's certificate has expired: renew it")
        return Folder(dock)

    told: list[OffloadTold] = []
    world.tell(DOCKED)
    world.at(500, lambda: told.append(world.told))
    service(world, shift, made).serve()
    waits = [after - before for before, after in pairwise(tries)]
    failed = [time for time in tries if time < 1000]
    assert waits[: len(failed)] == pytest.approx([ceiling(n) / 2 for n in range(1, len(failed) + 1)])
    assert told[0].failing.startswith("the client's certificate has expired") and world.told.failing == ""
    assert sealed(shift.vault.root) == sealed(dock / SERIAL)


def test_a_try_that_got_something_through_is_a_success_for_the_back_off(world: World, shift: Shift, dock: Path) -> None:
    stores = iter([Failing(dock, 1), Failing(dock, 1), Failing(dock, 1), Failing(dock, 30), Failing(dock)])
    tries: list[float] = []

    def made() -> Destination:
        tries.append(world.now)
        return next(stores, Folder(dock))

    world.tell(DOCKED)
    service(world, shift, made).serve()
    waits = [after - before for before, after in pairwise(tries)]
    assert waits[:4] == pytest.approx([0.5, 1.0, 2.0, 0.5])


def test_receipts_that_come_later_are_fetched_about_each_minute_and_nothing_else_is_sent(world: World, shift: Shift, dock: Path) -> None:
    store, arrived = Failing(dock), list[list[str]]()
    world.tell(DOCKED)
    world.at(600, lambda: arrived.append(list(store.arrived)))
    world.at(700, lambda: put_mail(dock, b"late\n"))
    world.at(700 + 1.5 * MAIL_EVERY + LOOK, lambda: arrived.append(list(tree(shift.vault.inbox))))
    service(world, shift, lambda: store).serve()
    assert arrived[0] == store.arrived
    assert arrived[1] == [receipt_file(b"late\n")]


def test_more_mail_than_a_look_takes_is_there_within_seconds(
    world: World, shift: Shift, dock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_module, "MOST", 3)
    put_mail(dock, *(b'{"kind":"receipt%d"}\n' % number for number in range(30)))
    world.tell(DOCKED)
    world.draw, world.end = 0.5, SPREAD / 2 + 30
    service(world, shift, lambda: Folder(dock)).serve()
    assert len(tree(shift.vault.inbox)) == 30


def test_one_object_that_is_refused_is_tried_again_with_patience_and_the_rest_is_there(world: World, shift: Shift, dock: Path) -> None:
    tries: list[float] = []

    def made() -> Destination:
        tries.append(world.now)
        return Failing(dock, refused=lambda name: name.endswith("000000-0001/0001.tink"))

    world.tell(DOCKED)
    service(world, shift, made).serve()
    assert len(tries) < 40
    assert "refused" in world.told.failing and world.told.oldest.endswith("000000-0001/0001.tink")
    assert world.told.age == HOUR
    assert len(sealed(shift.vault.root) - sealed(dock / SERIAL)) == 1


def test_it_lives_while_it_waits_and_while_it_delivers(world: World, shift: Shift, dock: Path) -> None:
    world.tell(DOCKED)
    service(world, shift, lambda: Folder(dock)).serve()
    assert all(after - before <= LOOK for before, after in pairwise(world.beats))
    assert len(world.watched) > 20


def test_asked_to_end_in_the_middle_it_ends_at_the_next_piece(world: World, shift: Shift, dock: Path) -> None:
    store = Failing(dock)
    world.tell(DOCKED)
    service(world, shift, lambda: store, around=replace(world.around(), asked=lambda: len(store.arrived) >= 3)).serve()
    assert len(store.arrived) == 3 and not world.told.running


def test_where_nobody_hears_it_evidence_goes_all_the_same(world: World, shift: Shift, dock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: Path, told: OffloadTold) -> None:
        raise StorageError("cannot replace told.json: disk full")

    world.tell(DOCKED)
    monkeypatch.setattr("bwc_agent.offload.service.tell", refuse)
    service(world, shift, lambda: Folder(dock)).serve()
    assert sealed(shift.vault.root) == sealed(dock / SERIAL)
    assert sum("disk full" in line for _, line in world.said) <= 3


def test_whatever_a_store_makes_a_library_raise_is_a_failure_and_tried_again(world: World, shift: Shift, dock: Path) -> None:
    made: list[Destination] = []

    def made_now() -> Destination:
        made.append(Folder(dock))
        if len(made) == 1:
            raise TypeError("unhashable type: 'dict'")
        return made[-1]

    world.tell(DOCKED)
    service(world, shift, made_now).serve()
    assert any("unexpected TypeError" in line and "unhashable" in line for _, line in world.said)
    assert sealed(shift.vault.root) == sealed(dock / SERIAL)


@pytest.mark.parametrize("last", ["", "the store does not answer"])
def test_one_that_was_killed_does_not_look_done_until_another_one_is(world: World, shift: Shift, dock: Path, last: str) -> None:
    make_directory(world.run)
    tell(world.run, OffloadTold(not last, 5, 1, 5, 1, "", last, UTC))
    heard: list[OffloadTold] = []
    world.tell(DOCKED)
    world.at(1, lambda: heard.append(world.told))
    service(world, shift, lambda: Folder(dock)).serve()
    assert heard[0].failing == (last or "the offloader was ended in the middle of delivering; it begins again")
    assert world.told.failing == ""


def test_of_two_at_once_one_waits_and_neither_builds_on_the_half_of_the_other(world: World, shift: Shift, dock: Path) -> None:
    first = Docking(Work(shift.vault, SERIAL), lambda: UTC, lambda line: None).deliver(Folder(dock))
    while not (next(first).name or "").endswith(".tink"):
        continue
    before = tree(dock)
    with pytest.raises(OffloadError, match="another offloader is at work"):
        service(world, shift, lambda: Folder(dock), run=False).once()
    assert tree(dock) == before
    first.close()
    service(world, shift, lambda: Folder(dock), run=False).once()
    assert sealed(shift.vault.root) == sealed(dock / SERIAL)


def test_a_loop_that_could_not_hear_the_recorder_is_refused(world: World, shift: Shift, dock: Path) -> None:
    with pytest.raises(ConfigError, match=r"device.run is empty"):
        service(world, shift, lambda: Folder(dock), run=False).serve()


def test_once_delivers_and_ends(world: World, shift: Shift, dock: Path) -> None:
    done = service(world, shift, lambda: Folder(dock), run=False).once()
    assert done.files_done == done.files > 0
    assert sealed(shift.vault.root) == sealed(dock / SERIAL)


def test_once_refuses_a_camera_that_is_busy(world: World, shift: Shift, dock: Path) -> None:
    world.tell(BUSY)
    with pytest.raises(ConfigError, match=r"not idle in the dock \(recording\): dock the camera"):
        service(world, shift, lambda: Folder(dock)).once()
    assert tree(dock) == {}


def test_once_delivers_of_a_camera_that_was_switched_off_in_order(world: World, shift: Shift, dock: Path) -> None:
    world.tell(RecorderTold(1, "off", False))
    assert service(world, shift, lambda: Folder(dock)).once().files_done > 0


def test_once_ends_at_the_next_piece_when_it_is_asked_to_or_the_camera_begins_to_work(world: World, shift: Shift, dock: Path) -> None:
    store = Failing(dock)
    asked = replace(world.around(), asked=lambda: len(store.arrived) == 3)
    with pytest.raises(OffloadError, match=r"asked to end: \d+ files are left"):
        service(world, shift, lambda: store, run=False, around=asked).once()
    world.tell(DOCKED)
    busy = replace(world.around(), watch=lambda progress: world.tell(BUSY) if len(store.arrived) == 5 else None)
    with pytest.raises(OffloadError, match=r"not idle in the dock \(recording\): \d+ files are left"):
        service(world, shift, lambda: store, around=busy).once()
    assert len(store.arrived) == 5


def test_mail_that_fails_after_delivery_waits_ever_longer_too(world: World, shift: Shift, dock: Path) -> None:
    tries: list[float] = []

    def made() -> Destination:
        tries.append(world.now)
        if len(tries) > 1:
            raise OffloadError("the store does not answer")
        return Folder(dock)

    world.tell(DOCKED)
    service(world, shift, made).serve()
    assert len(tries) < 40


def test_once_says_the_error_that_it_ends_with(world: World, shift: Shift, dock: Path) -> None:
    make_directory(world.run)
    with pytest.raises(OffloadError, match="does not answer"):
        service(world, shift, lambda: Failing(dock, 30)).once()
    assert "does not answer" in world.told.failing
    with pytest.raises(ObjectError):
        service(world, shift, lambda: Failing(dock, refused=lambda name: name.endswith("tink"))).once()


def test_a_card_in_a_reader_is_delivered_whole(world: World, shift: Shift, dock: Path) -> None:
    service(world, shift, lambda: Folder(dock), recorder=False, run=False).once()
    assert expected(shift.vault).items() <= tree(dock / SERIAL).items()
