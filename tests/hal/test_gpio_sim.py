"""The GPIO drivers on the kernel's own gpio-sim, with lgpio: real lines, real edges, real times.

It needs root, `modprobe gpio-sim`, a mounted configfs, and a machine to throw away, since /proc/cpuinfo is bound over with a
Raspberry Pi's: set BWC_GPIO_SIM=1 to say that this is one.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from hal.buttons.gpio import GpioButtons
from hal.contacts.gpio import ContactPin
from hal.errors import HardwareError
from hal.gpio import Board, Output, Pin, factory
from hal.gpio_devices import Found, chips
from hal.indicator.gpio import GpioIndicator
from hal.interfaces import Button, Contact, Cue, Edge, Light

pytestmark = pytest.mark.skipif(os.environ.get("BWC_GPIO_SIM") != "1", reason="needs gpio-sim and BWC_GPIO_SIM=1")

MS = 1_000_000
CONFIG = Path("/sys/kernel/config/gpio-sim/bwc")
EVENT, FUNCTION, RED, GREEN, BUZZER, CONTACT = 17, 27, 22, 23, 24, 25
PI_4 = "Hardware\t: BCM2835\nRevision\t: c03114\nSerial\t\t: 100000000000beef\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n"


class Sim:
    """A Raspberry Pi 4's header whose wires are files."""

    def __init__(self) -> None:
        bank = CONFIG / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text("58")
        (bank / "label").write_text("pinctrl-bcm2711")
        (CONFIG / "live").write_text("1")
        self.chip = (bank / "chip_name").read_text().strip()
        self._lines = Path("/sys/devices/platform") / (CONFIG / "dev_name").read_text().strip() / self.chip

    def drive(self, line: int, level: bool) -> None:
        (self._lines / f"sim_gpio{line}" / "pull").write_text("pull-up" if level else "pull-down")

    def level(self, line: int) -> bool:
        return (self._lines / f"sim_gpio{line}" / "value").read_text().strip() == "1"


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sim]:
    cpuinfo = tmp_path_factory.mktemp("proc") / "cpuinfo"
    cpuinfo.write_text(PI_4)
    subprocess.run(["mount", "--bind", cpuinfo, "/proc/cpuinfo"], check=True)
    yield Sim()
    subprocess.run(["umount", "/proc/cpuinfo"], check=True)


@pytest.fixture(scope="module")
def board(sim: Sim) -> Board:
    return Board()


@pytest.fixture
def buttons(sim: Sim, board: Board) -> Iterator[GpioButtons]:
    for line in (EVENT, FUNCTION):
        sim.drive(line, True)
    buttons = GpioButtons(Pin(EVENT), Pin(FUNCTION), None, board)
    buttons.open()
    yield buttons
    buttons.close()


def holder(board: Board, line: int) -> str:
    return str(board.factory("test").user(line))


def test_the_chip_is_listed_and_found_by_its_label(sim: Sim, board: Board) -> None:
    found = Found(f"/dev/{sim.chip}", "pinctrl-bcm2711", 58)
    assert found in chips()
    assert board.factory("test").chip == found.number
    with pytest.raises(HardwareError, match=rf"buttons: no GPIO chip pinctrl-rp1 \(there: .*/dev/{sim.chip} pinctrl-bcm2711"):
        factory("buttons", "lgpio", "pinctrl-rp1")


def test_an_edge_carries_the_kernels_time(sim: Sim, buttons: GpioButtons) -> None:
    late: list[tuple[int, int]] = []
    for k in range(50):
        before = time.monotonic_ns()
        sim.drive(EVENT, k % 2 == 1)
        after = time.monotonic_ns()
        edge = buttons.read()
        read = time.monotonic_ns()
        assert edge is not None
        assert (edge.button, edge.pressed) == (Button.EVENT, k % 2 == 0)
        assert before <= edge.capture_ns <= read
        late.append((max(0, edge.capture_ns - after), read - edge.capture_ns))
    stamped, heard = (sorted(times) for times in zip(*late, strict=True))
    print(f"stamped after the write by {stamped[25] / MS:.2f} ms, most {stamped[-1] / MS:.2f} ms", file=sys.stderr)
    print(f"read after the edge by {heard[25] / MS:.2f} ms, most {heard[-1] / MS:.2f} ms", file=sys.stderr)


def test_a_burst_ends_at_the_right_level_with_times_that_rise(sim: Sim, buttons: GpioButtons) -> None:
    """The kernel joins edges that follow each other faster than its interrupt thread runs: here some, on a Raspberry Pi few."""
    start = time.monotonic_ns()
    for k in range(201):
        sim.drive(EVENT, k % 2 == 1)
    took = time.monotonic_ns() - start
    edges: list[Edge] = []

    def until_pressed() -> None:
        told = False
        sim.drive(FUNCTION, False)
        while not (told and edges and edges[-1].pressed) and (edge := buttons.read()) is not None:
            told = told or edge.button is Button.FUNCTION
            if edge.button is Button.EVENT:
                edges.append(edge)

    reader = Thread(target=until_pressed, daemon=True)
    reader.start()
    reader.join(60)
    assert not reader.is_alive()
    print(f"{len(edges)} of 201 edges in {took / MS:.0f} ms", file=sys.stderr)
    assert 0 < len(edges) <= 201
    times = [edge.capture_ns for edge in edges]
    assert times == sorted(times)
    assert start <= times[0] and times[-1] <= start + took + 100 * MS


