"""The controller's table as text, for people: the officer's manual is written beside it, and tests hold it to the table."""

import textwrap
from collections.abc import Iterable

from bwc_agent.control.events import Answer, Signal
from bwc_agent.control.row import Guard, Row
from bwc_agent.control.status import Flag, State

WIDTHS = (20, 21, 22, 9, 34, 44)
"""Characters of each column."""
TITLES = ("in", "at", "if", "becomes", "what it means", "does")


def render(table: Iterable[Row]) -> str:
    """The table as lines of text, one block a row, in the table's order. The rows of the state off, all empty, become one line."""
    rows = [row for row in table if row.states != (State.OFF,)]
    lines = [_line(TITLES), _line(tuple("-" * width for width in WIDTHS))]
    for row in rows:
        lines += _block(_cells(row))
    return "\n".join([*lines, "off: every event is journalled where it still can be, and does nothing."])


def _cells(row: Row) -> tuple[str, ...]:
    states = "any but off" if len(row.states) == len(State) - 1 else ", ".join(state.value for state in row.states)
    guard = row.guard.value if row.guard is not Guard.ALWAYS else ""
    return states, row.event.value, guard, row.to.value if row.to else "", row.note, _deeds(row)


def _deeds(row: Row) -> str:
    flags = [f"+{name}" for name in _names(row.sets)]
    if row.clears == ~Flag.STEALTH:
        flags.append("-all but stealth")
    else:
        flags += [f"-{name}" for name in _names(row.clears)]
    return ", ".join([*map(_deed, row.answers), *flags]) or "journal only"


def _deed(answer: Answer) -> str:
    return f'signal "{answer.value}"' if isinstance(answer, Signal) else answer.value


def _names(flags: Flag) -> list[str]:
    return [flag.name.lower() for flag in flags if flag.name]


def _block(cells: tuple[str, ...]) -> list[str]:
    columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, WIDTHS, strict=True)]
    height = max(len(column) for column in columns)
    return [_line(tuple(column[i] if i < len(column) else "" for column in columns)) for i in range(height)]


def _line(cells: tuple[str, ...]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()
