"""One part's own thread: it opens the part, passes on what it gives, closes it, and says when it fails.

The core's loop never waits for a part. Opening takes half a second on some, closing may take as long as a read; so both
happen here, in the order in which they were asked for. Camera and microphone are opened again by the core, which
journals each loss; every other part is tried again from here.

A driver that hangs, in spite of its contract, cannot be stopped from outside. It is left to itself with its thread, and a
new one takes its place; where the old one still holds the device, only another process gets it (`stuck`, watchdog.py).
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from bwc_agent.control.inputs import Source
from bwc_agent.live.inputs import back, lost
from bwc_agent.live.stream import Item, Session, Stream
from bwc_agent.units import TICKS
from hal.errors import HardwareError
from hal.interfaces import Part

HANGS = 40 * TICKS
"""A camera or microphone that has given nothing so long after it was asked for hangs: loading a driver takes seconds on a small board."""
STALLS = 3 * TICKS
"""One that has given something, and then nothing for so long, not even that it failed, hangs. Drivers have their own, shorter patience."""
MOST_LEFT = 3
"""So many hanging drivers of one part are left to themselves; each keeps its thread and what it had in memory."""
AGAIN = 5.0
"""Seconds until a failed part is tried again from here."""
PROVEN = 6 * TICKS
"""A part that was lost, gives nothing by its nature, and has not failed for so long, works again."""

Running = tuple[Part, Callable[[], Iterator[Item]]]
"""A part, and what it gives once it is open."""


class Keeper:
    """`items()` is what the open part gives, in order; it may end, and may raise HardwareError. `renew()` makes both anew.

    With `again` a failed part is opened anew each `AGAIN` seconds, and its loss and its return are told once each; without
    it each failure is told, and the part waits for the next `open`.
    """

    def __init__(
        self,
        source: Source,
        part: Part,
        items: Callable[[], Iterator[Item]],
        stream: Stream,
        again: bool,
        renew: Callable[[], Running] | None = None,
    ) -> None:
        self._source = source
        self._stream = stream
        self._renew = renew
        self._again = again
        self._changed = threading.Condition()
        self._wanted = self._ending = self._lost = self._is_open = self._given = False
        self._session: Session | None = None
        self._since = 0
        self._closers: list[threading.Thread] = []
        self._left: list[threading.Thread] = []
        self._begin((part, items))

    def _begin(self, running: Running) -> None:
        self._running = running
        self._thread = threading.Thread(target=self._run, args=(running,), name=self._source.value, daemon=True)
        self._thread.start()

    @property
    def stuck(self) -> bool:
        """A driver that hung was left, and still does."""
        return any(thread.is_alive() for thread in self._left)

    def open(self) -> None:
        """Want the part open; nothing where it is wanted already."""
        with self._changed:
            if not self._wanted:
                self._wanted, self._given, self._since = True, False, self._stream.now()
                self._changed.notify_all()

    def close(self) -> None:
        """Nothing of the part reaches the core from now on; it is released as soon as it lets itself be."""
        with self._changed:
            self._wanted = False
            self._shut()
            self._changed.notify_all()

    def stop(self, patience: float) -> bool:
        """Close, and end the thread; False where the part, or a driver that was given up, still hangs `patience` seconds later."""
        with self._changed:
            self._ending = True
        self.close()
        for thread in (self._thread, *self._left):
            thread.join(patience)
        return not self._thread.is_alive() and not self.stuck

    def watch(self, now: int) -> None:
        """Called at each tick: a camera that hangs has failed; a quiet part that has not failed anew works again."""
        with self._changed:
            quiet = now - self._since
            if self._again:
                if self._is_open and quiet >= PROVEN:
                    self._back()
            elif self._wanted and quiet >= (STALLS if self._given else HANGS):
                self._wanted = False
                self._shut()
                self._tell_loss(f"{self._source.value}: it hangs and does not answer: check its cable")
                self._leave()

    def _leave(self) -> None:
        """Give the driver up that hangs, and take a new one."""
        self._left = [thread for thread in self._left if thread.is_alive()]
        if self._renew is not None and len(self._left) < MOST_LEFT:
            self._left.append(self._thread)
            self._session, self._is_open, self._closers = None, False, []
            self._begin(self._renew())

    def _shut(self) -> None:
        """Nothing more of this opening counts; released from a thread of its own, for a read may hold a close up."""
        if self._session is None or self._session.closed:
            return
        self._session.closed = True
        closer = threading.Thread(target=_release, args=self._running[:1], name=f"close {self._source.value}", daemon=True)
        self._closers = [*(c for c in self._closers if c.is_alive()), closer]
        closer.start()

    def _run(self, running: Running) -> None:
        part, items = running
        while (session := self._next(running)) is not None:
            failed = self._over(session, self._pass_on(session, part, items))
            _release(part)
            if failed and self._again:
                with self._changed:
                    self._changed.wait_for(lambda: self._ending or not self._wanted, AGAIN)

    def _next(self, running: Running) -> Session | None:
        """Waits until the part is wanted; None at the end, or where it was left. What still closes it from before is done first."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._ending or running is not self._running)
            closers = self._closers if running is self._running else []
        for closer in closers:
            closer.join()
        with self._changed:
            if running is not self._running:
                return None
            self._session = None if self._ending else Session()
            if self._session is not None and not self._wanted:
                self._session.closed = True
            return self._session

    def _pass_on(self, session: Session, part: Part, items: Callable[[], Iterator[Item]]) -> str:
        """From the opening to the end; returns why it ended."""
        try:
            if session.closed:
                return "closed"
            part.open()
            if session.closed:  # while it opened: its closer may have come too early to end a read
                return "closed"
            with self._changed:
                if session.closed:
                    return "closed"
                self._since, self._is_open = self._stream.now(), True
            for item in items():
                if session.closed:
                    return "closed"
                self._since, self._given = self._stream.now(), True
                self._back()
                self._stream.give(item, session)
        except HardwareError as error:
            return str(error)
        except Exception as error:  # whatever it is, the core must hear of it: a part that is dead unheard loses evidence
            return f"{self._source.value}: {type(error).__name__}: {error}; report this as a bug"
        return f"{self._source.value}: it gives nothing more: check it"

    def _over(self, session: Session, why: str) -> bool:
        """An opening has ended; True where it failed. That is told before the part is closed, for a broken one may take long to close."""
        with self._changed:
            if self._session is session:
                self._session, self._is_open = None, False
            if session.closed:
                return False
            self._wanted = self._wanted and self._again
            if not self._lost:
                self._lost = self._again
                self._tell_loss(why)
            return True

    def _back(self) -> None:
        with self._changed:
            if self._lost:
                self._lost = False
                self._stream.give(back(self._stream.now(), self._source))

    def _tell_loss(self, why: str) -> None:
        self._stream.give(lost(self._stream.now(), self._source, why))


def _release(part: Part) -> None:
    """A driver that breaks its contract by raising here must not take the thread with it that could open it again."""
    with suppress(Exception):
        part.close()
