"""What the panel says of a real core, and that a terminal can neither hold the agent nor be left in disorder."""

import fcntl
import io
import math
import os
import pickle
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

import bwc_agent.cli.panel as panel_module
from bwc_agent.agent import make_recorder
from bwc_agent.cli.panel import Panel, draw, plain
from bwc_agent.cli.panel_snapshot import Around, Snapshot, Watch, level_dbfs, snapshot
from bwc_agent.control.inputs import Anchor, ButtonEdge, Delivery, DockChange, Held, Input, PowerLevel, Source, SourceChange, Tick
from bwc_agent.control.policy import Policy
from bwc_agent.control.status import BOOT, State
from bwc_agent.media.silence import AudioTimeline
from bwc_agent.packets import Packet
from bwc_agent.profile import Profile
from bwc_agent.units import TICKS, ns_from_ticks, seconds
from hal.buttons.keyboard import KEYS
from hal.interfaces import Button, Cue, Light
from tests.media.made import SOUND, picture

PROFILE = Profile(Policy(), 40_000_000, 64_000_000)
BEGAN = seconds(1_000)
MANY = 100_000
QUIET = Snapshot(
    uptime=83.4, state=State.STANDBY, flags=("ready",), light=Light.GREEN, ring_held=31.5, ring_wanted=30.0, recording=None, stopping=False,
    recorded=0.0, reached_back=0.0, level_dbfs=-18.24, queue=0, queue_bound=64_000_000, vault_free=12_400_000_000,
    minutes_left=200, battery="81 %, charging",
    undelivered="2 h 10 min, 3 recordings, 412.0 MB", delivery="",
    camera="ok", microphone="ok", cue=None, clock="2026-07-03 12:03:11 UTC (by system, give or take 0.5 s)", happened=0, events=(),
)  # fmt: skip


class Bench:
    """A real core, and a watch beside it."""

    def __init__(self) -> None:
        self.recorder = make_recorder(PROFILE, AudioTimeline(SOUND, b"silent"), BEGAN)
        self.recorder.boot()
        self.watch = Watch(BEGAN, BOOT)

    def play(self, *items: Packet | Input) -> None:
        for item in items:
            self.recorder.step(item)
            self.watch.saw(item, self.recorder.status)

    def see(self, since: float, until: float) -> None:
        """Ten pictures a second, each with its tick."""
        for k in range(round(since * 10), round(until * 10)):
            at = BEGAN + k * TICKS // 10
            self.play(picture(at, k % 10 == 0), Tick(at))

    def snapshot(self, at: float, around: Around) -> Snapshot:
        return snapshot(self.recorder, PROFILE, BEGAN + seconds(at), self.watch, around)


def text(shown: Snapshot, width: int = 80, height: int | None = None) -> str:
    console = Console(file=io.StringIO(), width=width, record=True, color_system=None, _environ={})
    console.print(draw(shown, KEYS, height))
    return console.export_text()


def test_a_core_that_fills_says_how_far_it_is_and_what_its_inputs_claimed() -> None:
    bench = Bench()
    bench.see(0, 12.5)
    shown = bench.snapshot(12.5, Around(Light.GREEN_SLOW))
    assert (shown.state, shown.flags, shown.recording, shown.uptime) == (State.FILLING, (), None, 12.5)
    assert (shown.ring_held, shown.ring_wanted) == (12.4, 30.0)
    assert (shown.camera, shown.microphone, shown.battery, shown.clock, shown.vault_free, shown.cue) == ("ok", "ok", None, None, None, None)
    bench.play(PowerLevel(BEGAN, 81, False), Anchor(BEGAN, 1_783_080_191_000_000, "system", 500_000))
    shown = bench.snapshot(60, Around(Light.GREEN_SLOW))
    assert (shown.battery, shown.clock) == ("81 %", "2026-07-03 12:04:11 UTC (by system, give or take 0.5 s)")


