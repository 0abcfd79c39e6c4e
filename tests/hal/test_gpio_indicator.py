"""LEDs, buzzer and motor on pins of gpiozero's mock board."""

from threading import Event

import pytest
from gpiozero.pins.mock import MockPWMPin

from hal.errors import HardwareError
from hal.gpio import Output
from hal.indicator.gpio import GpioIndicator
from hal.interfaces import Cue, Light
from tests.hal.gpio_wires import MS, Wires, wires

__all__ = ["wires"]

RED, GREEN, BLUE, BUZZER, MOTOR = 22, 23, 24, 25, 12


class Lamp:
    """An indicator and its pins. Time stands still but for `at`; each command turns the pins for its moment."""

    def __init__(self, wires: Wires, active: bool = True, tone_hz: int | None = None) -> None:
        red, green, blue, buzzer, motor = (Output(pin, "high" if active else "low") for pin in (RED, GREEN, BLUE, BUZZER, MOTOR))
        self.wires = wires
        self.active = active
        self.indicator = GpioIndicator(red, green, blue, buzzer, motor, wires.board, tone_hz, wires.clock)
        self.indicator.open()

    def on(self) -> set[int]:
        pins = {number: self.wires.held(number) for number in (RED, GREEN, BLUE, BUZZER, MOTOR)}
        return {number for number, pin in pins.items() if pin is not None and bool(pin.state) == self.active}

    def at(self, ms: float) -> set[int]:
        """What is on then."""
        self.wires.clock.ns = round(ms * MS)
        self.indicator.shown()
        return self.on()


@pytest.mark.parametrize("active", [True, False])
def test_lights_are_set_at_once_and_blink(wires: Wires, active: bool) -> None:
    lamp = Lamp(wires, active)
    assert lamp.on() == set()
    lamp.indicator.show(Light.GREEN)
    assert lamp.on() == {GREEN}
    lamp.at(1000)
    lamp.indicator.show(Light.RED_BLINK)
    assert [lamp.at(ms) for ms in (1000, 1499, 1500, 1999, 2000)] == [{RED}, {RED}, set(), set(), {RED}]
    lamp.indicator.show(Light.AMBER_FAST)
    assert [lamp.at(ms) for ms in (2000, 2125, 2250)] == [{RED, GREEN}, set(), {RED, GREEN}]
    lamp.indicator.close()
    assert lamp.on() == set()


def test_the_same_light_again_keeps_its_beat(wires: Wires) -> None:
    lamp = Lamp(wires)
    lamp.indicator.show(Light.RED_BLINK)
    lamp.at(600)
    lamp.indicator.show(Light.RED_BLINK)
    assert lamp.on() == set()
    assert lamp.at(1000) == {RED}
    lamp.indicator.close()


def test_cues_sound_and_vibrate_while_the_light_goes_on(wires: Wires) -> None:
    lamp = Lamp(wires)
    lamp.indicator.show(Light.RED)
    lamp.indicator.play(Cue("recording", 1, 2))
    assert [lamp.at(ms) for ms in (0, 100, 200, 300)] == [{RED, BUZZER, MOTOR}, {RED}, {RED, MOTOR}, {RED}]
    lamp.indicator.close()


def test_a_cue_waits_its_turn_and_gives_way_to_a_later_one_of_its_name(wires: Wires) -> None:
    lamp = Lamp(wires)
    lamp.indicator.play(Cue("reminder", 1, 1))
    lamp.indicator.play(Cue("muted", 1, 0))
    lamp.indicator.play(Cue("unmuted", 2, 0))
    lamp.indicator.play(Cue("muted", 1, 0))
    heard = [lamp.at(ms) for ms in range(0, 2500, 100)]
    b, t = {BUZZER, MOTOR}, {BUZZER}
    assert heard[:18] == [b, *[set()] * 4, t, set(), t, *[set()] * 4, t, *[set()] * 5]
    lamp.indicator.close()


def test_no_pulse_is_left_out_because_the_thread_came_late(wires: Wires) -> None:
    lamp = Lamp(wires)
    lamp.indicator.play(Cue("stopped", 2, 0))
    assert [lamp.at(ms) for ms in (0, 950, 2000, 3000)] == [{BUZZER}, set(), {BUZZER}, set()]
    lamp.indicator.close()


