"""What a table of faults says in one line, and which lines break a promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

STORED: Final = 0.5
"""Seconds of footage that may not have reached the card, once "recording" shows."""
SIGNED: Final = 1.0
"""Seconds of footage that may not have been signed, once "recording" shows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of fault: `stored` and `signed` are the worst losses in seconds, None where nothing that was promised was at stake.

    `unverified` counts recordings and devices that verify worse than a cut allows, or that the next start does not state;
    `missing` counts pictures and packets of sound that are not there and whose absence no line of the log states.
    """

    what: str
    runs: int
    stored: float | None
    signed: float | None
    unverified: int
    missing: int
    note: str = ""

    @property
    def broken(self) -> bool:
        """Whether a bound does not hold, or nothing was run."""
        late = (self.stored is not None and self.stored > STORED) or (self.signed is not None and self.signed > SIGNED)
        return late or not self.runs or bool(self.unverified or self.missing)


def worst(losses: Sequence[float | None]) -> float | None:
    """The greatest loss; None where no run had anything at stake."""
    return max((loss for loss in losses if loss is not None), default=None)


def rendered(sections: Sequence[tuple[str, Sequence[Row]]]) -> Group:
    """Each section's title and rows, for people, 80 columns wide; what breaks a bound stands out. Notes stand below."""
    table = Table("what was done", title="make faults", box=box.SIMPLE_HEAD, title_justify="left")
    for heading in ("runs", f"stored\n<= {STORED:g} s", f"signed\n<= {SIGNED:g} s", "not ve-\nrifying", "mis-\nsing"):
        table.add_column(heading, justify="right", no_wrap=True)
    for title, rows in sections:
        table.add_row(title, style="bold")
        for row in rows:
            cells = (str(row.runs), _seconds(row.stored), _seconds(row.signed), str(row.unverified), str(row.missing))
            table.add_row(Padding(row.what, (0, 0, 0, 2)), *cells, style="bold red" if row.broken else None)
        table.add_section()
    notes = [Text(f"{row.what}: {row.note}") for _, rows in sections for row in rows if row.note]
    return Group(table, *notes)


def _seconds(loss: float | None) -> str:
    return "" if loss is None else f"{loss:.2f}"
