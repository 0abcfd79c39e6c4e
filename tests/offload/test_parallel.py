"""Jobs side by side: nothing is lost, nothing runs on, and one worker is as if there were no threads."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.offload.parallel import Job, parallel

Plan = list[int]
"""For each job how many steps it has."""
PLANS = st.lists(st.integers(0, 5), max_size=12)


class Jobs:
    """Jobs that note where they began, and were closed."""

    def __init__(self, plan: Plan, failing: frozenset[int] = frozenset()) -> None:
        self.plan, self.failing = plan, failing
        self.begun: list[int] = []
        self.closed: list[int] = []
        self.threads: set[threading.Thread] = set()

    def __iter__(self) -> Iterator[Job[tuple[int, int]]]:
        return (self._job(number, steps) for number, steps in enumerate(self.plan))

    def _job(self, number: int, steps: int) -> Job[tuple[int, int]]:
        self.begun.append(number)
        self.threads.add(threading.current_thread())
        try:
            for step in range(steps):
                yield number, step
            if number in self.failing:
                raise ValueError(f"job {number}")
        finally:
            self.closed.append(number)


def every(plan: Plan) -> list[tuple[int, int]]:
    return [(number, step) for number, steps in enumerate(plan) for step in range(steps)]


@settings(max_examples=60, deadline=None)
@given(PLANS, st.integers(1, 4))
def test_every_step_of_every_job_comes_once_and_each_job_s_in_order(plan: Plan, workers: int) -> None:
    jobs = Jobs(plan)
    found = list(parallel(jobs, workers))
    assert sorted(found) == every(plan)
    assert all([step for job, step in found if job == number] == list(range(steps)) for number, steps in enumerate(plan))
    assert sorted(jobs.closed) == list(range(len(plan)))


@given(PLANS)
def test_one_worker_has_no_thread_and_keeps_the_order_of_the_jobs(plan: Plan) -> None:
    jobs = Jobs(plan)
    assert list(parallel(jobs, 1)) == every(plan)
    assert jobs.threads <= {threading.current_thread()}


@settings(max_examples=60, deadline=None)
@given(PLANS, st.integers(1, 4), st.integers(0, 20))
def test_closed_at_any_step_every_job_that_began_is_closed_and_no_thread_is_left(plan: Plan, workers: int, stop: int) -> None:
    before = threading.active_count()
    jobs = Jobs(plan)
    steps = parallel(jobs, workers)
    for _ in zip(range(stop), steps, strict=False):
        pass
    steps.close()
    assert threading.active_count() == before
    assert sorted(jobs.closed) == sorted(jobs.begun)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.integers(1, 4), st.data())
def test_an_error_is_raised_once_those_that_run_have_come_to_their_end(plan: Plan, workers: int, data: st.DataObject) -> None:
    failing = data.draw(st.integers(0, len(plan) - 1))
    jobs, found = Jobs(plan, frozenset([failing])), list[tuple[int, int]]()
    with pytest.raises(ValueError, match=f"job {failing}$"):
        found.extend(step for step in parallel(jobs, workers))
    assert sorted(jobs.closed) == sorted(jobs.begun)
    assert failing in jobs.begun


def test_no_more_jobs_run_at_once_than_there_are_workers_and_none_runs_far_ahead_of_its_reader() -> None:
    jobs = Jobs([1000] * 10)
    steps = parallel(jobs, 3)
    next(steps)
    assert len(jobs.begun) <= 3
    steps.close()
    assert len(jobs.begun) <= 3


def test_the_other_jobs_finish_what_they_have_begun_before_an_error_is_raised() -> None:
    waiting, done = threading.Event(), list[str]()

    def slow() -> Job[str]:
        yield "slow"
        waiting.wait(60)
        yield "still slow"
        done.append("slow")

    def failing() -> Job[str]:
        yield "failing"
        waiting.set()
        raise OSError("gone")

    found: list[str] = []
    with pytest.raises(OSError, match="gone"):
        for step in parallel([slow(), failing()], 2):
            found.append(step)
    assert done == ["slow"] and "still slow" in found