def test_its_own_thread_blinks(wires: Wires) -> None:
    dark = Event()

    class Watched(MockPWMPin):  # type: ignore[misc]
        def _change_state(self, value: float) -> bool:
            if self._state and not value:
                dark.set()
            return bool(super()._change_state(value))

    wires.board.factory("test").pin_class = Watched
    indicator = GpioIndicator(Output(RED), None, None, None, None, wires.board)
    indicator.open()
    indicator.show(Light.AMBER_FAST)
    assert dark.wait(60)
    indicator.close()


def test_the_light_is_read_back_from_the_pins(wires: Wires) -> None:
    lamp = Lamp(wires)
    assert lamp.indicator.shown() is Light.OFF
    lamp.indicator.show(Light.RED_BLINK)
    for ms in (0, 600, 1100):
        wires.clock.ns = ms * MS
        assert lamp.indicator.shown() is Light.RED_BLINK
    wires.held(GREEN)._change_state(1.0)
    assert lamp.indicator.shown() is None
    lamp.indicator.close()
    assert lamp.indicator.shown() is None


def test_a_pin_that_fails_is_told_by_the_command(wires: Wires, monkeypatch: pytest.MonkeyPatch) -> None:
    lamp = Lamp(wires)

    def broken(self: MockPWMPin, value: float) -> None:
        raise RuntimeError("bad write")

    with monkeypatch.context() as patch:
        patch.setattr(MockPWMPin, "_set_state", broken)
        with pytest.raises(HardwareError, match=r"indicator: GPIO 22 \(red\) cannot be set \(bad write\): check the kernel's log"):
            lamp.indicator.show(Light.RED)
        assert lamp.indicator.shown() is None
        lamp.indicator.close()
    lamp.indicator.open()
    lamp.indicator.show(Light.RED)
    assert lamp.indicator.shown() is Light.RED
    lamp.indicator.close()


def test_a_failure_between_two_commands_is_told_by_the_next(wires: Wires) -> None:
    failed = Event()
    wires.board.factory("test").pin_class = MockPWMPin
    indicator = GpioIndicator(Output(RED), None, None, None, None, wires.board)
    indicator.open()
    pin = wires.held(RED)

    class Dead(MockPWMPin):  # type: ignore[misc]
        def _set_state(self, value: float) -> None:
            failed.set()
            raise RuntimeError("gone")

    indicator.show(Light.AMBER_FAST)
    pin.__class__ = Dead
    assert failed.wait(60)
    with pytest.raises(HardwareError, match=r"GPIO 22 \(red\) cannot be set \(gone\)"):
        indicator.play(Cue("reminder", 1, 1))
    indicator.close()


def test_a_passive_buzzer_gets_a_square_wave(wires: Wires) -> None:
    lamp = Lamp(wires, tone_hz=2700)
    buzzer = wires.held(BUZZER)
    lamp.indicator.play(Cue("muted", 1, 0))
    assert (buzzer.frequency, buzzer.state) == (2700, 0.5)
    lamp.at(100)
    assert (buzzer.frequency, buzzer.state) == (None, 0)
    lamp.indicator.close()


def test_what_cannot_be_is_refused_before_any_pin_is_touched(wires: Wires) -> None:
    with pytest.raises(HardwareError, match="indicator: it has no light: name the pin of an LED"):
        GpioIndicator(None, None, None, Output(BUZZER), None, wires.board)
    with pytest.raises(HardwareError, match="indicator: GPIO 22 is named twice"):
        GpioIndicator(Output(22), None, None, Output(22), None, wires.board)
    with pytest.raises(HardwareError, match="indicator: a tone of 5 Hz cannot be made: choose 20 to 10000"):
        GpioIndicator(Output(22), None, None, Output(23), None, wires.board, tone_hz=5)


def test_a_closed_one_says_so_and_a_failed_opening_gives_its_pins_back(wires: Wires) -> None:
    indicator = GpioIndicator(Output(RED), Output(99), None, None, None, wires.board)
    with pytest.raises(HardwareError, match="indicator: GPIO 99 cannot be used"):
        indicator.open()
    assert wires.held(RED) is None
    with pytest.raises(HardwareError, match="indicator: it is closed: open it first"):
        indicator.show(Light.RED)
    indicator.close()
