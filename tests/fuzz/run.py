"""Fuzz every parser: python tests/fuzz/run.py [--seconds N] [--keep FOLDER] [TARGET ...]. Exits 1 if one broke.

Part of `make faults`. Needs atheris (the extra `fuzz`); where that has no wheel, hypothesis makes the inputs instead.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.rows import driver, each_row
from tests.fuzz.targets import TARGETS, target

_ROW = "{:32} {:>10} {:>7}  {}"


def main() -> int:
    """A row for each parser, as soon as it is done."""
    parser = argparse.ArgumentParser(description="Fuzz every parser, each in a process of its own.")
    parser.add_argument("--seconds", type=float, default=10, help="for each parser")
    parser.add_argument("--keep", type=Path, help="a folder for the inputs that broke one")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of: {', '.join(each.name for each in TARGETS)}")
    options = parser.parse_args()
    if driver() == "under_hypothesis":
        print("atheris is not here (no wheel for this machine or this Python): hypothesis makes the inputs instead", flush=True)
    broken = 0
    print(_ROW.format("parser", "inputs", "crashes", "note"))
    for row in each_row(options.seconds, [target(name) for name in options.targets] or TARGETS, options.keep):
        print(_ROW.format(row.what, f"{row.inputs:,}", row.crashes, row.note), flush=True)
        broken += row.crashes
    if broken:
        print("Keep what broke a parser (--keep FOLDER), mend the parser, and put the input into tests/vectors/fuzz/TARGET.")
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
