"""The thread of one part: what it tells of losses, and that nothing of a closed part is heard."""

from collections.abc import Iterator
from threading import Event

import pytest

from bwc_agent.control.inputs import DockChange, Source, SourceChange
from bwc_agent.evidence.lines import encode
from bwc_agent.live import keeper as keeping
from bwc_agent.live.keeper import HANGS, MOST_LEFT, PROVEN, Keeper, Running
from bwc_agent.live.stream import TICK, Item, Stream
from bwc_agent.units import ns_from_ticks, seconds
from tests.live.stage import PATIENCE, Script, heard, pulled


def stream() -> Stream:
    return Stream(lambda: 0)


def kept(part: Script, to: Stream, again: bool = False) -> Keeper:
    return Keeper(Source.DOCK if again else Source.CAMERA, part, part.items, to, again)


def test_what_an_open_part_gives_is_heard() -> None:
    part, to = Script(), stream()
    keeper = kept(part, to)
    keeper.open()
    part.told.put(DockChange(7, True))
    assert heard(to) == [DockChange(7, True)]
    assert keeper.stop(PATIENCE) and part.closed >= 1


def test_opening_what_is_open_changes_nothing() -> None:
    part, to = Script(), stream()
    keeper = kept(part, to)
    keeper.open()
    part.told.put(DockChange(7, True))
    heard(to)
    keeper.open()
    part.told.put(DockChange(8, True))
    assert heard(to) == [DockChange(8, True)] and part.opened == 1
    assert keeper.stop(PATIENCE)


def test_a_failure_is_told_with_its_reason_and_the_part_waits_to_be_opened_again() -> None:
    part, to = Script(), stream()
    keeper = kept(part, to)
    keeper.open()
    part.told.put(pulled())
    assert heard(to) == [SourceChange(0, Source.CAMERA, True, "camera: it stopped answering: check its cable")]
    keeper.open()
    part.told.put(None)  # what closing it had put in
    assert heard(to)[0] == SourceChange(0, Source.CAMERA, True, "camera: it gives nothing more: check it")
    assert keeper.stop(PATIENCE)


def test_a_failure_is_told_before_the_part_is_closed_which_may_take_long() -> None:
    closing = Event()

    class Slow(Script):
        def close(self) -> None:
            closing.wait(PATIENCE)

    part, to = Slow(), stream()
    keeper = kept(part, to)
    keeper.open()
    part.told.put(pulled())
    assert heard(to) == [SourceChange(0, Source.CAMERA, True, "camera: it stopped answering: check its cable")]
    closing.set()
    assert keeper.stop(PATIENCE)


def test_a_reason_that_no_line_can_hold_is_told_as_far_as_one_can() -> None:
    part, to = Script(), stream()
    keeper = kept(part, to)
    keeper.open()
    part.told.put(pulled(f"camera: \udcff{'x' * 5000}"))
    (told,) = heard(to)
    assert isinstance(told, SourceChange) and told.why.startswith("camera: ?x") and len(encode({"why": told.why})) < 1100
    assert keeper.stop(PATIENCE)


def test_a_part_that_cannot_be_opened_is_told_each_time_it_is_asked_for() -> None:
    part, to = Script(), stream()
    part.refuses = pulled("camera: there is none: plug one in")
    keeper = kept(part, to)
    for _ in range(2):
        keeper.open()
        assert heard(to) == [SourceChange(0, Source.CAMERA, True, "camera: there is none: plug one in")]
    assert keeper.stop(PATIENCE)


def test_what_no_one_foresaw_is_told_too() -> None:
    part, to = Script(), stream()
    keeper = kept(part, to)
    keeper.open()
    part.told.put(ZeroDivisionError("in a driver"))
    (told,) = heard(to)
    assert isinstance(told, SourceChange) and told.lost and "ZeroDivisionError: in a driver" in told.why
    assert keeper.stop(PATIENCE)


def test_a_part_closed_while_it_opens_is_released_though_nothing_would_end_its_read() -> None:
    opening, go_on = Event(), Event()

    class Slow(Script):
        def open(self) -> None:
            opening.set()
            go_on.wait(PATIENCE)

        def close(self) -> None:
            self.closed += 1

    part = Slow()
    keeper = kept(part, stream())
    keeper.open()
    assert opening.wait(PATIENCE)
    keeper.close()
    go_on.set()
    assert keeper.stop(PATIENCE) and part.closed


def test_nothing_of_a_closed_part_is_heard() -> None:
    part, to = Script(), stream()
    keeper = kept(part, to)
    keeper.open()
    part.told.put(DockChange(1, True))
    heard(to)
    part.told.put(DockChange(2, True))
    keeper.close()
    to.give(DockChange(3, False))
    assert heard(to) == [DockChange(3, False)]
    assert keeper.stop(PATIENCE)


