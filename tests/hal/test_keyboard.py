"""A keyboard as the camera's buttons: the keys' gestures, and a real terminal that is given back."""

import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.control.gestures import GestureKind, Gestures
from bwc_agent.control.inputs import ButtonEdge
from bwc_agent.control.policy import Policy
from bwc_agent.units import seconds, ticks_from_ns
from hal.buttons.keyboard import KEYS, Fingers, Key, KeyboardButtons, Keystrokes, Script
from hal.errors import HardwareError
from hal.interfaces import Button, Edge

MS = 1_000_000
LONG = 3_600_000 * MS
BY_NAME = {key.name: key for key in KEYS}
E, F, P = Button.EVENT, Button.FUNCTION, Button.POWER
QUICK = Fingers(4 * MS, 4 * MS, 4 * MS, 4 * MS, over_ns=MS, tap_ns=MS, between_ns=2 * MS)


def typed(*keys: tuple[str, int]) -> tuple[Script, list[Edge]]:
    """The edges of keys by (name, time in ms), each taken when it is due."""
    script, edges = Script(Fingers()), list[Edge]()
    for name, at in (*keys, ("", LONG // MS)):
        while (edge := script.due(at * MS)) is not None:
            edges.append(edge)
        if name:
            script.press(BY_NAME[name], at * MS)
    return script, edges


def gestures(edges: list[Edge]) -> list[GestureKind]:
    machine = Gestures(Policy())
    found = [g for e in edges for g in machine.edge(ButtonEdge(ticks_from_ns(e.capture_ns), e.button, e.pressed))]
    return [gesture.kind for gesture in [*found, *machine.tick(seconds(3600))]]


MEANT = {
    "r": GestureKind.DOUBLE_PRESS, "s": GestureKind.HOLD, "space": GestureKind.PRESS, "m": GestureKind.FUNCTION_HOLD,
    "t": GestureKind.FUNCTION_TRIPLE, "z": GestureKind.BOTH_HOLD, "q": GestureKind.POWER_HOLD,
}  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), MEANT.items())
def test_a_key_makes_its_gesture_and_no_other(name: str, kind: GestureKind) -> None:
    assert gestures(typed((name, 5_000))[1]) == [kind]


def test_the_power_key_holds_the_power_button() -> None:
    assert typed(("q", 100))[1] == [Edge(P, True, 100 * MS), Edge(P, False, 3_300 * MS)]