def test_a_core_that_records_says_since_when_and_from_how_far_back() -> None:
    bench = Bench()
    bench.see(0, 40)
    bench.play(*(ButtonEdge(BEGAN + seconds(40 + k / 10), Button.EVENT, k in (0, 3)) for k in (0, 1, 3, 4)))
    bench.see(40.5, 45)
    shown = bench.snapshot(45, Around(Light.AMBER_FAST, [(ns_from_ticks(BEGAN + seconds(40.31)), Cue("heard", 0, 1))]))
    assert (shown.state, shown.flags, shown.recording, shown.stopping) == (State.RECORDING, ("ready", "securing"), 1, False)
    assert (shown.recorded, shown.queue > 0, shown.queue_bound) == (4.7, True, 64_000_000)
    assert 30.3 <= shown.reached_back < 31.5
    assert shown.cue is not None and shown.cue[0] == pytest.approx(4.69)
    assert [(round(45 - age, 1), what) for age, what in shown.events] == [
        (30.0, "standby"), (30.0, "ready"), (40.3, "recording"), (40.3, "securing"), (40.3, "signal: heard"),
    ]  # fmt: skip


def test_a_lost_part_says_why_once_and_that_it_is_back() -> None:
    bench = Bench()
    bench.see(0, 2)
    lost = SourceChange(at := BEGAN + seconds(2), Source.CAMERA, True, "/dev/video0 is gone:\ncheck its plug")
    bench.play(lost, replace(lost, at=at + TICKS), SourceChange(at, Source.MICROPHONE, True, "no sound"))
    shown = bench.snapshot(4, Around(Light.GREEN_SLOW))
    assert (shown.camera, shown.microphone) == ("/dev/video0 is gone:\ncheck its plug", "no sound")
    bench.see(4, 5)
    shown = bench.snapshot(5, Around(Light.GREEN_SLOW))
    assert (shown.camera, shown.microphone) == ("ok", "no sound")
    told = ["camera lost: /dev/video0 is gone: check its plug", "microphone lost: no sound", "camera works again"]
    assert [what for _, what in shown.events] == told


def test_the_queue_says_what_waits_and_in_the_dock_how_far_it_is() -> None:
    bench = Bench()
    assert (bench.snapshot(0, Around(Light.GREEN_SLOW)).undelivered, bench.snapshot(0, Around(Light.GREEN_SLOW)).delivery) == (
        "not counted yet", "",
    )  # fmt: skip
    at = BEGAN + seconds(7810)
    bench.play(Held(at, 3, 412_000_000, BEGAN + seconds(10), None), Delivery(at, True, 17, 3, 41, ""))
    shown = bench.snapshot(7810, Around(Light.GREEN_SLOW))
    assert (shown.undelivered, shown.delivery) == ("2 h 10 min, 3 recordings, 412.0 MB", "")
    bench.play(DockChange(at, True), Delivery(at, True, 17, 3, 41, ""))
    shown = bench.snapshot(7810, Around(Light.BLUE_FAST))
    assert shown.delivery == "delivering 3 of 17, 41 %"
    assert "undelivered  2 h 10 min, 3 recordings, 412.0 MB; delivering 3 of 17, 41 %" in text(shown)
    bench.play(Delivery(at + seconds(3), False, 17, 3, 41, "destination full"), Held(at, 0, 0, None, None))
    shown = bench.snapshot(7813, Around(Light.AMBER_SLOW))
    assert (shown.undelivered, shown.delivery) == ("none", "cannot deliver: destination full")


def test_closed_parts_say_so_and_their_losses_are_no_news() -> None:
    bench = Bench()
    bench.play(*(ButtonEdge(BEGAN, button, True) for button in (Button.EVENT, Button.FUNCTION)))
    bench.play(Tick(BEGAN + seconds(5)), SourceChange(BEGAN + seconds(5), Source.CAMERA, True, "closed"))
    shown = bench.snapshot(5, Around(Light.BLUE_SLOW))
    assert (shown.state, shown.camera, shown.microphone) == (State.ASLEEP, "closed", "closed")
    assert [what for _, what in shown.events] == ["asleep"]


def test_the_meter_gives_the_peak() -> None:
    for samples, level in (([0, 0], -math.inf), ([], -math.inf), ([-32768, 5], 0.0), ([16384, -3], -6.0206), ([1], -90.309)):
        assert level_dbfs(np.array(samples, np.int16)) == pytest.approx(level, abs=1e-3)