def test_bounces_of_some_milliseconds_are_all_seen(sim: Sim, buttons: GpioButtons) -> None:
    driven = [(line, level) for level in (False, True) * 10 for line in (EVENT, FUNCTION)]
    edges: list[Edge | None] = []
    for line, level in driven:
        sim.drive(line, level)
        edges.append(buttons.read())
    assert [(edge.button, edge.pressed) for edge in edges if edge] == [
        (Button.EVENT if line == EVENT else Button.FUNCTION, not level) for line, level in driven
    ]


def test_a_button_down_at_the_opening_is_told(sim: Sim, buttons: GpioButtons) -> None:
    buttons.close()
    sim.drive(EVENT, False)
    before = time.monotonic_ns()
    # A pull set by the driver wins over the simulator's, as it would not over a closed contact: so none is set.
    stuck = GpioButtons(Pin(EVENT, "none"), None, None, buttons._board)
    stuck.open()
    edge = stuck.read()
    stuck.close()
    assert edge == Edge(Button.EVENT, True, edge.capture_ns if edge else -1)
    assert before <= edge.capture_ns <= time.monotonic_ns()


def test_closing_gives_the_lines_back_and_opening_again_hears_each_edge_once(sim: Sim, board: Board, buttons: GpioButtons) -> None:
    for _ in range(3):
        assert holder(board, EVENT) == "lg"
        buttons.close()
        assert holder(board, EVENT) == ""
        buttons.open()
    edges: list[Edge | None] = []
    for level in (False, True):
        sim.drive(EVENT, level)
        edges.append(buttons.read())
    buttons.close()
    assert [edge.pressed for edge in edges if edge] == [True, False]
    assert buttons.read() is None


def test_buttons_that_are_closed_in_the_middle_of_edges_still_hear_afterwards(sim: Sim, buttons: GpioButtons) -> None:
    pressing = True

    def press() -> None:
        while pressing:
            for level in (False, True):
                sim.drive(EVENT, level)

    finger = Thread(target=press)
    finger.start()
    for _ in range(30):
        buttons.close()
        buttons.open()
        assert buttons.read() is not None
    pressing = False
    finger.join()
    buttons.close()
    sim.drive(EVENT, True)
    buttons.open()
    sim.drive(FUNCTION, False)
    while (edge := buttons.read()) is not None and edge.button is Button.EVENT:
        pass
    assert edge is not None and edge.pressed


def test_a_line_that_another_program_holds_is_refused_with_its_name(sim: Sim, board: Board) -> None:
    hold = "import lgpio, sys; h = lgpio.gpiochip_open(int(sys.argv[1])); lgpio.gpio_claim_input(h, 5); print(flush=True); input()"
    number = sim.chip.removeprefix("gpiochip")
    other = subprocess.Popen([sys.executable, "-c", hold, number], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/tmp")
    with other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(HardwareError, match="buttons: GPIO 5 cannot be used: 'lg' holds it: end that program"):
            board.input("buttons", Pin(5))
        other.kill()
    board.release("buttons")


def test_a_pin_that_is_not_on_the_header_is_refused(board: Board) -> None:
    with pytest.raises(HardwareError, match="buttons: GPIO 60 cannot be used: this board has GPIO 0, 1, 2, "):
        board.input("buttons", Pin(60))


def test_lights_reach_the_lines_and_are_read_back(sim: Sim, board: Board) -> None:
    indicator = GpioIndicator(Output(RED), Output(GREEN, "low"), None, Output(BUZZER), None, board)
    indicator.open()
    assert [sim.level(line) for line in (RED, GREEN, BUZZER)] == [False, True, False]
    indicator.show(Light.GREEN)
    assert [sim.level(line) for line in (RED, GREEN)] == [False, False]
    assert indicator.shown() is Light.GREEN
    indicator.show(Light.RED)
    assert [sim.level(line) for line in (RED, GREEN)] == [True, True]
    indicator.play(Cue("recording", 1, 0))
    assert sim.level(BUZZER)
    indicator.show(Light.RED_BLINK)
    assert indicator.shown() is Light.RED_BLINK
    indicator.close()
    assert holder(board, RED) == ""


def test_the_thread_blinks_the_line(sim: Sim, board: Board) -> None:
    indicator = GpioIndicator(Output(RED), None, None, Output(BUZZER), None, board, tone_hz=100)
    indicator.open()
    indicator.show(Light.AMBER_FAST)
    indicator.play(Cue("fault", 5, 0))
    seen: set[tuple[str, bool]] = set()
    until = time.monotonic() + 60
    while len(seen) < 4 and time.monotonic() < until:
        seen |= {("red", sim.level(RED)), ("buzzer", sim.level(BUZZER))}
    indicator.close()
    assert len(seen) == 4


def test_a_contact_is_told_once_it_stayed(sim: Sim, board: Board) -> None:
    sim.drive(CONTACT, True)
    contact = ContactPin("tamper", Pin(CONTACT), board, debounce_ns=300 * MS)
    contact.open()
    first = contact.read()
    assert first is not None and not first.closed
    for k in range(9):
        sim.drive(CONTACT, k % 2 == 1)
    after = time.monotonic_ns()
    told = contact.read()
    contact.close()
    assert told == Contact(told.capture_ns if told else -1, True)
    assert first.capture_ns < told.capture_ns <= after + 50 * MS
    assert time.monotonic_ns() - told.capture_ns >= 300 * MS


def test_the_process_stayed_in_its_directory(sim: Sim, board: Board) -> None:
    board.factory("test")
    assert Path.cwd() == Path(os.environ.get("PWD", Path.cwd()))
