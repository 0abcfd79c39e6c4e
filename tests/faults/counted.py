"""The other tables of `make faults`: how many alterations were tried and which were missed, how many inputs broke a parser."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from tests.forgery.rows import rows as forgeries
from tests.fuzz.rows import each_row


@dataclass(frozen=True, slots=True)
class Counted:
    """What was tried how often, and how often it went wrong."""

    what: str
    tried: int
    wrong: int
    note: str = ""

    @property
    def broken(self) -> bool:
        """Something went wrong, or nothing was tried."""
        return bool(self.wrong) or not self.tried


def altered(seed: int, budget: int) -> Iterator[Counted]:
    """A row for each class of alteration, about `budget` of each."""
    for row in forgeries(seed, budget):
        yield Counted(row.what, row.tried, len(row.missed), "; ".join(f"{each.case}: {each.said}" for each in row.missed[:2]))


def fuzzed(seconds: float) -> Iterator[Counted]:
    """A row for each parser, fuzzed for so long."""
    for row in each_row(seconds):
        yield Counted(row.what, row.inputs, row.crashes, row.note if row.crashes else "")


def counted(tried: str, wrong: str, title: str, rows: Sequence[Counted]) -> Group:
    """The table, 80 columns wide, with its sums; what went wrong stands out, and below."""
    table = Table("what", title=title, box=box.SIMPLE_HEAD, title_justify="left", show_footer=True)
    table.columns[0].footer = "all"
    table.add_column(tried, f"{sum(row.tried for row in rows):,}", justify="right", no_wrap=True)
    table.add_column(wrong, str(sum(row.wrong for row in rows)), justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.what, f"{row.tried:,}", str(row.wrong), style="bold red" if row.broken else None)
    return Group(table, *(Text(f"{row.what}: {row.note}") for row in rows if row.note))
