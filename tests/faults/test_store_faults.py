"""A short run of the dockings of `make faults`: the real store, a real proxy, the real programs, and the faults that say most."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

import pytest

from tests.faults.store_faults import Fault, always, to_device
from tests.faults.store_rows import FAULTS, suffered
from tests.faults.store_stage import Stage, stage
from tests.faults.store_story import StoreStory
from tests.faults.store_table import Docked
from tests.offload import lies
from tests.offload.liar import honest
from tests.offload.lies import on, puts

BY_NAME = {fault.what: fault for fault in FAULTS}
SHORT = (
    "cut within an upload",
    "200, and nothing stored",
    "in the mailbox: receipts of a life before",
    "hostile: sealed names taken, lengths right",
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as here:
        yield here


@pytest.mark.parametrize("what", SHORT)
def test_nothing_is_lost_or_released_early_somebody_says_so_and_the_next_docking_delivers_all(here: Stage, what: str) -> None:
    assert replace(suffered(here, BY_NAME[what], Random(1)), note="") == Docked(what, runs=1)


def test_a_fault_that_nobody_speaks_of_is_noticed(here: Stage) -> None:
    silent = Fault("none", "the store failed", to_device(always(honest)))
    assert suffered(here, silent, Random(1)).unclear == 1


def test_a_store_that_goes_on_refusing_is_noticed(here: Stage) -> None:
    @contextmanager
    def forever(here: Stage, _story: StoreStory, _random: Random) -> Iterator[None]:
        here.device.lie = on(puts, lies.refused(503, "SlowDown"))
        yield

    found = suffered(here, Fault("for ever", "asks to go slower", forever), Random(1))
    here.device.lie = honest
    assert (found.left, found.unclear, found.broken) == (5, 0, True)


def test_no_two_faults_have_one_name() -> None:
    assert len(BY_NAME) == len(FAULTS)
