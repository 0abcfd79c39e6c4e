"""Work that the core must never wait for, again and again in a thread of its own: what hangs there holds up this thread and no other."""

import threading
from collections.abc import Callable


class Aside:
    """Calls `work` when it is woken, and each `every` seconds, first after `first`; `failed` is told of the first error, and of no other.

    `close` lets it work once more, for what is to be said last, and waits no longer than `patience` seconds.
    """

    def __init__(self, name: str, work: Callable[[], None], every: float, failed: Callable[[str], None], first: float = 0.0) -> None:
        self._work, self._every, self._first, self._failed = work, every, first, failed
        self._woken, self._ending, self._told = threading.Event(), False, False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """From here on."""
        self._thread.start()

    def wake(self) -> None:
        """Work soon; returns at once."""
        self._woken.set()

    def close(self, patience: float) -> bool:
        """The last time; False where it still hangs."""
        self._ending = True
        self._woken.set()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait, ending = self._first, False
        while not ending:
            self._woken.wait(wait)
            self._woken.clear()
            ending = self._ending  # looked at before the work: what is wanted before `close` is done by it
            self._once()
            wait = self._every

    def _once(self) -> None:
        try:
            self._work()
        except Exception as error:  # whatever it is: nothing here may end what is recorded
            if not self._told:
                self._told = True
                self._failed(str(error) or type(error).__name__)
