"""Destinations that fail where a test says so, before a real folder."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path

from bwc_agent.errors import OffloadError
from bwc_agent.offload.destination import ObjectError
from bwc_agent.offload.folder import Folder


class Failing(Folder):
    """Fails at its call number `at` (from 0; each piece is a call), `times` in a row; None: never. `refused` names fail, as `kind`."""

    def __init__(
        self,
        root: Path,
        at: int | None = None,
        refused: Callable[[str], bool] = lambda name: False,
        times: int = 1,
        kind: type[OffloadError] = ObjectError,
    ) -> None:
        super().__init__(root)
        self.at, self.refused, self.times, self.kind = at, refused, times, kind
        self._numbers = count()
        self.calls = 0
        self.arrived: list[str] = []
        """Objects in the order in which they came to be there."""

    def sizes(self, folder: str) -> dict[str, int]:
        self._call()
        return super().sizes(folder)

    def names(self, folder: str) -> list[str]:
        self._call()
        return super().names(folder)

    def read(self, name: str, limit: int) -> bytes:
        self._call()
        return super().read(name, limit)

    def put(self, name: str, size: int, pieces: Iterable[bytes]) -> Iterator[int]:
        self._call()
        if self.refused(name):
            raise self.kind(f"{name}: refused")
        for taken in super().put(name, size, pieces):
            self._call()
            yield taken
        self.arrived.append(name)

    def _call(self) -> None:
        number = next(self._numbers)  # of several threads, each has its own
        self.calls = max(self.calls, number + 1)
        if self.at is not None and self.at <= number < self.at + self.times:
            raise OffloadError("the store does not answer")
