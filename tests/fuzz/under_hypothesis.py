"""One target under hypothesis for some seconds, in a process of its own, where atheris has no wheel: arguments as `under_atheris.py`."""

import resource
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.mutations import mutated
from tests.fuzz.targets import target
from tests.fuzz.watch import MEGABYTES, PATIENCE_S, Watch

_ROUND = 500


class Slow(Exception):
    """An input that a parser did not finish with."""


def _slow(_number: int, _frame: FrameType | None) -> None:
    raise Slow(f"not done after {PATIENCE_S} s")


def main() -> None:
    """Rounds of new mutations, until the time is over or something is found."""
    chosen, until, folder = target(sys.argv[1]), time.monotonic() + float(sys.argv[2]), Path(sys.argv[3])
    watch, corpus = Watch(folder), chosen.corpus()
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    signal.signal(signal.SIGALRM, _slow)

    def taken_or_refused(data: bytes) -> None:
        if time.monotonic() < until:
            signal.alarm(PATIENCE_S)
            watch.run(chosen, data)
            signal.alarm(0)

    number = 0
    while time.monotonic() < until:
        number += 1
        drawn = given(mutated(corpus, chosen.longest))(taken_or_refused)
        seed(number)(settings(max_examples=_ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))(drawn))()


if __name__ == "__main__":
    main()
