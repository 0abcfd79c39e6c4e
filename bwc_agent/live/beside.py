"""The recorder beside offloader and custodian: it says how far it is, hears how far they are, and counts what is left.

    core's loop --tick--> Beside --RUN/recorder/told.json--> the offloader
    core's loop <--Delivery-- RUN/offload/told.json          (while idle in the dock)
    core's loop <--Held------ the card itself

Each of the three has a thread of its own, because each touches a folder that may hang: a card, a tmpfs that is full. Nothing
that happens there stops a recording; what fails is journalled once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from bwc_agent.control.inputs import Delivery, Held, Noted, Source
from bwc_agent.control.status import State
from bwc_agent.evidence.layout import Vault
from bwc_agent.live.aside import Aside
from bwc_agent.live.heard import Heard
from bwc_agent.live.inputs import reason
from bwc_agent.live.stream import Stream
from bwc_agent.offload.told import OffloadTold, RecorderTold, hear, tell
from bwc_agent.recorder import Recorder
from bwc_agent.storage.held_back import COUNT_EVERY, COUNT_FIRST, Holdings
from bwc_agent.units import TICKS

Work = Callable[[], None]

HEAR_EVERY: Final = 1.0
"""Seconds between two looks at what the offloader says, and between two tries to say what could not be said."""
PATIENCE: Final = 1.0
"""Seconds that the end waits for the last word to be said."""


class Teller:
    """Keeps `run` saying what the recorder was last; writes only what has changed."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._told: RecorderTold | None = None
        self.wanted: RecorderTold | None = None

    def work(self) -> None:
        """Say it, if it was not said. Raises StorageError."""
        wanted = self.wanted
        if wanted is not None and wanted != self._told:
            tell(self._run, wanted)
            self._told = wanted


class Listener:
    """Hears the offloader's word while `idle`; each docking anew."""

    def __init__(self, run: Path, stream: Stream) -> None:
        self._run, self._stream = run, stream
        self._heard: Heard | None = None
        self.idle = False

    def work(self) -> None:
        """Give the core what is said now."""
        if not self.idle:
            self._heard = None
            return
        told, now = hear(self._run, OffloadTold), self._stream.now()
        if self._heard is None:
            self._heard = Heard(told, now)
        said: Delivery = self._heard.said(told, now)
        self._stream.give(said)


class Counter:
    """Counts what on the card has no receipt; `first` is the start with which this process began, `running` the one that writes."""

    def __init__(self, vault: Vault, stream: Stream, first: int) -> None:
        self._holdings, self._stream, self._first = Holdings(vault), stream, first
        self.running = first

    def work(self) -> None:
        """Give the core the count. Raises StorageError."""
        found = self._holdings.look(self.running)
        began = found.tick(self._first)
        self._stream.give(Held(self._stream.now(), found.recordings, found.bytes, began, found.utc_us))


class Beside:
    """A context: from its begin to its end the threads run. Where `run` is "" nobody is told, and nobody heard."""

    def __init__(self, vault: Vault, run: str, delivers: bool, stream: Stream, start: int) -> None:
        """`delivers`: an offloader is to be there, and heard; `start`: the number of the start that has begun."""
        self._stream = stream
        self._counter, self._teller, self._listener = Counter(vault, stream, start), Teller(Path(run)), Listener(Path(run), stream)
        self._telling = self._aside("tell", self._teller.work, HEAR_EVERY) if run else None
        asides = [self._telling, self._aside("count", self._counter.work, COUNT_EVERY / TICKS, COUNT_FIRST / TICKS)]
        asides += [self._aside("hear", self._listener.work, HEAR_EVERY)] if run and delivers else []
        self._asides = [aside for aside in asides if aside is not None]

    def __enter__(self) -> Self:
        for aside in self._asides:
            aside.start()
        return self

    def __exit__(self, *_: object) -> None:
        """The recorder has let go of the card, well or not: that is the last that is said."""
        self._teller.wanted = RecorderTold(self._counter.running, State.OFF.value, False)
        for aside in self._asides:
            aside.close(PATIENCE if aside is self._telling else 0.0)

    def tick(self, recorder: Recorder, start: int) -> None:
        """The core has come so far, in the start of that number; never waits. "off" is said when its files are closed, not before."""
        self._counter.running, self._listener.idle = start, recorder.idle
        state = recorder.status.state
        told = RecorderTold(start, state.value, recorder.idle)
        if self._telling is not None and state is not State.OFF and told != self._teller.wanted:
            self._teller.wanted = told
            self._telling.wake()

    def _aside(self, name: str, work: Work, every: float, first: float = 0.0) -> Aside:
        def failed(why: str) -> None:
            self._stream.give(Noted(self._stream.now(), Source.OFFLOAD, reason(f"cannot {name}: {why}")))

        return Aside(name, work, every, failed, first)
