"""The offloader's loop: waits for the dock, delivers, and goes on looking for mail until the camera is taken out.

    idle in the dock -> wait a moment, so that a shift does not begin at one second -> mail, delivery, mail
        failed       -> wait (backoff.py), then the same again; destination, credentials and certificates are read anew
        delivered    -> look into the mailbox about each minute: receipts come when custody has worked
    undocked, busy, or asked to end -> stop at the next piece

What is idle the recorder alone says (told.py). All that is not pure is injected.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bwc_agent.errors import BwcError, ConfigError, OffloadError, StorageError
from bwc_agent.offload.backoff import Backoff
from bwc_agent.offload.destination import Destination
from bwc_agent.offload.docking import Docking, Work
from bwc_agent.offload.oldest import age
from bwc_agent.offload.progress import Progress
from bwc_agent.offload.report import shortened
from bwc_agent.offload.told import OffloadTold, RecorderTold, hear, tell

LOOK: Final = 1.0
"""Seconds between two looks at what the recorder says, and between two tellings."""
MAIL_EVERY: Final = 60.0
"""Seconds between two looks into the mailbox, half as many more or less."""
SPREAD: Final = 60.0
"""Seconds over which the first tries of a shift that docks at one second are spread; README.md has why."""
_ENDED: Final = "the offloader was ended in the middle of delivering; it begins again"


@dataclass(frozen=True, slots=True)
class Around:
    """What the loop is given. `clock`: microseconds since 1970, a claim; `monotonic` and `sleep`: seconds; `draw`: evenly from 0 to
    below 1; `asked`: whether to end; `beat` is called as long as the loop lives; `say` takes lines, `watch` every step.
    """

    clock: Callable[[], int]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    draw: Callable[[], float]
    asked: Callable[[], bool] = lambda: False
    beat: Callable[[], None] = lambda: None
    say: Callable[[str], None] = lambda line: None
    watch: Callable[[Progress], None] = lambda progress: None


class Service:
    """`run` is the folder in which recorder and offloader tell each other; None: nobody is told, and nobody asked."""

    def __init__(self, work: Work, destination: Callable[[], Destination], run: Path | None, around: Around) -> None:
        self._work, self._destination, self._run, self._around = work, destination, run, around
        self._failing, self._said = "", ""
        self._told_at: float | None = None
        self._busy = "the recorder says nothing"

    def serve(self) -> None:
        """Until it is asked to end. Raises ConfigError where the recorder could not be heard."""
        if self._run is None and self._work.recorder:
            raise ConfigError("device.run is empty, so the recorder cannot say when the camera is idle in the dock: name a folder")
        self._note_last_word()
        self._tell(Progress(0, 0), running=False)
        while not self._around.asked():
            if not self._idle():
                self._waits(LOOK)
                continue
            docking = self._new_docking()
            self._docked(docking)
            self._tell(docking.progress, running=False)

    def _note_last_word(self) -> None:
        """A process that is killed again and again must not look, between two of its lives, like one that has delivered all."""
        last = hear(self._run, OffloadTold) if self._run is not None else None
        if last is not None and (last.running or last.failing):
            self._failing = last.failing or _ENDED

    def once(self) -> Progress:
        """One pass now. Raises ConfigError where the recorder is busy, OffloadError where it becomes so or this program is asked to
        end, else the first of its errors once all that can be done is done."""
        if self._kept_from():
            raise ConfigError(f"{self._busy}: dock the camera, and wait until it is idle")
        docking = self._new_docking()
        try:
            with closing(docking.deliver(self._destination())) as steps:
                for progress in steps:
                    self._step(progress)
                    if self._kept_from():
                        raise OffloadError(f"{self._busy}: {progress.files - progress.files_done} files are left; the next try goes on")
        except BwcError as error:
            self._failing = str(error)
            raise
        finally:
            self._tell(docking.progress, running=False)
        return docking.progress

    def _docked(self, docking: Docking) -> None:
        """One stay in the dock."""
        backoff, delivered = Backoff(self._around.draw), False
        wait = self._around.draw() * SPREAD
        while self._waited(wait):
            try:
                if delivered:
                    docking.look(self._destination())
                elif not self._pass(docking):
                    return
                delivered, self._failing = True, ""
                backoff.succeeded()
                wait = LOOK if docking.more else MAIL_EVERY * (0.5 + self._around.draw())
            except Exception as error:  # whatever a store makes the libraries raise: it is a failure, and tried again
                if docking.moved:
                    docking.moved = 0  # it counts once: a try that does not come to a pass has moved nothing
                    backoff.succeeded()
                wait = backoff.failed()
                self._failed(error, wait)
            self._tell(docking.progress, running=False)

    def _pass(self, docking: Docking) -> bool:
        """True if it came to its end, False if the camera was taken out, or began to work, or this program is to end."""
        with closing(docking.deliver(self._destination())) as steps:
            for progress in steps:
                self._step(progress)
                if not self._may_go_on():
                    self._say(f"stopped, {progress.files - progress.files_done} files are left: {self._busy}")
                    return False
        done = docking.progress
        self._say(f"delivered: {done.files_done} files, {done.bytes_done} bytes; nothing is left")
        return True

    def _new_docking(self) -> Docking:
        return Docking(self._work, self._around.clock, self._say)

    def _idle(self) -> bool:
        """True if the recorder says that the camera is idle in the dock, or there is none."""
        if not self._work.recorder or self._run is None:
            return True
        told = hear(self._run, RecorderTold)
        self._busy = "the recorder says nothing" if told is None else f"the recorder is not idle in the dock ({told.state[:40]})"
        return told is not None and told.idle

    def _kept_from(self) -> bool:
        """True if one pass may not be: a recorder that says nothing, or ended with all its files closed, keeps nobody from it."""
        told = None if self._run is None else hear(self._run, RecorderTold)
        silent = told is None or told.state == "off"
        return not self._may_go_on() and (self._around.asked() or not silent)

    def _may_go_on(self) -> bool:
        if self._around.asked():
            self._busy = "asked to end"
            return False
        return self._idle()

    def _waited(self, seconds: float) -> bool:
        """True if `seconds` have passed and there is still something to do."""
        end = self._around.monotonic() + seconds
        while self._may_go_on():
            left = end - self._around.monotonic()
            if left <= 0:
                return True
            self._waits(min(left, LOOK))
        return False

    def _waits(self, seconds: float) -> None:
        self._around.beat()
        self._around.sleep(seconds)

    def _step(self, progress: Progress) -> None:
        self._around.beat()
        self._around.watch(progress)
        now = self._around.monotonic()
        if self._told_at is None or now - self._told_at >= LOOK:
            self._told_at = now
            self._tell(progress, running=True)

    def _failed(self, error: Exception, wait: float) -> None:
        self._failing = str(error) if isinstance(error, BwcError) else f"unexpected {type(error).__name__}: {ascii(str(error))[:200]}"
        self._say(self._failing)
        self._around.say(f"tried again in {wait:.0f} s")

    def _tell(self, progress: Progress, running: bool) -> None:
        """Nobody who does not listen keeps evidence from going."""
        if self._run is None:
            return
        now = self._around.clock()
        counts = (progress.files, progress.files_done, progress.bytes, progress.bytes_done)
        told = OffloadTold(running, *counts, progress.oldest or "", shortened(self._failing), now, age(progress.since, now))
        try:
            tell(self._run, told)
        except StorageError as error:
            self._say(str(error))

    def _say(self, line: str) -> None:
        """What is said again and again is said once."""
        if line != self._said:
            self._said = line
            self._around.say(line)