def test_a_camera_that_hangs_is_told_and_does_not_hold_the_end_up() -> None:
    stuck = Event()

    class Stuck(Script):
        def close(self) -> None:
            stuck.wait(PATIENCE)

    part, to = Stuck(), stream()
    keeper = kept(part, to)
    keeper.open()
    keeper.watch(HANGS - 1)
    keeper.watch(HANGS)
    (told,) = heard(to)
    assert isinstance(told, SourceChange) and told.lost and "hangs" in told.why
    assert not keeper.stop(0.0)
    part.told.put(None)
    stuck.set()
    assert keeper.stop(PATIENCE)


class Hanging(Script):
    """Its `read` neither ends nor fails, and nothing can close it."""

    def __init__(self) -> None:
        super().__init__()
        self.freed, self.begun = Event(), Event()

    def items(self) -> Iterator[Item]:
        self.begun.set()
        return super().items()

    def close(self) -> None:
        self.freed.wait(PATIENCE)
        self.told.put(None)


def test_a_driver_that_hangs_is_given_up_and_the_part_works_again_within_five_seconds() -> None:
    now = 0
    to, old, new = Stream(lambda: ns_from_ticks(now)), Hanging(), Script()
    made = iter((old, new))

    def renew() -> Running:
        part = next(made)
        return part, part.items

    keeper = Keeper(Source.CAMERA, *renew(), to, again=False, renew=renew)
    keeper.open()
    old.told.put(DockChange(1, True))
    assert heard(to) == [DockChange(1, True)]
    for now in range(0, seconds(5), TICK):
        keeper.watch(now)
    (lost,) = heard(to)
    assert isinstance(lost, SourceChange) and lost.lost and "hangs" in lost.why and lost.at < seconds(4)
    keeper.open()
    new.told.put(DockChange(2, True))
    assert heard(to) == [DockChange(2, True)] and keeper.stuck
    old.told.put(DockChange(3, True))
    to.give(DockChange(4, True))
    assert heard(to) == [DockChange(4, True)], "what the old driver gives in the end is not heard"
    old.freed.set()
    assert keeper.stop(PATIENCE) and not keeper.stuck


def test_only_so_many_hanging_drivers_are_left_to_themselves() -> None:
    to, parts = stream(), list[Hanging]()

    def renew() -> Running:
        parts.append(Hanging())
        return parts[-1], parts[-1].items

    keeper = Keeper(Source.CAMERA, *renew(), to, again=False, renew=renew)
    for _ in range(MOST_LEFT + 3):
        keeper.open()
        assert parts[-1].begun.wait(PATIENCE)
        keeper.watch(HANGS)
    assert len(parts) == MOST_LEFT + 1
    for part in parts:
        part.freed.set()
    keeper.stop(PATIENCE)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "AGAIN", 0.0)


def test_a_part_kept_by_itself_tells_its_loss_and_its_return_once_each(at_once: None) -> None:
    part, to = Script(), stream()
    part.refuses = pulled("dock: gone: check it")
    keeper = kept(part, to, again=True)
    keeper.open()
    assert heard(to) == [SourceChange(0, Source.DOCK, True, "dock: gone: check it")]
    part.refuses = None
    part.told.put(DockChange(5, True))
    assert heard(to, 2) == [SourceChange(0, Source.DOCK, False, "it works again"), DockChange(5, True)]
    assert keeper.stop(PATIENCE)


def test_a_quiet_part_that_does_not_fail_anew_works_again(at_once: None) -> None:
    part, to = Script(), stream()
    opened = Event()
    part.refuses = pulled("dock: gone: check it")

    class Quiet(Script):
        def open(self) -> None:
            super().open()
            if self.opened > 1:
                opened.set()
            else:
                raise pulled("dock: gone: check it")

        def close(self) -> None:
            self.closed += 1

    quiet = Quiet()
    keeper = kept(quiet, to, again=True)
    keeper.open()
    heard(to)
    assert opened.wait(PATIENCE)
    keeper.watch(PROVEN - 1)
    keeper.watch(PROVEN)
    assert heard(to) == [SourceChange(0, Source.DOCK, False, "it works again")]
    quiet.told.put(None)
    assert keeper.stop(PATIENCE)


def test_a_part_whose_opening_takes_long_and_fails_does_not_work_again(at_once: None) -> None:
    opening, go_on = Event(), Event()

    class Gone(Script):
        def open(self) -> None:
            self.opened += 1
            if self.opened == 2:
                opening.set()
                go_on.wait(PATIENCE)
            raise pulled("location: it is not there: plug it in")

    part, to = Gone(), stream()
    keeper = kept(part, to, again=True)
    keeper.open()
    heard(to)
    assert opening.wait(PATIENCE)
    keeper.watch(PROVEN)
    go_on.set()
    assert keeper.stop(PATIENCE)
    to.end()
    assert heard(to) == []


def test_a_part_that_the_core_closed_is_not_opened_again_by_itself(at_once: None) -> None:
    part, to = Script(), stream()
    part.refuses = pulled("dock: gone: check it")
    keeper = kept(part, to, again=True)
    keeper.open()
    heard(to)
    keeper.close()
    part.refuses = None
    to.give(DockChange(1, True))
    assert heard(to) == [DockChange(1, True)]
    assert keeper.stop(PATIENCE)
    to.end()
    assert heard(to) == []
