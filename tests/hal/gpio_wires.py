"""Wires on gpiozero's mock board: what is driven from outside, whoever holds the pin, at times made by hand."""

from typing import Any

import pytest
from gpiozero.pins.mock import MockPWMPin

from hal.gpio import Board

MS = 1_000_000


class Clock:
    """CLOCK_MONOTONIC, set by hand."""

    def __init__(self, ns: int = 0) -> None:
        self.ns = ns

    def __call__(self) -> int:
        return self.ns


class Wire(MockPWMPin):  # type: ignore[misc]
    """A pull moves it only where nothing else drives it."""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        level = self.factory.driven.get(self._number)
        if level is not None:
            (self.drive_high if level else self.drive_low)()


class Wires:
    """A board, its clock, and what is driven onto its pins."""

    def __init__(self, patch: pytest.MonkeyPatch, ns: int = 0) -> None:
        self.clock = Clock(ns)
        patch.setattr("gpiozero.pins.mock.monotonic", lambda: self.clock.ns / 1e9)
        self.board = Board("mock")
        self._factory = self.board.factory("test")
        self._factory.pin_class = Wire
        self._factory.driven = {}

    def drive(self, number: int, level: bool, at_ns: int | None = None) -> None:
        """Drive a pin, at a time."""
        if at_ns is not None:
            self.clock.ns = at_ns
        self._factory.driven[number] = level
        pin = self.held(number)
        if pin is not None:
            (pin.drive_high if level else pin.drive_low)()

    def held(self, number: int) -> Any:
        """The pin while a part holds it."""
        return next((pin for info, pin in self._factory.pins.items() if info.name == f"GPIO{number}"), None)


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Wires:
    return Wires(monkeypatch)