def test_the_panel_reads_without_colour() -> None:
    shown = replace(
        QUIET, state=State.RECORDING, flags=("securing", "muted"), light=Light.RED_BLINK, recording=2, recorded=42.9, reached_back=30.42,
        queue=20_000_000, camera="/dev/video0 [red] is gone: check its plug", cue=(2.1, Cue("recording", 1, 2)),
        happened=2, events=((2.14, "signal: recording"), (0.4, "muted")),
    )  # fmt: skip
    said = " ".join(text(shown).split())
    for words in (
        "body-worn camera, 2026-07-03 12:03:11 UTC (by system, give or take 0.5 s)", "RECORDING number 2: 0:00:42, and 30.4 s from before",
        "light red, 500 ms blink", "flags securing, muted", "camera /dev/video0 [red] is gone: check its plug", "microphone ok",
        "31.5 s of picture, 30 s wanted", "peak -18.2 dBFS, kept as silence", "20.0 of 64.0 MB owed to storage", "vault 12.4 GB free",
        "battery 81 %, charging", "signal recording (1 tone, 2 vibrations), 2 s ago", "0.4 s ago muted",
        "r start s stop space press m mute t stealth z sleep q off",
    ):  # fmt: skip
        assert words in said
    assert said.index("0.4 s ago") < said.index("2.1 s ago")


def test_what_nobody_knows_is_said() -> None:
    said = " ".join(text(replace(QUIET, level_dbfs=None, vault_free=None, battery=None, clock=None)).split())
    parts = ("no wall time", "no sound yet", "vault not known", "battery none", "signal none yet", "nothing happened yet")
    assert [words for words in parts if words not in said] == []
    assert "digital silence" in text(replace(QUIET, level_dbfs=-math.inf))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 24), (80, 10), (200, 60), (20, 5)])
def test_the_panel_fits_and_keeps_what_matters_most(width: int, height: int) -> None:
    reason = "no such device: check the plug, and if it is in, list the devices and choose one by its name"
    shown = replace(QUIET, camera=reason, microphone=reason, events=tuple((k * 3.3, "word " * 30) for k in range(20)))
    lines = text(shown, width, height).splitlines()
    assert (len(lines), {len(line) for line in lines}) == (height, {width})
    assert "STANDBY" in lines[1] and "start" in lines[-1]


def test_every_light_has_its_colour_and_a_blink_goes_out() -> None:
    assert all(light.value in text(replace(QUIET, light=light)) for light in Light)
    lit = ["\u25cf" in text(replace(QUIET, light=Light.RED_BLINK, uptime=at)) for at in (0.0, 0.4, 0.5, 0.9, 1.0)]
    assert lit == [True, True, False, False, True]


def test_a_line_for_each_event_that_is_new() -> None:
    one = replace(QUIET, uptime=10.0, happened=1, events=((1.0, "standby"),))
    two = replace(one, uptime=12.0, happened=3, events=((3.0, "standby"), (0.5, "recording"), (0.7, "signal: heard")))
    assert plain(one, None) == ["      9.0 s  standby"]
    assert plain(two, one) == ["     11.3 s  signal: heard", "     11.5 s  recording"]
    assert plain(two, two) == plain(QUIET, None) == []
    assert plain(replace(two, happened=9), one)[0] == "     12.0 s  5 events before these are not kept"


class Screen:
    """A real pseudo-terminal, read by a thread as a terminal reads."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.resize(24, 80)
        self.file = open(self.slave, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        self.console = Console(file=self.file, _environ={"TERM": "xterm"})
        self.shown = ""
        self._new = threading.Condition()
        self.reader = threading.Thread(target=self._read)

    def resize(self, lines: int, columns: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _read(self) -> None:
        with suppress(OSError):
            while data := os.read(self.master, MANY):
                with self._new:
                    self.shown += data.decode(errors="replace")
                    self._new.notify()

    def wait(self, pattern: str) -> None:
        """Until the terminal has been sent `pattern`, colours apart."""
        with self._new:
            assert self._new.wait_for(lambda: re.search(pattern, re.sub("\x1b\\[[0-9;]*m", "", self.shown)), 60), self.shown[-2000:]

    def close(self) -> None:
        self.file.close()
        os.close(self.slave)
        self.reader.join(60)
        os.close(self.master)


SHOW = """
import pickle, sys
from rich.console import Console
from bwc_agent.cli.panel import Panel
from hal.buttons.keyboard import KEYS
with Panel(Console(), KEYS) as panel:
    while (data := sys.stdin.buffer.readline()):
        panel.show(pickle.loads(bytes.fromhex(data.decode())))
