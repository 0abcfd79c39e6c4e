"""Many runs of one kind of fault, added up to a row."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.table import Row, worst

TOLD = 3
"""So many complaints are told in the row's note."""


@dataclass(slots=True)
class Tally:
    """What the runs of `what` cost so far: as `Row`, with what was complained of."""

    what: str
    runs: int = 0
    unverified: int = 0
    missing: int = 0
    losses: list[tuple[float, float]] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def add(self, loss: tuple[float, float] | None = None, found: Sequence[str] = (), missing: int = 0) -> None:
        """One run: seconds lost of what was to be stored and signed (None where nothing was promised), complaints, missing."""
        self.runs += 1
        self.unverified += bool(found)
        self.missing += missing
        self.losses += [loss] if loss is not None else []
        self.found += found

    def row(self, note: str = "") -> Row:
        """As the table has it; the first complaints stand in its note."""
        stored, signed = worst([stored for stored, _ in self.losses]), worst([signed for _, signed in self.losses])
        told = "; ".join([*([note] if note else []), *dict.fromkeys(self.found[:TOLD])])
        return Row(self.what, self.runs, stored, signed, self.unverified, self.missing, told)
