"""The officer's page says of every light and every signal what the camera does."""

from pathlib import Path

import bwc_agent.control
from bwc_agent.control.indicator import PULSES
from hal.interfaces import Light

PAGE = (Path(bwc_agent.control.__file__).parent / "OFFICER.md").read_text()


def rows(title: str) -> list[list[str]]:
    """The cells of the table whose first column is so called."""
    body = PAGE.split(f"| {title} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in body.splitlines()[2:]]


def test_each_signal_stands_there_with_its_pulses() -> None:
    said = [(int(tones), int(vibrations)) for _, tones, vibrations in rows("signal")]
    assert sorted(said) == sorted(PULSES.values())


def test_each_light_stands_there_once() -> None:
    words = {"red, blinking": Light.RED_BLINK.value, "red, steady": Light.RED.value}
    said = [words.get(name, name).removesuffix(" blink") for name, _ in rows("light")]
    assert sorted(said) == sorted(light.value.removesuffix(" blink") for light in Light)
