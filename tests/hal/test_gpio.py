"""Pins by number on a board by name: what is refused, and with which mend."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from hal import gpio_devices
from hal.errors import HardwareError
from hal.gpio import Board, Output, Pin, check, factory
from hal.gpio_devices import Found, NoLgpio, chips, load_lgpio


@pytest.mark.parametrize(
    ("pins", "why"),
    [
        ((Pin(17), Output(17)), "GPIO 17 is named twice: give each its own pin"),
        ((Pin(17, pull="floating"),), "GPIO 17 has pull 'floating': choose up, down or none"),  # type: ignore[arg-type]
        ((Pin(17, active="1"),), "GPIO 17 is active '1': choose low or high"),  # type: ignore[arg-type]
        ((None, Output(4, active="on")), "GPIO 4 is active 'on': choose low or high"),  # type: ignore[arg-type]
    ],
)
def test_settings_that_cannot_be_are_refused(pins: tuple[Pin | Output | None, ...], why: str) -> None:
    with pytest.raises(HardwareError, match=f"buttons: {why}"):
        check("buttons", *pins)


def test_an_unknown_factory_is_refused_with_those_there_are() -> None:
    with pytest.raises(HardwareError, match="tamper: pin factory 'rpigpio' is not known: choose one of lgpio, mock"):
        factory("tamper", "rpigpio")


def test_a_pin_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(HardwareError, match=r"buttons: GPIO 99 cannot be used: this board has GPIO 0, 1, 2, .*27: choose one of them"):
        Board("mock").input("buttons", Pin(99))


def test_a_pin_of_another_part_is_refused_by_name_until_it_is_released() -> None:
    board = Board("mock")
    board.output("indicator", Output(22))
    with pytest.raises(HardwareError, match="dock: GPIO 22 is in use by indicator: give each its own pin"):
        board.input("dock", Pin(22))
    board.release("indicator")
    assert board.input("dock", Pin(22)).function == "input"


def test_a_pull_against_the_boards_own_resistor_is_refused_and_the_pin_freed() -> None:
    board = Board("mock")
    with pytest.raises(HardwareError, match=r"buttons: GPIO 2 cannot be used: .*fixed pull resistor: set that pull, or choose another pin"):
        board.input("buttons", Pin(2, pull="down"))
    board.release("buttons")
    assert board.input("buttons", Pin(2)).state


def test_an_output_begins_off_and_its_level_follows_active() -> None:
    board = Board("mock")
    assert not board.output("indicator", Output(22)).state
    assert board.output("indicator", Output(23, active="low")).state
    assert (Pin(1).on(0), Pin(1).on(1), Pin(1, active="high").on(1), Output(1, "low").level(True)) == (True, False, True, False)


def test_without_a_chip_the_list_is_empty_and_needs_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    (tmp_path / "gpiochip4").symlink_to(tmp_path / "gpiochip0")
    (tmp_path / "gpiomem").touch()
    assert chips(tmp_path) == []


def test_a_chip_that_this_user_may_not_open_says_which_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gpiochip0").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    (found,) = chips(tmp_path)
    assert found.path == str(tmp_path / "gpiochip0")
    assert found.why_not is not None and "usermod -aG gpio" in found.why_not


def test_a_missing_library_is_told_with_its_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    (tmp_path / "gpiochip0").touch()
    (found,) = chips(tmp_path)
    assert found.why_not is not None and "sudo apt install python3-lgpio" in found.why_not
    with pytest.raises(HardwareError, match=r"buttons: lgpio is not there .*pip install lgpio .*apt install python3-lgpio"):
        factory("buttons", "lgpio")


def test_what_is_no_chip_does_not_open(tmp_path: Path) -> None:
    (tmp_path / "gpiochip977").touch()
    (found,) = chips(tmp_path)
    assert found.number == 977
    assert found.why_not is not None and found.why_not.startswith(("it does not open", "lgpio is not there"))


def test_the_wrong_chip_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [Found("/dev/gpiochip0", "gpio-brcmstb", 32), Found("/dev/gpiochip1", why_not="no")]
    monkeypatch.setattr("hal.gpio.each_chip", lambda: iter(there))
    monkeypatch.setattr("hal.gpio.chips", lambda: there)
    for label, wanted in ((None, "pinctrl-rp1 or pinctrl-bcm2711 or pinctrl-bcm2835"), ("rp1", "rp1")):
        listed = "there: /dev/gpiochip0 gpio-brcmstb; /dev/gpiochip1 no"
        with pytest.raises(HardwareError, match=rf"buttons: no GPIO chip {wanted} \({listed}\): set the chip's label"):
            factory("buttons", "lgpio", label)


@pytest.fixture
def fresh_lgpio(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Importing lgpio is seen, not done: the real one can be imported once per process only."""
    seen: list[str] = []

    def importing(name: str) -> Any:
        seen.append(os.environ["LG_WD"])
        os.chdir(os.environ["LG_WD"])
        return sys

    monkeypatch.delitem(sys.modules, "lgpio", raising=False)
    monkeypatch.setattr(gpio_devices, "import_module", importing)
    return seen


def test_lgpio_is_lent_a_directory_and_the_process_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_lgpio: list[str]
) -> None:
    monkeypatch.delenv("LG_WD", raising=False)
    monkeypatch.setenv("RUNTIME_DIRECTORY", f"{tmp_path}:/run/other")
    here = os.getcwd()
    load_lgpio()
    load_lgpio()
    assert os.getcwd() == here
    assert "LG_WD" not in os.environ
    assert [Path(lent).parent for lent in fresh_lgpio] == [tmp_path, tmp_path]
    assert fresh_lgpio[0] != fresh_lgpio[1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("set_to", "other"), [("LG_WD", "RUNTIME_DIRECTORY"), ("RUNTIME_DIRECTORY", "LG_WD")])
def test_no_directory_to_write_to_is_told_with_its_mend(set_to: str, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "lgpio", raising=False)
    monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(set_to, "/nowhere")
    with pytest.raises(NoLgpio, match="set LG_WD or RuntimeDirectory= to one"):
        load_lgpio()
    assert (os.environ.get(set_to), os.environ.get(other)) == ("/nowhere", None)
