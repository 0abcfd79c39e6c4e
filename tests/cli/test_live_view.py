"""Whoever looks on a live start cannot end it."""

import shutil
from pathlib import Path
from threading import Event

import pytest
from rich.console import Console

from bwc_agent.cli import live_view
from bwc_agent.cli.live_view import View
from bwc_agent.cli.panel import Panel
from bwc_agent.control.inputs import Tick
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live
from tests.journals import journal
from tests.live.enrolled import SMALL, device
from tests.live.stage import PATIENCE


def test_a_view_that_fails_looks_away_and_the_start_ends_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = device(tmp_path)
    builder = Builder(SMALL, made, meter=True)
    live = Live(SMALL, made, builder.parts)
    view = View(live, builder, Panel(Console(quiet=True)))
    monkeypatch.setattr(live_view, "snapshot", lambda *_: 1 / 0)
    ticks = 0

    def watch(item: object) -> None:
        nonlocal ticks
        view(item)  # type: ignore[arg-type]
        ticks += isinstance(item, Tick)
        if ticks == 20:
            live.ask_to_end("seen enough")

    live.run(watch)
    assert view.broken is not None and "ZeroDivisionError" in view.broken
    (off,) = journal(tmp_path / "vault", "off")
    assert off["why"] == "seen enough"


def test_a_disk_that_does_not_answer_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, answers = device(tmp_path), Event()
    builder = Builder(SMALL, made)
    live = Live(SMALL, made, builder.parts)
    view = View(live, builder, Panel(Console(quiet=True)))
    usage = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(path) if answers.wait(PATIENCE) else None)
    ticks = 0

    def watch(item: object) -> None:
        nonlocal ticks
        view(item)  # type: ignore[arg-type]
        ticks += isinstance(item, Tick)
        if ticks == 20:
            live.ask_to_end("seen enough")

    live.run(watch)
    answers.set()
    (off,) = journal(tmp_path / "vault", "off")
    assert off["why"] == "seen enough"
