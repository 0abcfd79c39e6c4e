"""Where the time of a device went, as tables of 80 columns and as JSON: exact in ticks, and rounded where a person reads it."""

from collections.abc import Iterable, Iterator

from rich import box
from rich.table import Column, Table

from bwc_agent.evidence.device_time import DeviceTime, StartTime
from bwc_agent.evidence.duty import ACCOUNTS, OFF
from bwc_agent.evidence.off_time import Off
from bwc_agent.units import TICKS

ORDER = ("recording", "standby", "filling", "asleep", "docked", "fault", OFF)
"""As they are read: what was seen first, what was not seen last."""
_SECONDS_OF_HOUR = 3600


def clock(ticks: int) -> str:
    """`h:mm:ss`, rounded."""
    seconds = (ticks + TICKS // 2) // TICKS
    return f"{seconds // _SECONDS_OF_HOUR}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def tables(time: DeviceTime, starts: bool) -> Iterator[Table | str]:
    """The sums of a device, each start if `starts` are asked for, and what is not exact about them; nothing where no start is known."""
    if not time.starts:
        return
    yield _sums(time)
    if starts:
        yield _starts(time.starts)
    yield from (f"  note: {note}" for note in time.notes)


def _sums(time: DeviceTime) -> Table:
    totals = time.totals
    on = sum(start.duty.elapsed for start in time.starts)
    title = f"{time.device}: on for {clock(on)} in {_counted(len(time.starts), 'start')}"
    columns = ("", Column("h:mm:ss", justify="right"), Column("ticks", justify="right"), "")
    table = Table(*columns, title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in ORDER:
        table.add_row(name, clock(totals[name]), str(totals[name]), _off_words(time) if name == OFF else "")
    table.add_section()
    table.add_row("sum of what is known" if time.unknown else "sum = elapsed", clock(sum(totals.values())), str(sum(totals.values())))
    return table


def _off_words(time: DeviceTime) -> str:
    """How sure the time between the starts is."""
    if not time.offs:
        return ""
    unknown = f"; {time.unknown} of {len(time.offs)} unknown" if time.unknown else ""
    return f"+/- {time.uncertainty / TICKS:.3f} s{unknown}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _starts(starts: Iterable[StartTime]) -> Table:
    """One line each; the time off before it stands in its own column, for it is in no start."""
    on = [name for name in ORDER if name != OFF]
    columns = [Column(name, justify="right", no_wrap=True, min_width=7) for name in (*on, "on", "off before")]
    table = Table(Column("start", no_wrap=True), *columns, box=box.SIMPLE_HEAD, padding=0)
    for start in starts:
        totals = start.duty.totals
        before = "-" if start.before is None else "unknown" if start.before.ticks is None else clock(start.before.ticks)
        table.add_row(str(start.start), *(clock(totals[name]) for name in on), clock(start.duty.elapsed), before)
    return table


def time_fields(time: DeviceTime) -> dict[str, object]:
    """The same for scripts: all times in ticks of 1/48000 s; `elapsed` is the sum of the accounts."""
    totals = time.totals
    return {
        "device": time.device,
        "elapsed": sum(totals.values()),
        "notes": list(time.notes),
        "off": {"uncertainty": time.uncertainty, "unknown": time.unknown},
        "starts": [_start_fields(start) for start in time.starts],
        "ticks": totals,
    }


def _start_fields(start: StartTime) -> dict[str, object]:
    return {
        "elapsed": start.duty.elapsed,
        "off_before": None if start.before is None else _off_fields(start.before),
        "orderly": start.duty.orderly,
        "start": start.start,
        "ticks": {name: start.duty.totals[name] for name in ACCOUNTS},
    }


def _off_fields(off: Off) -> dict[str, object]:
    return {"ticks": off.ticks, "uncertainty": off.uncertainty, "why_unknown": off.why or None}
