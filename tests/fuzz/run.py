"""Fuzz every parser: python tests/fuzz/run.py [--seconds N] [--keep FOLDER] [TARGET ...]. Exits 1 if one broke.

Part of `make faults`. Needs atheris (the extra `fuzz`); where that has no wheel, hypothesis makes the inputs instead.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rich.console import Console
from rich.table import Table

from tests.fuzz.rows import driver, each_row
from tests.fuzz.targets import TARGETS, target


def main() -> int:
    """All of it, in one table."""
    parser = argparse.ArgumentParser(description="Fuzz every parser, each in a process of its own.")
    parser.add_argument("--seconds", type=float, default=10, help="for each parser")
    parser.add_argument("--keep", type=Path, help="a folder for the inputs that broke one")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of: {', '.join(each.name for each in TARGETS)}")
    options = parser.parse_args()
    console = Console()
    if driver() == "under_hypothesis":
        console.print("atheris is not here (no wheel for this machine or this Python): hypothesis makes the inputs instead")
    table = Table("parser", "inputs", "crashes", "note", title="fuzz")
    broken = 0
    for row in each_row(options.seconds, [target(name) for name in options.targets] or TARGETS, options.keep):
        table.add_row(row.what, f"{row.inputs:,}", str(row.crashes), row.note)
        broken += row.crashes
    console.print(table)
    if broken:
        console.print("Keep what broke a parser (--keep FOLDER), mend the parser, and put the input into tests/vectors/fuzz/TARGET.")
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
