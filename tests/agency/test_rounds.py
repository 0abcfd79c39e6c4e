"""Custody as a service: what is away costs a round, what a person must mend ends it, and it ends when it is asked to."""

from collections.abc import Callable

import pytest

from bwc_agent.agency.rounds import rounds
from bwc_agent.agency.store import NoDevicesError
from bwc_agent.errors import BwcError, ConfigError, IntegrityError, OffloadError, StorageError


def waits(many: int, seen: list[float]) -> Callable[[float], bool]:
    """A wait that says after `many` times that it shall end."""

    def wait(seconds: float) -> bool:
        seen.append(seconds)
        return len(seen) >= many

    return wait


def test_it_looks_again_after_each_pause_until_it_shall_end() -> None:
    done: list[int] = []
    pauses: list[float] = []
    rounds(lambda: done.append(len(pauses)), 300.0, waits(3, pauses), pytest.fail)
    assert (done, pauses) == ([0, 1, 2], [300.0] * 3)


@pytest.mark.parametrize("error", [OffloadError("the store does not answer"), StorageError("disk full"), NoDevicesError("nobody yet")])
def test_a_store_that_is_away_is_told_and_asked_again(error: BwcError) -> None:
    told: list[str] = []
    calls: list[int] = []

    def once() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise error

    rounds(once, 1.0, waits(2, []), told.append)
    assert (len(calls), told) == (2, [str(error)])


@pytest.mark.parametrize("error", [ConfigError("no such bucket"), IntegrityError("another key")])
def test_what_a_person_must_mend_ends_the_service(error: BwcError) -> None:
    def once() -> None:
        raise error

    with pytest.raises(type(error)):
        rounds(once, 1.0, waits(9, []), pytest.fail)
