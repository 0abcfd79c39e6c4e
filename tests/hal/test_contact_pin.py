"""A contact on a pin of gpiozero's mock board: told once it has stayed."""

from threading import Thread

import pytest

from hal.contacts.gpio import LATE_NS, ContactPin
from hal.errors import HardwareError
from hal.gpio import Pin
from hal.interfaces import Contact
from tests.hal.gpio_wires import MS, Wires, wires

__all__ = ["wires"]

PIN = 24
STAYED = 2000 * MS + LATE_NS


def opened(wires: Wires, pin: Pin | None = None) -> ContactPin:
    contact = ContactPin("tamper", pin or Pin(PIN), wires.board, now_ns=wires.clock)
    contact.open()
    return contact


def test_the_level_at_the_opening_is_told_at_once(wires: Wires) -> None:
    wires.clock.ns = 7 * MS
    contact = opened(wires)
    assert contact.read() == Contact(7 * MS, False)
    contact.close()
    wires.drive(PIN, False)
    wires.clock.ns = 9 * MS
    contact.open()
    assert contact.read() == Contact(9 * MS, True)


def test_closed_is_the_active_level(wires: Wires) -> None:
    wires.drive(PIN, True)
    contact = opened(wires, Pin(PIN, "down", "high"))
    assert contact.read() == Contact(0, True)
    assert contact.level()


def test_a_change_that_stayed_is_told_with_the_time_it_began(wires: Wires) -> None:
    contact = opened(wires)
    contact.read()
    for k in range(7):
        wires.drive(PIN, k % 2 == 1, (100 + k) * MS)
    wires.clock.ns = 106 * MS + STAYED
    assert contact.read() == Contact(106 * MS, True)


def test_a_wobble_is_not_told(wires: Wires) -> None:
    contact = opened(wires)
    contact.read()
    wires.drive(PIN, False, 100 * MS)
    wires.drive(PIN, True, 2099 * MS)
    wires.drive(PIN, False, 3000 * MS)
    wires.clock.ns = 3000 * MS + STAYED
    assert contact.read() == Contact(3000 * MS, True)


def test_a_change_that_stayed_is_told_even_if_nobody_read_until_the_next(wires: Wires) -> None:
    contact = opened(wires)
    contact.read()
    wires.drive(PIN, False, 100 * MS)
    wires.drive(PIN, True, 5000 * MS)
    wires.clock.ns = 5000 * MS + STAYED
    assert [contact.read(), contact.read()] == [Contact(100 * MS, True), Contact(5000 * MS, False)]


def test_a_lost_edge_cannot_leave_the_wrong_level_standing(wires: Wires) -> None:
    contact = opened(wires)
    contact.read()
    wires.drive(PIN, False, 100 * MS)
    held = wires.held(PIN)
    heard, held.when_changed = held.when_changed, None
    wires.drive(PIN, True, 101 * MS)
    held.when_changed = heard
    seen_ns = wires.clock.ns = 100 * MS + STAYED
    assert contact.read() == Contact(100 * MS, True)
    wires.clock.ns += STAYED
    assert contact.read() == Contact(seen_ns, False)


def test_a_read_that_waits_is_ended_by_closing(wires: Wires) -> None:
    contact = opened(wires)
    contact.read()
    got: list[Contact | None] = []
    reader = Thread(target=lambda: got.append(contact.read()))
    reader.start()
    contact.close()
    reader.join(60)
    assert got == [None]
    assert contact.read() is None
    assert wires.held(PIN) is None


def test_what_was_closed_says_so(wires: Wires) -> None:
    contact = ContactPin("dock", Pin(PIN), wires.board, now_ns=wires.clock)
    for ask in (contact.read, contact.level):
        with pytest.raises(HardwareError, match="dock: it is closed: open it first"):
            ask()


def test_a_pin_that_is_not_there_fails_at_the_opening_and_can_be_tried_again(wires: Wires) -> None:
    contact = ContactPin("dock", Pin(60), wires.board, now_ns=wires.clock)
    for _ in range(2):
        with pytest.raises(HardwareError, match="dock: GPIO 60 cannot be used"):
            contact.open()
