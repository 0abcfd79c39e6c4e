"""How far a docking has come, counted from the steps of objects that may be sent side by side. Pure."""

from dataclasses import dataclass

from bwc_agent.errors import OffloadError, StorageError
from bwc_agent.offload.oldest import Oldest
from bwc_agent.offload.plan import Item


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a docking has come: of `files` files, `bytes` bytes, to be delivered, how many are (`files_done`, `bytes_done`).

    `bytes_whole` are those of whole objects; the others may have to go again. `name` is the object being sent, `oldest` the oldest
    one not yet delivered whole, None once all is. `since` is when the oldest second that is not there was captured, UTC
    (microseconds since 1970) as the device's clocks claimed it; None where none waits or nobody knows.
    """

    files: int
    bytes: int
    files_done: int = 0
    bytes_done: int = 0
    name: str | None = None
    oldest: str | None = None
    since: int | None = None
    bytes_whole: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Of one object: `taken` bytes more have gone, or it is there `whole`, or it `failed`, alone."""

    item: Item
    taken: int = 0
    whole: bool = False
    failed: OffloadError | StorageError | None = None


class Tally:
    """Counts the steps; `waiting` is to be delivered in whatever order, `wrong` cannot be."""

    def __init__(self, waiting: list[Item], wrong: list[Item]) -> None:
        self.failed: list[OffloadError | StorageError] = []
        self._files, self._bytes = len(waiting), sum(item.size for item in waiting)
        self._done = self._bytes_done = self._bytes_whole = 0
        self._name: str | None = None
        self._sending: dict[Item, int] = {}
        every = sorted([*waiting, *wrong], key=lambda item: item.age)
        self._oldest = Oldest(every)
        self._seconds = Oldest(sorted((item for item in every if item.captured is not None), key=lambda item: item.captured or 0))

    def take(self, step: Step) -> None:
        """One step more."""
        item, self._name = step.item, step.item.name
        if step.failed is not None:
            self._bytes_done -= self._sending.pop(item, 0)
            self.failed.append(step.failed)
        elif step.whole:
            # One that was released meanwhile was not sent, and need not be.
            self._bytes_done += item.size - self._sending.pop(item, 0)
            self._bytes_whole += item.size
            self._done += 1
            self._oldest.done(item)
            self._seconds.done(item)
        else:
            self._bytes_done += step.taken
            self._sending[item] = self._sending.get(item, 0) + step.taken

    @property
    def progress(self) -> Progress:
        """After all steps taken so far."""
        oldest, second = self._oldest.first, self._seconds.first
        return Progress(
            self._files,
            self._bytes,
            self._done,
            self._bytes_done,
            self._name,
            oldest.name if oldest else None,
            second.captured if second else None,
            self._bytes_whole,
        )
