"""Buttons on pins of gpiozero's mock board: each raw edge at its own time."""

import gc
from collections.abc import Iterable
from threading import Thread

import pytest

from bwc_agent.control.gestures import GestureKind, Gestures
from bwc_agent.control.inputs import ButtonEdge
from bwc_agent.control.policy import Policy
from bwc_agent.units import seconds, ticks_from_ns
from hal.buttons.gpio import GpioButtons
from hal.errors import HardwareError
from hal.gpio import Pin
from hal.interfaces import Button, Edge
from tests.hal.gpio_wires import MS, Wires, wires

__all__ = ["wires"]

EVENT, FUNCTION, POWER = 17, 27, 22


def opened(wires: Wires) -> GpioButtons:
    buttons = GpioButtons(Pin(EVENT), Pin(FUNCTION, "down", "high"), Pin(POWER), wires.board, wires.clock)
    buttons.open()
    return buttons


def remaining(buttons: GpioButtons) -> list[Edge]:
    """Every edge that waits, and the driver closed."""
    buttons.close()
    edges: list[Edge] = []
    while (edge := buttons.read()) is not None:
        edges.append(edge)
    return edges


def bounced(wires: Wires, number: int, level: bool, at_ms: float) -> None:
    """A contact that settles to `level` after seven edges within 3 ms."""
    for k in range(7):
        wires.drive(number, level == (k % 2 == 0), round((at_ms + k / 2) * MS))


def test_each_bounce_is_an_edge_at_its_own_time(wires: Wires) -> None:
    buttons = opened(wires)
    bounced(wires, EVENT, False, 100)
    want = [Edge(Button.EVENT, k % 2 == 0, 100 * MS + k * MS // 2) for k in range(7)]
    assert remaining(buttons) == want


def test_each_button_has_its_own_active_level(wires: Wires) -> None:
    buttons = opened(wires)
    wires.drive(EVENT, False, 1 * MS)
    wires.drive(FUNCTION, True, 2 * MS)
    wires.drive(POWER, False, 3 * MS)
    wires.drive(FUNCTION, False, 4 * MS)
    assert remaining(buttons) == [
        Edge(Button.EVENT, True, 1 * MS),
        Edge(Button.FUNCTION, True, 2 * MS),
        Edge(Button.POWER, True, 3 * MS),
        Edge(Button.FUNCTION, False, 4 * MS),
    ]


def test_a_button_that_is_down_at_the_opening_is_told_then(wires: Wires) -> None:
    wires.drive(EVENT, False)
    wires.clock.ns = 5 * MS
    buttons = opened(wires)
    wires.drive(EVENT, True, 9 * MS)
    assert remaining(buttons) == [Edge(Button.EVENT, True, 5 * MS), Edge(Button.EVENT, False, 9 * MS)]


def test_edges_while_it_is_closed_are_not_kept(wires: Wires) -> None:
    buttons = opened(wires)
    buttons.close()
    wires.drive(EVENT, False, 1 * MS)
    wires.drive(EVENT, True, 2 * MS)
    buttons.open()
    wires.drive(EVENT, False, 3 * MS)
    assert remaining(buttons) == [Edge(Button.EVENT, True, 3 * MS)]


def test_a_time_before_the_last_is_taken_as_the_last(wires: Wires) -> None:
    buttons = opened(wires)
    wires.drive(EVENT, False, 5 * MS)
    wires.drive(POWER, False, 4 * MS)
    assert [edge.capture_ns for edge in remaining(buttons)] == [5 * MS, 5 * MS]


def test_a_read_that_waits_is_ended_by_closing(wires: Wires) -> None:
    buttons = opened(wires)
    got: list[Edge | None] = []
    reader = Thread(target=lambda: got.append(buttons.read()))
    reader.start()
    buttons.close()
    reader.join(60)
    assert got == [None]
    assert buttons.read() is None


def test_a_lost_edge_is_passed_on_as_two_equal_levels(wires: Wires) -> None:
    buttons = opened(wires)
    wires.drive(EVENT, False, 1 * MS)
    held = wires.held(EVENT)
    held.when_changed(0.002, False)
    assert remaining(buttons) == [Edge(Button.EVENT, True, 1 * MS), Edge(Button.EVENT, True, 2 * MS)]


def test_the_listeners_live_as_long_as_the_driver(wires: Wires) -> None:
    buttons = opened(wires)
    gc.collect()
    wires.drive(EVENT, False, 1 * MS)
    assert len(remaining(buttons)) == 1


def test_closing_gives_the_pins_back(wires: Wires) -> None:
    buttons = opened(wires)
    other = GpioButtons(Pin(POWER), None, None, wires.board, wires.clock)
    assert wires.held(EVENT) is not None
    buttons.close()
    buttons.close()
    assert wires.held(EVENT) is None
    other.open()
    other.close()


def test_before_the_first_opening_it_says_so(wires: Wires) -> None:
    with pytest.raises(HardwareError, match="buttons: they are closed: open them first"):
        GpioButtons(Pin(EVENT), None, None, wires.board).read()


def gestures_of(edges: Iterable[Edge], until_s: float) -> list[GestureKind]:
    machine = Gestures(Policy())
    out = [g for e in edges for g in machine.edge(ButtonEdge(ticks_from_ns(e.capture_ns), e.button, e.pressed))]
    return [gesture.kind for gesture in out + machine.tick(seconds(until_s))]


def test_a_double_press_of_a_bouncing_contact_is_one(wires: Wires) -> None:
    buttons = opened(wires)
    for at_ms, level in ((1000, False), (1120, True), (1300, False), (1400, True)):
        bounced(wires, EVENT, level, at_ms)
    edges = remaining(buttons)
    assert len(edges) == 28
    assert gestures_of(edges, 10) == [GestureKind.DOUBLE_PRESS]


def test_a_hold_of_a_bouncing_contact_is_one(wires: Wires) -> None:
    buttons = opened(wires)
    bounced(wires, EVENT, False, 1000)
    bounced(wires, EVENT, True, 4500)
    assert gestures_of(remaining(buttons), 10) == [GestureKind.HOLD]


def test_a_button_stuck_since_the_opening_is_a_hold(wires: Wires) -> None:
    wires.drive(EVENT, False)
    assert gestures_of(remaining(opened(wires)), 10) == [GestureKind.HOLD]


def test_a_power_button_that_is_down_at_the_opening_switches_nothing_off(wires: Wires) -> None:
    wires.drive(POWER, False, 1 * MS)
    wires.drive(EVENT, False, 1 * MS)
    buttons = opened(wires)
    wires.drive(POWER, True, 5000 * MS)
    assert [(edge.button, edge.pressed) for edge in remaining(buttons)] == [(Button.EVENT, True), (Button.POWER, False)]