def test_edges_have_the_times_of_fingers() -> None:
    downs_and_ups = [(e.pressed, e.capture_ns // MS) for e in typed(("r", 0))[1]]
    assert downs_and_ups == [(True, 0), (False, 120), (True, 300), (False, 420)]


def test_no_edge_is_given_before_its_time() -> None:
    script = Script(Fingers())
    script.press(BY_NAME["space"], 0)
    assert (script.due(-1), script.next_ns) == (None, 0)
    assert script.due(0) == Edge(E, True, 0)
    assert (script.due(120 * MS - 1), script.next_ns) == (None, 120 * MS)
    assert script.due(120 * MS) == Edge(E, False, 120 * MS)
    assert script.next_ns is None


def test_two_quick_taps_of_space_are_a_double_press_however_quick() -> None:
    for gap in (0, 1, 80, 119, 121, 200, 350, 599):
        script, edges = typed(("space", 0), ("space", gap))
        assert (gestures(edges), script.ignored) == ([GestureKind.DOUBLE_PRESS], 0)


def test_keys_while_their_button_is_held_are_ignored_and_counted() -> None:
    for name in ("r", "s", "space", "z"):
        script, edges = typed(("s", 0), (name, 10), (name, 3_199))
        assert (gestures(edges), script.ignored) == ([GestureKind.HOLD], 2)


def test_a_key_right_after_a_hold_is_not_lost() -> None:
    script, edges = typed(("s", 0), ("r", 3_200))
    assert (gestures(edges), script.ignored) == ([GestureKind.HOLD, GestureKind.DOUBLE_PRESS], 0)


def test_the_other_button_works_while_one_is_held() -> None:
    script, edges = typed(("m", 0), ("r", 2_000))
    assert (sorted(k.value for k in gestures(edges)), script.ignored) == (["double press", "function hold"], 0)


def test_a_key_that_repeats_by_itself_cannot_queue_up() -> None:
    script, edges = typed(*(("space", k * 30) for k in range(100)))
    assert edges[-1].capture_ns < 3_500 * MS
    assert len(edges) // 2 + script.ignored == 100


@given(st.lists(st.tuples(st.sampled_from(list(KEYS)), st.integers(0, 1_000)), max_size=30))
def test_every_button_goes_down_and_up_in_turn_in_rising_time(keys: list[tuple[Key, int]]) -> None:
    at, spaced = 0, list[tuple[str, int]]()
    for key, gap in keys:
        at += gap
        spaced.append((key.name, at))
    edges = typed(*spaced)[1]
    assert [e.capture_ns for e in edges] == sorted(e.capture_ns for e in edges)
    for button in Button:
        levels = [e.pressed for e in edges if e.button is button]
        assert levels == [True, False] * (len(levels) // 2)


def named(*chunks: tuple[bytes, int]) -> list[str]:
    strokes = Keystrokes()
    return [key.name for data, at in chunks for key in strokes.keys(data, at * MS)]


def test_every_key_that_is_named_works_in_both_cases() -> None:
    assert named((b"rR\r\n sSmMtTzZqQpP\x03", 0)) == [*"rrrr", "space", *"ssmmttzzqqqqq"]


def test_other_keys_are_nothing() -> None:
    assert named((b"abc\x00\x7f\xff\xc3\xa9", 0)) == []


@pytest.mark.parametrize(
    "sequence",
    [b"\x1b[A", b"\x1bOP", b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[24;80R", b"\x1b[15~", b"\x1bq", b"\x1b[1;2P", b"\x1b\x1b[S"],
    ids=repr,
)
def test_a_sequence_that_ends_in_a_letter_is_no_key_whole_or_torn(sequence: bytes) -> None:
    assert named((b"m" + sequence, 0), (b"t", 100)) == ["m", "t"]
    for cut in range(1, len(sequence)):
        assert named((sequence[:cut], 0), (sequence[cut:], 10), (b"t", 100)) == ["t"]


def test_a_key_after_a_lone_escape_counts() -> None:
    assert named((b"\x1b", 0), (b"r", 51)) == ["r"]


@dataclass
class Terminal:
    """Both ends of a real pseudo-terminal."""

    master: int
    slave: int

    @property
    def path(self) -> str:
        return os.ttyname(self.slave)

    def mode(self) -> list[object]:
        return list(termios.tcgetattr(self.slave))


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal(*pty.openpty())
    yield made
    os.close(made.slave)
    with suppress(OSError):
        os.close(made.master)


def test_keys_of_a_terminal_come_as_edges_at_their_time(terminal: Terminal) -> None:
    buttons = KeyboardButtons(time.monotonic_ns, QUICK, terminal.path)
    buttons.open()
    began = time.monotonic_ns()
    os.write(terminal.master, b"r")
    edges, arrived = [], []
    for _ in range(4):
        edges.append(buttons.read())
        arrived.append(time.monotonic_ns())
    buttons.close()
    assert all(edge is not None and began <= edge.capture_ns <= at for edge, at in zip(edges, arrived, strict=True))
    first = edges[0].capture_ns if edges[0] else 0
    assert [(e.button, e.pressed, e.capture_ns - first) for e in edges if e] == [
        (E, True, 0), (E, False, MS), (E, True, 2 * MS), (E, False, 3 * MS),
    ]  # fmt: skip


def test_the_terminal_is_given_back_as_it_was_and_can_be_taken_again(terminal: Terminal) -> None:
    before = terminal.mode()
    buttons = KeyboardButtons(time.monotonic_ns, QUICK, terminal.path)
    for _ in range(2):
        buttons.open()
        assert terminal.mode() != before
        os.write(terminal.master, b"q")
        assert buttons.read() is not None
        buttons.close()
        buttons.close()
        assert terminal.mode() == before


def test_what_was_typed_before_the_opening_is_no_key(terminal: Terminal) -> None:
    os.write(terminal.master, b"qqq\n")
    buttons = KeyboardButtons(time.monotonic_ns, QUICK, terminal.path)
    buttons.open()
    os.write(terminal.master, b"m")
    edge = buttons.read()
    buttons.close()
    assert edge is not None and edge.button is F


def test_closing_from_another_thread_ends_a_read_that_waits(terminal: Terminal) -> None:
    buttons = KeyboardButtons(time.monotonic_ns, QUICK, terminal.path)
    buttons.open()
    got: list[Edge | None] = []
    reader = threading.Thread(target=lambda: got.append(buttons.read()))
    reader.start()
    buttons.close()
    reader.join(30)
    assert got == [None]
    assert buttons.read() is None


def test_a_terminal_that_hangs_up_is_a_failure(terminal: Terminal) -> None:
    buttons = KeyboardButtons(time.monotonic_ns, QUICK, terminal.path)
    buttons.open()
    os.close(terminal.master)
    with pytest.raises(HardwareError, match=r"hung up .*: open it at another terminal, or choose another driver"):
        buttons.read()
    buttons.close()


def test_what_is_no_terminal_is_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("")
    for path in (str(text), "/dev/null", str(tmp_path / "missing")):
        with pytest.raises(HardwareError, match=f"buttons: {path}: .*: run this in the foreground of a terminal, or choose another"):
            KeyboardButtons(lambda: 0, terminal=path).open()


def test_before_the_first_opening_it_says_so() -> None:
    with pytest.raises(HardwareError, match="the keyboard is closed: open it first"):
        KeyboardButtons(lambda: 0).read()


SESSION = """
import os, subprocess, sys, time
from hal.buttons.keyboard import Fingers, KeyboardButtons
from hal.errors import HardwareError
if sys.argv[1] != "inner":
    os.open(sys.argv[1], os.O_RDWR)  # becomes the controlling terminal of this new session
buttons = KeyboardButtons(time.monotonic_ns, Fingers())
try:
    buttons.open()
except HardwareError as error:
    sys.exit(str(error))
if sys.argv[2] == "background":
    sys.exit(subprocess.run([sys.executable, __file__, "inner", ""], process_group=0, timeout=60).returncode)
print("open", flush=True)
print(buttons.read(), flush=True)
if sys.argv[2] == "fail":
    raise RuntimeError("a bug elsewhere")
"""


def session(tmp_path: Path, path: str, how: str = "") -> subprocess.Popen[str]:
    """A process whose controlling terminal is `path`."""
    program = tmp_path / "session.py"
    program.write_text(SESSION)
    command = [sys.executable, str(program), path, how]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, start_new_session=True, env=environment)


@pytest.mark.parametrize("how", ["", "fail"])
def test_no_key_stops_or_ends_the_process_and_the_exit_gives_the_terminal_back(terminal: Terminal, tmp_path: Path, how: str) -> None:
    before = terminal.mode()
    with session(tmp_path, terminal.path, how) as process:
        assert process.stdout is not None and process.stdout.readline() == "open\n"
        os.write(terminal.master, b"\x1a\x1c\x13\x03")
        assert "Button.POWER" in process.stdout.readline()
        process.communicate(timeout=60)
    assert process.returncode == (1 if how else 0) and terminal.mode() == before


def test_a_job_in_the_background_is_refused_instead_of_stopped(terminal: Terminal, tmp_path: Path) -> None:
    with session(tmp_path, terminal.path, "background") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1 != -signal.SIGTTOU
    assert "/dev/tty: another job has this terminal: run this in the foreground" in said


def test_without_a_terminal_there_is_none(tmp_path: Path) -> None:
    with session(tmp_path, "inner") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1 and "buttons: /dev/tty: No such device or address: run this in the foreground" in said
