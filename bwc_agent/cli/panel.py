"""The camera's state on a terminal, drawn anew five times a second; one line for each event where there is none.

The agent's loop hands in snapshots and never waits: a thread of the panel's own draws the newest one. So a terminal that
stops reading holds the panel, and nothing else. While it is up, nobody else writes to that terminal.
"""

import datetime
import io
import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel as Box
from rich.table import Table
from rich.text import Text

from bwc_agent.cli.panel_snapshot import Snapshot
from bwc_agent.control.status import State
from hal.buttons.keyboard import Key
from hal.interfaces import Light

PERIOD = 0.2
"""Seconds between two pictures."""
PATIENCE = 1.0
"""Seconds that `stop` waits for a terminal that does not take the last picture."""
EVENTS = 6
"""So many events are drawn."""
BAR = 28
"""Characters of a full bar."""
QUIETEST = -60.0
"""dBFS at the left end of the meter."""
LOUD = -3.0
"""dBFS above which the sound is about to clip."""
STYLES = {
    Light.OFF: "dim",
    Light.GREEN: "green",
    Light.GREEN_SLOW: "green",
    Light.AMBER_FAST: "yellow",
    Light.RED: "red",
    Light.RED_BLINK: "red",
    Light.BLUE: "blue",
    Light.BLUE_SLOW: "blue",
    Light.BLUE_FAST: "blue",
    Light.AMBER_SLOW: "yellow",
}
BLINKS = {
    Light.GREEN_SLOW: 1.0,
    Light.AMBER_FAST: 0.2,
    Light.AMBER_SLOW: 1.0,
    Light.RED_BLINK: 0.5,
    Light.BLUE_SLOW: 1.0,
    Light.BLUE_FAST: 0.2,
}
"""Seconds of light, and then of dark."""


class Panel:
    """Shows the newest snapshot until `stop`; a context manager, so that the terminal is given back whatever happens."""

    def __init__(self, console: Console, keys: Sequence[Key] = ()) -> None:
        """`keys` are drawn in the last line."""
        if isinstance(console.file, io.TextIOWrapper):
            # A reason in a letter that the terminal does not have is a question mark, and not the end of the panel.
            console.file.reconfigure(errors="replace")
        self._console = console
        self._keys = keys
        self._snapshot: Snapshot | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="panel", daemon=True)

    def __enter__(self) -> "Panel":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Take a newer snapshot; returns at once."""
        self._snapshot = snapshot

    def stop(self) -> None:
        """Give the terminal back; a terminal that takes nothing is left after `PATIENCE`."""
        self._over.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        drawn = self._console.is_terminal and not self._console.is_dumb_terminal
        # A terminal that hung up, a pipe that was closed: there is nobody to tell, and the camera goes on.
        with suppress(OSError):
            (self._draw if drawn else self._print)()

    def _draw(self) -> None:
        live = Live(console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        with live:
            while not self._over.wait(PERIOD):
                if self._snapshot is not None:
                    live.update(self._picture(self._snapshot), refresh=True)

    def _picture(self, snapshot: Snapshot) -> RenderableType:
        return draw(snapshot, self._keys, self._console.height, self._console.options.ascii_only)

    def _print(self) -> None:
        previous: Snapshot | None = None
        over = False
        while not over:
            over = self._over.wait(PERIOD)
            snapshot = self._snapshot
            for line in [] if snapshot is None else plain(snapshot, previous):
                # Not by rich, which answers a closed pipe by closing the whole process's standard output.
                self._console.file.write(f"{line}\n")
            self._console.file.flush()
            previous = snapshot


def plain(snapshot: Snapshot, previous: Snapshot | None) -> list[str]:
    """A line for each event since `previous`, with the second of this start at which it happened."""
    new = snapshot.happened - (0 if previous is None else previous.happened)
    kept = snapshot.events[-new:] if new else ()
    lines = [f"{snapshot.uptime - age:9.1f} s  {text}" for age, text in sorted(kept, reverse=True)]
    lost = new - len(kept)
    return [f"{snapshot.uptime:9.1f} s  {lost} events before these are not kept", *lines] if lost else lines


def draw(snapshot: Snapshot, keys: Sequence[Key] = (), height: int | None = None, ascii_only: bool = False) -> RenderableType:
    """The panel: 80 columns and 24 lines hold it, a `height` that is less cuts the oldest events, and every colour is a word, too."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(justify="right", style="bold", no_wrap=True)
    rows.add_column()
    for name, value in _rows(snapshot, ascii_only):
        rows.add_row(name, value)
    body = Group(_headline(snapshot, ascii_only), Text(), rows, Text(), _events(snapshot))
    title = Text(f"body-worn camera, {snapshot.clock or 'no wall time'}", "bold")
    return Box(body, title=title, subtitle=_help(keys), height=height, padding=(0, 1), border_style=STYLES[snapshot.light])


