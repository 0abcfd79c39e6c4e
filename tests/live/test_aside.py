"""Work beside the core: what hangs or fails there stays there."""

import queue
from threading import Event

from bwc_agent.live.aside import Aside
from tests.live.stage import PATIENCE

NEVER = 3600.0


class Work:
    """Counts in `done`; waits for `answers`, fails while `broken`."""

    def __init__(self) -> None:
        self.done: queue.Queue[int] = queue.Queue()
        self.answers, self.broken, self.count = Event(), False, 0
        self.answers.set()
        self.errors: list[str] = []
        self.aside = Aside("test", self.work, NEVER, self.errors.append, NEVER)
        self.aside.start()

    def work(self) -> None:
        assert self.answers.wait(PATIENCE)
        self.count += 1
        self.done.put(self.count)
        if self.broken:
            raise OSError(f"failure {self.count}")


def test_it_works_when_it_is_woken_and_once_more_at_its_end() -> None:
    work = Work()
    work.aside.wake()
    assert work.done.get(timeout=PATIENCE) == 1
    assert work.aside.close(PATIENCE)
    assert (work.count, work.errors) == (2, [])


def test_a_failure_is_told_once_and_it_goes_on() -> None:
    work = Work()
    work.broken = True
    for number in (1, 2, 3):
        work.aside.wake()
        assert work.done.get(timeout=PATIENCE) == number
    work.broken = False
    assert work.aside.close(PATIENCE)
    assert work.errors == ["failure 1"]


def test_work_that_hangs_keeps_nobody() -> None:
    work = Work()
    work.answers.clear()
    work.aside.wake()
    assert not work.aside.close(0.0)
    work.answers.set()
    assert work.aside.close(PATIENCE)
