"""Each parser fuzzed for some seconds in a process of its own, as rows of a table."""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS
from tests.fuzz.watch import PATIENCE_S, told

CHECKOUT: Final = Path(__file__).resolve().parents[2]
_TELLING: Final = re.compile(r"(\w+\.)*\w*(Error|Warning|Algorithm|Slow|Exception)(: |$)|SUMMARY|it hangs")
_STARTING_S: Final = 120
"""Imports and seeds, on a slow machine under instrumentation."""


@dataclass(frozen=True, slots=True)
class FuzzRow:
    """`what` was fuzzed with how many `inputs`; `note` is the slowest input, or what broke the parser."""

    what: str
    inputs: int
    crashes: int
    note: str


def driver() -> str:
    """The module that fuzzes here: atheris where it is installed, else hypothesis for the same time."""
    return "under_atheris" if importlib.util.find_spec("atheris") else "under_hypothesis"


def rows(seconds: float, targets: Sequence[Target] = TARGETS, keep: Path | None = None) -> list[FuzzRow]:
    """Every target in turn for `seconds` each. What breaks one is copied into the folder `keep`, where it is given."""
    return list(each_row(seconds, targets, keep))


def each_row(seconds: float, targets: Sequence[Target] = TARGETS, keep: Path | None = None) -> Iterator[FuzzRow]:
    """`rows`, one by one, for whoever shows progress."""
    for target in targets:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
            yield _row(target, seconds, Path(name), keep)


def _row(target: Target, seconds: float, folder: Path, keep: Path | None) -> FuzzRow:
    command = [sys.executable, "-m", f"tests.fuzz.{driver()}", target.name, str(max(1, round(seconds))), str(folder)]
    # A fuzzer leaves without clearing up: what its targets put into temporary folders goes with this one.
    world = {**os.environ, "TMPDIR": str(folder)}
    try:
        ended = subprocess.run(
            command, cwd=CHECKOUT, env=world, capture_output=True, timeout=seconds + _STARTING_S + 2 * PATIENCE_S, check=False
        )
        status, said = ended.returncode, ended.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired as error:
        status, said = -1, (error.stderr or b"").decode(errors="replace") + "\nit hangs"
    found = told(folder)
    if not found.found and not status:
        return FuzzRow(target.name, found.inputs, 0, f"slowest {found.slowest_s * 1000:.0f} ms")
    if keep is not None and found.found:
        smallest = min(found.found, key=lambda path: path.stat().st_size)
        (keep / f"{target.folder.name}-{smallest.name}").write_bytes(smallest.read_bytes())
    # A driver stops at the first, and shrinks it: its other inputs are the same finding.
    return FuzzRow(target.name, found.inputs, 1, _why(said))


def _why(said: str) -> str:
    """The line of a child's last words that says what went wrong."""
    lines = [line.strip(" |+-") for line in said.splitlines()]
    telling = [line for line in lines if _TELLING.match(line)]
    return (telling or ["ended without a word"])[-1][:200]
