"""What a class of alterations is: its name, how its cases are made, and the verdicts that each of them may get."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bwc_agent.evidence.revocations import Revocations
from bwc_agent.evidence.verdict import State
from tests.forgery.honest import Honest
from tests.forgery.trees import Tree

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Case:
    """One altered record: what was done, and what lies there now.

    `alone` names the one recording that is judged (all of the device, if empty); `stored` is true for the agency's storage
    instead of the card; `seen` if the receipts in the agency's hands are given, `revocations` if some are.
    """

    what: str
    tree: Tree
    alone: str = ""
    stored: bool = False
    seen: bool = False
    revocations: Revocations | None = None

    def changed(self, honest: Honest) -> list[str]:
        """The names under which something else lies now, or nothing."""
        before = honest.store if self.stored else honest.vault
        return [name for name in {**before, **self.tree} if before.get(name) != self.tree.get(name)]


@dataclass(frozen=True, slots=True)
class Draw:
    """Chooses which cases of a class are tried: all of them while they are no more than `budget`, else as many by lot."""

    rng: random.Random
    budget: int

    def some(self, population: Sequence[_Item], share: int = 1) -> list[_Item]:
        """Of `population` at most a `share`-th of the budget, in its order."""
        count = max(1, self.budget // share)
        if len(population) <= count:
            return list(population)
        return [population[index] for index in sorted(self.rng.sample(range(len(population)), count))]


Make = Callable[[Honest, Draw], Iterator[Case]]


def by_lot(make: Make) -> Make:
    """As many of a class's cases as the budget allows, where they are few enough to be made all."""
    return lambda honest, draw: iter(draw.some(list(make(honest, draw))))


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of alterations. `allowed` was written down before any verifier was asked."""

    what: str
    allowed: frozenset[State]
    cases: Make


def kind(what: str, make: Make, *allowed: State) -> Kind:
    """A class whose verdict must be one of `allowed`."""
    return Kind(what, frozenset(allowed), make)