def _headline(snapshot: Snapshot, ascii_only: bool) -> Text:
    line = Text(style="bold")
    line.append(_lamp(snapshot, ascii_only), STYLES[snapshot.light])
    line.append(f" {snapshot.state.value.upper()}", "reverse" if snapshot.state is State.RECORDING else "")
    if snapshot.recording is not None:
        what = "closing number" if snapshot.stopping else "number"
        since = datetime.timedelta(seconds=int(snapshot.recorded))
        line.append(f"  {what} {snapshot.recording}: {since}, and {snapshot.reached_back:.1f} s from before")
    return line


def _lamp(snapshot: Snapshot, ascii_only: bool) -> str:
    period = BLINKS.get(snapshot.light)
    lit = snapshot.light is not Light.OFF and (period is None or int(snapshot.uptime / period) % 2 == 0)
    return ("*" if lit else "o") if ascii_only else ("\u25cf" if lit else "\u25cb")


def _rows(snapshot: Snapshot, ascii_only: bool) -> Iterator[tuple[str, RenderableType]]:
    def bar(share: float, style: str, says: str) -> Text:
        full, empty = "#-" if ascii_only else "\u2588\u2591"
        filled = round(BAR * min(1.0, max(0.0, share)))
        return Text(full * filled, style).append(empty * (BAR - filled), "dim").append(f"  {says}", "default")

    yield "light", Text(snapshot.light.value, STYLES[snapshot.light])
    yield "flags", Text(", ".join(snapshot.flags) or "none")
    yield "camera", _part(snapshot.camera)
    yield "microphone", _part(snapshot.microphone)
    held, wanted = snapshot.ring_held, snapshot.ring_wanted
    yield "ring", bar(held / wanted, "green" if held >= wanted else "yellow", f"{held:.1f} s of picture, {wanted:g} s wanted")
    share, loud, says = _level(snapshot)
    yield "sound", bar(share, "red" if loud else "green", says)
    share = snapshot.queue / snapshot.queue_bound
    owed = f"{snapshot.queue / 1e6:.1f} of {snapshot.queue_bound / 1e6:.1f} MB owed to storage"
    yield "queue", bar(share, "yellow" if share > 0.25 else "green", owed)
    yield "vault", Text(_vault(snapshot))
    yield "undelivered", Text(f"{snapshot.undelivered}; {snapshot.delivery}" if snapshot.delivery else snapshot.undelivered)
    yield "battery", Text(snapshot.battery or "none")
    yield "signal", Text(_signal(snapshot))


def _vault(snapshot: Snapshot) -> str:
    if snapshot.vault_free is None or snapshot.minutes_left is None:
        return "not known"
    hours, minutes = divmod(snapshot.minutes_left, 60)
    return f"{snapshot.vault_free / 1e9:.1f} GB free, {hours} h {minutes:02} min of recording"


def _level(snapshot: Snapshot) -> tuple[float, bool, str]:
    """Share of the meter, whether it is about to clip, and the words."""
    level = snapshot.level_dbfs
    if level is None:
        return 0.0, False, "no sound yet"
    says = "digital silence" if level == -math.inf else f"peak {level:.1f} dBFS"
    return 1 - level / QUIETEST, level > LOUD, says + (", kept as silence" if "muted" in snapshot.flags else "")


def _part(says: str) -> Text:
    return Text(says, "green" if says == "ok" else "dim" if says == "closed" else "bold red")


def _signal(snapshot: Snapshot) -> str:
    if snapshot.cue is None:
        return "none yet"
    age, cue = snapshot.cue
    return f"{cue.name} ({_count(cue.tones, 'tone')}, {_count(cue.vibrations, 'vibration')}), {age:.0f} s ago"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _events(snapshot: Snapshot) -> RenderableType:
    newest = sorted(snapshot.events, key=lambda event: event[0])[:EVENTS]
    lines = [Text(f"{age:8.1f} s ago  {text}", no_wrap=True, overflow="ellipsis") for age, text in newest]
    return Group(*(lines or [Text("nothing happened yet", "dim")]))


def _help(keys: Sequence[Key]) -> Text | None:
    line = Text("  ").join(Text(key.name, "bold").append(f" {key.says}", "not bold") for key in keys)
    return line if keys else None
