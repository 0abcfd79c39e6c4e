"""One start of the real recorder in a process of its own, driven from outside by its keys and killed."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from bwc_agent.units import ticks_from_ns
from tests.faults.kept import Picture

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 60.0
"""Seconds after which a start that does not come where it should is a failure of its own."""
LONGEST: Final = 15.0
"""Seconds that a start gets to kill itself; what it waits for may never come, and then it is killed from outside."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the witness: what happened, with a word about it, at `at` (ns)."""

    what: str
    about: str
    at: int


Key = tuple[str, float, str]
"""After what it is pressed, up to how many seconds later, and which it is."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a start is to die.

    It gets `keys` (`r` starts, `s` stops), each as soon as what `after` names has happened and up to the seconds beside it have
    passed; then it is killed up to `within` seconds after `at`. `options` are the process's own; one with `--die` kills itself.
    `what` names it in the table.
    """

    at: str
    within: float
    keys: Sequence[Key] = ()
    options: Sequence[str] = ()
    what: str = ""


@dataclass(slots=True)
class Killed:
    """What the witness of a killed start had said, in its order."""

    said: list[Said] = field(default_factory=list)
    error: str = ""
    """What the process wrote about itself; a good one writes nothing."""

    def when(self, about: str) -> int | None:
        """When (ns) it was first said."""
        return next((said.at for said in self.said if said.about == about), None)

    @property
    def taken(self) -> list[Picture]:
        """Every picture that the camera gave, up to the stop if there was one."""
        until = self.when("stopped")
        seen = [said for said in self.said if said.what == "picture" and (until is None or said.at <= until)]
        return [(int(said.about), ticks_from_ns(said.at)) for said in seen]

    @property
    def heard(self) -> int | None:
        """Until when (ticks) there was sound, up to the stop if there was one."""
        until = self.when("stopped")
        blocks = [said.at for said in self.said if said.what == "sound" and (until is None or said.at <= until)]
        return ticks_from_ns(blocks[-1]) if blocks else None

    @property
    def stalled(self) -> float:
        """Seconds that the disk had hung when it ended."""
        began, ended = self.when("begins"), self.when("ends")
        return 0.0 if began is None else ((self.said[-1].at if ended is None else ended) - began) / 1e9


def killed(config: Path, moment: Moment, random: Random) -> Killed:
    """Start, drive and kill one recorder; what it left stands in its vault."""
    out = Killed()
    with _terminal() as (keyboard, screen), (config.parent / "error").open("w+b") as errors:
        command = [sys.executable, "-m", "tests.faults.recorder_process", str(config), *moment.options]
        with subprocess.Popen(
            command, stdin=screen, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, bufsize=0, start_new_session=True
        ) as process:
            witness = _Witness(process, out.said)
            try:
                _drive(witness, moment, keyboard, random)
            finally:
                process.kill()
                witness.rest()
        errors.seek(0)
        out.error = errors.read().decode(errors="replace")
    return out


@contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    """A keyboard's end and a program's end."""
    keyboard, screen = pty.openpty()
    try:
        yield keyboard, screen
    finally:
        os.close(keyboard)
        os.close(screen)


def _drive(witness: "_Witness", moment: Moment, keyboard: int, random: Random) -> None:
    for after, late, key in moment.keys:
        witness.until(after)
        _ready(witness, keyboard)
        witness.passes(random.uniform(0, late))
        os.write(keyboard, key.encode())
    if "--die" in moment.options:
        witness.passes(LONGEST)
        return
    witness.until(moment.at)
    witness.passes(random.uniform(0, moment.within))


def _ready(witness: "_Witness", keyboard: int) -> None:
    """The keys are the recorder's once it takes each as it comes; what was typed before is not meant for it."""
    until = time.monotonic() + PATIENCE
    while not witness.over and termios.tcgetattr(keyboard)[3] & termios.ICANON:
        if time.monotonic() > until:
            raise TimeoutError(f"the recorder did not take its keyboard within {PATIENCE:g} s")
        witness.passes(0.01)


class _Witness:
    """Reads the lines of one process as they come."""

    def __init__(self, process: subprocess.Popen[bytes], said: list[Said]) -> None:
        assert process.stdout is not None
        self._descriptor = process.stdout.fileno()
        self._said = said
        self._torn = b""
        self.over = False

    def until(self, about: str) -> None:
        """Wait until it was said, or nothing more will be."""
        until = time.monotonic() + PATIENCE
        while not self.over and all(said.about != about for said in self._said):
            if time.monotonic() > until:
                raise TimeoutError(f"{about!r} did not happen within {PATIENCE:g} s")
            self._take(0.5)

    def passes(self, seconds: float) -> None:
        """Let time go by."""
        until = time.monotonic() + seconds
        while not self.over and (left := until - time.monotonic()) > 0:
            self._take(left)

    def rest(self) -> None:
        """All up to its end."""
        while not self.over:
            self._take(PATIENCE)

    def _take(self, patience: float) -> None:
        if not select.select([self._descriptor], [], [], patience)[0]:
            return
        data = os.read(self._descriptor, 65536)
        self.over = not data
        *lines, self._torn = (self._torn + data).split(b"\n")
        for line in lines:
            what, about, at = line.decode().split(" ")
            self._said.append(Said(what, about, int(at)))
