"""Several jobs at once, each in a thread, their steps given one after another to one reader, who may stop at any of them.

    for step in parallel((deliver(item) for item in items), workers=3): ...

A job is a generator; what it yields waits in a queue as long as the number of workers, so no job runs ahead of its reader.
With one worker there is no thread, and the order is that of the jobs.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from queue import Queue
from threading import Event, Lock, Thread
from typing import Generic, TypeAlias, TypeVar

Step = TypeVar("Step")
Job: TypeAlias = Generator[Step, None, None]


def parallel(jobs: Iterable[Job[Step]], workers: int) -> Job[Step]:
    """What the jobs yield, in the order in which it comes; at most `workers` of them run at once.

    An error of a job ends the handing out of jobs; those that run go on to their end, so that nothing half done is thrown away;
    then the first error is raised. Closing this generator closes each job at its next step, in its own thread, and waits for that.
    """
    if workers == 1:
        for job in jobs:
            yield from job
        return
    crew = _Crew(jobs, workers)
    try:
        yield from crew.steps()
    finally:
        crew.leave()


@dataclass(frozen=True, slots=True)
class _Ended:
    """A worker has come to its end, by an error or without."""

    error: BaseException | None = None


class _Crew(Generic[Step]):
    """The threads of one call."""

    def __init__(self, jobs: Iterable[Job[Step]], workers: int) -> None:
        self._jobs, self._taking = iter(jobs), Lock()
        self._out: Queue[Step | _Ended] = Queue(workers)
        self._last_call, self._leave = Event(), Event()
        self._at_work = workers
        # Daemons: where the reader is gone without closing, the process does not wait for a store that answers nothing.
        self._threads = [Thread(target=self._work, name=f"offload {number}", daemon=True) for number in range(1, workers + 1)]
        for thread in self._threads:
            thread.start()

    def steps(self) -> Iterator[Step]:
        """In order of arrival, until every worker has ended. Raises the first error of a job."""
        first: BaseException | None = None
        while self._at_work:
            step = self._out.get()
            if not isinstance(step, _Ended):
                yield step
                continue
            self._at_work -= 1
            first = first or step.error
        if first is not None:
            raise first

    def leave(self) -> None:
        """Every worker has ended; what was on the way is let go."""
        self._leave.set()
        while self._at_work:
            self._at_work -= isinstance(self._out.get(), _Ended)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        error: BaseException | None = None
        try:
            while (job := self._next()) is not None:
                self._run(job)
        except BaseException as found:  # whatever it is, the reader raises it
            error = found
            self._last_call.set()
        self._out.put(_Ended(error))

    def _next(self) -> Job[Step] | None:
        with self._taking:
            return None if self._last_call.is_set() or self._leave.is_set() else next(self._jobs, None)

    def _run(self, job: Job[Step]) -> None:
        with closing(job):
            for step in job:
                self._out.put(step)
                if self._leave.is_set():
                    return