"""


def test_a_terminal_shows_the_newest_follows_its_size_and_is_given_back() -> None:
    screen = Screen()
    screen.reader.start()
    world = {**os.environ, "TERM": "xterm", "COLUMNS": "", "LINES": ""}
    with subprocess.Popen([sys.executable, "-c", SHOW], stdin=subprocess.PIPE, stdout=screen.slave, env=world, bufsize=0) as process:
        assert process.stdin is not None
        for state in (State.STANDBY, State.ASLEEP):
            process.stdin.write(pickle.dumps(replace(QUIET, state=state)).hex().encode() + b"\n")
            screen.wait(state.value.upper())
        for lines, columns in ((24, 80), (12, 44), (30, 100)):
            screen.resize(lines, columns)
            edges = ("\u256d\u256e", *["\u2502\u2502"] * (lines - 2), "\u2570\u256f")
            screen.wait("\r\n".join(f"{edge[0]}[^\n]{{{columns - 2}}}{edge[1]}" for edge in edges))
    screen.wait(r"\x1b\[\?1049l")
    assert process.returncode == 0
    assert screen.shown.startswith("\x1b[?1049h") and screen.shown.count("\x1b[?25h") == 1
    screen.close()


def ended(panel: Panel) -> bool:
    panel._thread.join(60)
    return not panel._thread.is_alive()


def test_a_terminal_that_stops_reading_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_module, "PATIENCE", 0.01)
    monkeypatch.setattr(panel_module, "PERIOD", 0.001)
    screen = Screen()
    os.set_blocking(screen.slave, False)
    # The kernel makes room again a moment after it has refused: full is what stays full.
    while select.select([], [screen.slave], [], 0.3)[1]:
        with suppress(BlockingIOError):
            os.write(screen.slave, b" " * 4096)
    os.set_blocking(screen.slave, True)
    with Panel(screen.console) as panel:
        panel.show(QUIET)
    assert panel._thread.is_alive()
    screen.reader.start()
    assert ended(panel)
    screen.close()


def test_a_terminal_that_hung_up_is_nobodys_trouble() -> None:
    screen = Screen()
    with Panel(screen.console) as panel:
        assert os.read(screen.master, MANY)
        os.close(screen.master)
        panel.show(QUIET)
    assert ended(panel)
    with suppress(OSError):
        screen.file.close()
    os.close(screen.slave)


def lines_of(*snapshots: Snapshot, encoding: str = "utf-8") -> list[bytes]:
    """What a pipe gets of a panel."""
    file = io.TextIOWrapper(raw := io.BytesIO(), encoding=encoding, write_through=True)
    with Panel(Console(file=file, width=20, _environ={})) as panel:
        for shown in snapshots:
            panel.show(shown)
    return raw.getvalue().splitlines()


def test_a_pipe_gets_lines_the_last_ones_too() -> None:
    event = "camera lost: [b]/dev/r\u00e9seau[/b] is gone"
    shown = replace(QUIET, happened=1, events=((0.4, event),))
    assert lines_of(QUIET, shown) == [f"     83.0 s  {event}".encode()]
    assert lines_of() == []
    assert lines_of(shown, encoding="ascii") == [b"     83.0 s  camera lost: [b]/dev/r?seau[/b] is gone"]


def test_a_pipe_that_was_closed_is_nobodys_trouble() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with suppress(BrokenPipeError), open(writing, "w") as file, Panel(Console(file=file, _environ={})) as panel:
        panel.show(replace(QUIET, happened=1, events=((0.4, "standby"),)))
        assert ended(panel)
