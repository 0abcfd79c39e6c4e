"""What the table of dockings says, and which of its lines break a promise."""

import pytest
from rich.console import Console

from tests.faults.store_table import Docked, docked


@pytest.mark.parametrize("wrong", [Docked("cut", 3, *counts) for counts in ((1,), (0, 1), (0, 0, 1), (0, 0, 0, 1))])
def test_any_count_but_that_of_the_runs_breaks_a_promise(wrong: Docked) -> None:
    assert not Docked("cut", 3).broken
    assert wrong.broken


def test_what_was_never_run_proves_nothing() -> None:
    assert Docked("cut").broken


def test_runs_of_one_kind_add_up_and_the_first_note_stays() -> None:
    runs = [Docked("cut", 1), Docked("cut", 1, lost=2, note="first"), Docked("cut", 1, lost=1, left=4, note="second")]
    assert sum(runs, Docked("cut")) == Docked("cut", 3, lost=3, left=4, note="first")


def test_the_table_has_its_sums_and_says_what_was_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    Console(width=80).print(docked("dockings", [Docked("cut", 3, note="nothing"), Docked("full", 2, unclear=1, note="500: what?")]))
    shown = capsys.readouterr().out
    assert [line.split() for line in shown.splitlines() if line.split()[:1] == ["all"]] == [["all", "5", "0", "0", "1", "0"]]
    assert "full: 500: what?" in shown and "nothing" not in shown
