"""What `bwc evidence verify` says of a film, second by second: a table for people, rows for scripts."""

from rich.table import Table

from bwc_agent.agency.excerpt_check import FilmVerdict
from bwc_agent.agency.excerpt_stretches import Stretch, Ticks
from bwc_agent.units import TICKS


def film_rows(verdict: FilmVerdict) -> list[dict[str, object]]:
    """One object a stretch: seconds [first, last] of the film and of the recording, null where there are none."""
    begin = verdict.log.begin if verdict.log else 0
    return [_row(stretch, begin) for stretch in verdict.stretches]


def _row(stretch: Stretch, begin: int) -> dict[str, object]:
    return {"film": _seconds(stretch.film, 0), "recording": _seconds(stretch.recorded, begin), "what": stretch.what.value}


def _seconds(ticks: Ticks | None, zero: int) -> list[float] | None:
    return None if ticks is None else [round((at - zero) / TICKS, 3) for at in ticks]


def film_table(verdict: FilmVerdict) -> Table:
    """The same rows to look at."""
    table = Table("seconds of the film", "what they are", "seconds of the recording", title_justify="left")
    for row in film_rows(verdict):
        table.add_row(_shown(row["film"]), str(row["what"]), _shown(row["recording"]))
    return table


def _shown(seconds: object) -> str:
    return f"{seconds[0]:.2f} - {seconds[1]:.2f}" if isinstance(seconds, list) else "-"
