"""An indicator that only remembers, and rings."""

import os
import pty
from pathlib import Path

import pytest

from hal.errors import HardwareError
from hal.indicator.terminal import REMEMBERED, TerminalIndicator
from hal.interfaces import Cue, Light

TWO = Cue("stopped", 2, 1)


def test_the_light_is_what_was_shown_last_and_off_after_an_opening() -> None:
    indicator = TerminalIndicator(lambda: 0)
    indicator.open()
    for light in (Light.OFF, Light.RED_BLINK, Light.GREEN):
        indicator.show(light)
        assert indicator.shown() is light
    indicator.open()
    assert indicator.shown() is Light.OFF


def test_the_last_cues_are_kept_with_their_times() -> None:
    times = iter(range(1_000))
    indicator = TerminalIndicator(lambda: next(times))
    for k in range(REMEMBERED + 5):
        indicator.play(Cue(str(k), 1, 1))
    assert [(at, cue.name) for at, cue in indicator.cues] == [(k, str(k)) for k in range(5, REMEMBERED + 5)]


def test_the_bell_rings_once_for_each_tone() -> None:
    master, slave = pty.openpty()
    indicator = TerminalIndicator(lambda: 0, os.ttyname(slave))
    indicator.open()
    for cue in (Cue("heard", 0, 1), TWO, Cue("marker", 1, 1)):
        indicator.play(cue)
    assert os.read(master, 100) == b"\a\a\a"
    indicator.close()
    indicator.close()
    indicator.play(TWO)
    assert (len(indicator.cues), indicator.unheard) == (4, 0)
    os.close(slave)
    os.close(master)


def test_a_terminal_that_stops_reading_holds_nobody() -> None:
    master, slave = pty.openpty()
    indicator = TerminalIndicator(lambda: 0, os.ttyname(slave))
    indicator.open()
    for _ in range(100):
        indicator.play(Cue("loud", 10_000, 0))
    assert indicator.unheard > 50
    assert os.get_blocking(slave)
    indicator.close()
    os.close(slave)
    os.close(master)


def test_a_terminal_that_hung_up_is_a_failure_and_the_cue_is_remembered() -> None:
    master, slave = pty.openpty()
    indicator = TerminalIndicator(lambda: 0, os.ttyname(slave))
    indicator.open()
    os.close(slave)
    os.close(master)
    with pytest.raises(HardwareError, match=r"indicator: the bell /dev/pts/.*: run this at a terminal, or set no bell"):
        indicator.play(TWO)
    assert indicator.cues == ((0, TWO),)
    indicator.close()


def test_what_is_no_terminal_is_refused_and_not_written_to(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("evidence")
    for path in (text, tmp_path / "missing"):
        with pytest.raises(HardwareError, match=f"indicator: the bell {path}: .*: run this at a terminal, or set no bell"):
            TerminalIndicator(lambda: 0, str(path)).open()
    assert text.read_text() == "evidence"
