"""A row is broken exactly where a promise is, and many runs become the row of the worst."""

import io

import pytest
from rich.console import Console

from tests.faults.table import Row, rendered
from tests.faults.tally import Tally


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        (Row("at the bounds", 1, 0.5, 1.0, 0, 0), False),
        (Row("nothing at stake", 1, None, None, 0, 0), False),
        (Row("too little stored", 1, 0.51, 0.6, 0, 0), True),
        (Row("too little signed", 1, 0.2, 1.01, 0, 0), True),
        (Row("one does not verify", 9, None, None, 1, 0), True),
        (Row("a picture is missing", 9, None, None, 0, 1), True),
        (Row("never run", 0, None, None, 0, 0), True),
    ],
)
def test_a_row_is_broken_where_a_bound_is_or_nothing_was_run(row: Row, broken: bool) -> None:
    assert row.broken is broken


def test_a_tally_keeps_the_worst_of_each_loss_and_tells_what_was_complained_of() -> None:
    tally = Tally("kill")
    tally.add((0.1, 0.9), ["log.jsonl: altered"], 2)
    tally.add((0.3, 0.4))
    tally.add(None)
    assert tally.row("seen") == Row("kill", 3, 0.3, 0.9, 1, 2, "seen; log.jsonl: altered")


def test_a_table_of_eighty_columns_shows_every_figure_whole() -> None:
    out = io.StringIO()
    Console(file=out, width=80).print(rendered([("Section", [Row("w" * 28, 1234, 0.123, 10.5, 12, 34, "a note")])]))
    (line,) = [line for line in out.getvalue().splitlines() if "1234" in line]
    assert line.split() == ["w" * 28, "1234", "0.12", "10.50", "12", "34"]
    assert f"{'w' * 28}: a note" in out.getvalue()
