"""What dockings under a fault come to, in one line for each kind, and which lines break a promise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

COUNTS: Final = ("runs", "lost", "early", "unclear", "left")
_HEADINGS: Final = ("runs", "lost", "released\ntoo early", "no clear\nmessage", "never\nreleased")


@dataclass(frozen=True, slots=True)
class Docked:
    """One kind of fault: of `runs`, the files lost, those given up early, the runs without a clear message, the files never released."""

    what: str
    runs: int = 0
    lost: int = 0
    early: int = 0
    unclear: int = 0
    left: int = 0
    note: str = ""

    @property
    def broken(self) -> bool:
        """A promise does not hold, or nothing was run."""
        return not self.runs or bool(self.lost or self.early or self.unclear or self.left)

    def __add__(self, other: "Docked") -> "Docked":
        counts = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        return replace(self, note=self.note or other.note, **counts)


def docked(title: str, rows: Sequence[Docked]) -> Group:
    """The table, 80 columns wide, with its sums; what breaks a promise stands out, and below."""
    table = Table("what went wrong", title=title, box=box.SIMPLE_HEAD, title_justify="left", show_footer=True)
    table.columns[0].footer = "all"
    for name, heading in zip(COUNTS, _HEADINGS, strict=True):
        table.add_column(heading, str(sum(getattr(row, name) for row in rows)), justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.what, *(str(getattr(row, name)) for name in COUNTS), style="bold red" if row.broken else None)
    return Group(table, *(Text(f"{row.what}: {row.note}") for row in rows if row.broken and row.note))
