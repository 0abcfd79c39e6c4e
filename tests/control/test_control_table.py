"""The table is total, without rows that cannot count, and prints as it is."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from bwc_agent.control.controller import ROWS
from bwc_agent.control.events import Event, of_gesture
from bwc_agent.control.gestures import GestureKind
from bwc_agent.control.manual import render
from bwc_agent.control.row import HOLDS, Guard
from bwc_agent.control.status import Flag, State
from bwc_agent.control.table import TABLE

PAIRS = list(itertools.product(State, Event))


@pytest.mark.parametrize("state", State)
def test_each_event_has_an_explicit_answer_whose_last_row_alone_is_unguarded(state: State) -> None:
    for event in Event:
        guards = [row.guard for row in ROWS[state, event]]
        assert guards[-1] is Guard.ALWAYS, (state, event)
        assert Guard.ALWAYS not in guards[:-1], (state, event)
        assert len(set(guards)) == len(guards), (state, event)


def test_the_table_names_no_other_pair() -> None:
    assert set(ROWS) == set(PAIRS)


def test_each_guard_has_a_meaning_and_a_use() -> None:
    assert set(HOLDS) == set(Guard) == {row.guard for row in TABLE}


def test_each_gesture_is_an_event_of_its_name() -> None:
    assert [of_gesture(kind).name for kind in GestureKind] == [kind.name for kind in GestureKind]


def test_only_a_shutdown_and_the_power_button_lead_off_and_nothing_leads_out_of_it() -> None:
    assert {row.event for row in TABLE if row.to is State.OFF} == {Event.SHUTDOWN, Event.POWER_HOLD}
    off = [row for row in TABLE if State.OFF in row.states]
    assert all(row.to is None and not row.answers and row.sets == row.clears == Flag.NONE for row in off)


def test_rows_that_do_nothing_say_so_and_only_they() -> None:
    for row in TABLE:
        does_nothing = row.to is None and not row.answers and row.sets == row.clears == Flag.NONE
        assert row.note.startswith("nothing:") == does_nothing, row


def test_the_printed_table_says_each_row_and_fits_a_wide_page() -> None:
    text = render(TABLE)
    words = " ".join(text.split())
    assert all(event.value in words for event in Event)
    idle = [row for row in TABLE if row.note.startswith("nothing:") and row.states != (State.OFF,)]
    assert text.count("journal only") == len(idle)
    assert max(len(line) for line in text.splitlines()) <= 160


def test_the_table_prints_itself() -> None:
    command = [sys.executable, "-m", "bwc_agent.control.table"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout == render(TABLE) + "\n"
    assert done.stderr == ""
