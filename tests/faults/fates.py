"""What the power cut left: the worst cases by name, and any other by its seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.faults.disk import Change, Fate

BLOCKS: Final = (1, 512, 4096)
"""Bytes at whose multiples a write may be torn."""


def _in_order(unsynced: Sequence[Change], wanted: Sequence[bool]) -> list[Change]:
    kept: list[Change] = []
    missing: set[str] = set()
    for change, want in zip(unsynced, wanted, strict=True):
        if want and missing.isdisjoint(change.names):
            kept.append(change)
        else:
            missing |= change.names.keys()
    return kept


@dataclass(frozen=True, slots=True)
class Plain:
    """Every unsynced name, or none; every unsynced byte, zeros in its place, or nothing."""

    names: bool
    data: bool
    zeros: bool = False

    def changes(self, unsynced: Sequence[Change]) -> Sequence[Change]:
        """All or none."""
        return unsynced if self.names else ()

    def tail(self, _durable: int, unsynced: bytes) -> bytes:
        """All, zeros or nothing."""
        return unsynced if self.data else bytes(len(unsynced)) if self.zeros else b""


class Drawn:
    """Anything that the rules allow, drawn by `seed`."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def changes(self, unsynced: Sequence[Change]) -> Sequence[Change]:
        """Each change for itself, but never a later one of a name whose earlier one is missing."""
        return _in_order(unsynced, [self._random.random() < 0.5 for _ in unsynced])

    def tail(self, durable: int, unsynced: bytes) -> bytes:
        """Torn at a byte, a sector or a page of the file; behind that nothing or zeros."""
        block = self._random.choice(BLOCKS)
        at = durable + self._random.randint(0, len(unsynced))
        whole = max(0, at - at % block - durable) if self._random.random() < 0.8 else len(unsynced)
        return unsynced[:whole] + (bytes(len(unsynced) - whole) if self._random.random() < 0.3 else b"")


WORST: Final[tuple[tuple[str, Fate], ...]] = (
    ("nothing unsynced", Plain(names=False, data=False)),
    ("everything", Plain(names=True, data=True)),
    ("names without data", Plain(names=True, data=False)),
    ("data without names", Plain(names=False, data=True)),
    ("names, and zeros for data", Plain(names=True, data=False, zeros=True)),
)


@dataclass(frozen=True, slots=True)
class Masked:
    """The unsynced changes of each folder whose bit is set in `mask`; of a tail `whole`, and `rest` in place of what is missing."""

    mask: int
    whole: float
    rest: bool

    def changes(self, unsynced: Sequence[Change]) -> Sequence[Change]:
        """Those of the mask that no missing change of the same name forbids."""
        return _in_order(unsynced, [bool(self.mask >> number & 1) for number in range(len(unsynced))])

    def tail(self, _durable: int, unsynced: bytes) -> bytes:
        """A beginning, then zeros or nothing."""
        whole = round(len(unsynced) * self.whole)
        return unsynced[:whole] + bytes(len(unsynced) - whole if self.rest else 0)


def every(changes: int = 3) -> list[Fate]:
    """All cases where no folder has more than `changes` unsynced changes; of tails nothing, a half or all, zeros behind or not."""
    tails = ((0.0, False), (0.0, True), (0.5, False), (0.5, True), (1.0, False))
    return [Masked(mask, *tail) for mask in range(1 << changes) for tail in tails]
