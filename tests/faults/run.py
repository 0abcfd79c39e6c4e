"""`make faults`: what a fault costs, each kind again and again, in one table; exits 1 where a promise is broken.

    make faults                                   about half an hour on two cores
    make faults FAULTS='--kills 20 --runs 2'      sooner
    make faults FAULTS='--seed 7 --only kills'    one section, the same moments again

The seed settles what is drawn; a process that is killed by the clock is somewhere else each time all the same. To add a section,
write a module with `rows(seed, how many)` and name it in `SECTIONS`; dockings, alterations and parsers have tables of their own (`TABLES`).
"""

import argparse
import secrets
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rich.console import Console, Group

from tests.faults import disk_rows, dock_rows, error_rows, journal_rows, kill_rows, scenario_rows, store_rows
from tests.faults.counted import Counted, altered, counted, fuzzed
from tests.faults.store_table import Docked, docked
from tests.faults.table import Row, rendered

KILLS: Final = 200
RUNS: Final = 10


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is asked for: deaths of real recorders, and runs of each other fault (ten make the whole)."""

    seed: int
    kills: int = KILLS
    runs: int = RUNS


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the table; `rows` may take minutes, and gives each row when it has it."""

    name: str
    title: str
    rows: Callable[[Amount], Iterable[Row]]


SECTIONS: Final[Sequence[Section]] = (
    Section("kills", "A recorder process and SIGKILL", lambda much: kill_rows.rows(much.seed, much.kills)),
    Section("disk", "Power cuts, by a model of the disk", lambda much: disk_rows.rows(much.seed, 270 * much.runs)),
    Section("dock", "The dock's programs and SIGKILL", lambda much: dock_rows.rows(much.seed, 5 * much.runs)),
    Section("scenarios", "The whole agent in the simulator", lambda much: scenario_rows.rows(much.seed, much.runs)),
    Section("errors", "A disk that refuses", lambda much: error_rows.rows(much.seed, much.runs)),
    Section("journals", "Journals cut short", lambda much: journal_rows.rows(much.seed, 3 * much.runs)),
)
"""In the order in which they are run and shown."""


@dataclass(frozen=True, slots=True)
class Counting:
    """A table of its own: its name, its title, what makes its rows, and how they are shown under the title."""

    name: str
    title: str
    rows: Callable[[Amount], Iterable[Counted | Docked]]
    shown: Callable[[str, Sequence[Any]], Group]


TABLES: Final[Sequence[Counting]] = (
    Counting("store", "Dockings while something goes wrong", lambda much: store_rows.rows(much.seed, max(1, much.runs // 10)), docked),
    Counting("forgery", "alterations of a record", lambda much: altered(much.seed, 3 * much.runs), partial(counted, "tried", "missed")),
    Counting("fuzz", "parsers and made-up inputs", lambda much: fuzzed(much.runs / 2), partial(counted, "inputs", "broken")),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and say by the exit status whether every bound held."""
    options = _options(arguments)
    much = Amount(options.seed, options.kills, options.runs)
    rows: list[tuple[Section, list[Row]]] = []
    told = Console(stderr=True)
    for section in SECTIONS:
        if not options.only or section.name in options.only:
            told.print(f"{section.title} …")
            rows.append((section, list(section.rows(much))))
    tables: list[tuple[Counting, list[Counted | Docked]]] = []
    for table in TABLES:
        if not options.only or table.name in options.only:
            told.print(f"{table.title} …")
            tables.append((table, list(table.rows(much))))
    print(f"seed {much.seed}")
    if rows:
        Console().print(rendered([(section.title, found) for section, found in rows]))
    for table, counts in tables:
        Console().print(table.shown(table.title, counts))
    return int(any(row.broken for _, found in rows for row in found) or any(row.broken for _, counts in tables for row in counts))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description="what a fault costs")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="draws the same moments again; a new one if not given")
    parser.add_argument("--kills", type=int, default=KILLS, help="how many recorders are killed (%(default)s)")
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each other fault comes (%(default)s)")
    names = [*(section.name for section in SECTIONS), *(table.name for table in TABLES)]
    parser.add_argument("--only", action="append", choices=names, help="this section; may be repeated")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
