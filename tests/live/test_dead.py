"""A driver that cannot be made is a part that has failed, and no reason not to start."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bwc_agent.control.inputs import Input, Source, SourceChange
from bwc_agent.errors import ConfigError
from bwc_agent.fleet.device import InputPin, LocationPart, TamperPart
from bwc_agent.live.dead import Dead, made
from bwc_agent.live.drivers import Drivers
from bwc_agent.live.parts import Builder
from bwc_agent.live.run import Live
from bwc_agent.packets import Packet, Track
from hal.errors import HardwareError
from hal.interfaces import Microphone
from tests.live.enrolled import SMALL, device


def no_library() -> Microphone:
    raise ImportError("libportaudio.so.2: cannot open shared object file")


def test_a_library_that_is_missing_is_said_each_time_the_part_is_asked_for() -> None:
    part = made("microphone", no_library)
    assert isinstance(part, Dead)
    for _ in range(2):
        with pytest.raises(HardwareError, match=r"microphone: its driver does not load \(libportaudio"):
            part.open()
    part.close()


def test_a_setting_that_is_wrong_stays_a_wrong_setting() -> None:
    def wrong() -> Microphone:
        raise ConfigError("mend it")

    with pytest.raises(ConfigError):
        made("microphone", wrong)


class Deaf(Drivers):
    """Its microphone's library is missing."""

    def microphone(self) -> Callable[[], Microphone]:
        return no_library


def test_the_start_goes_on_without_parts_that_cannot_be_made_and_tells_each(tmp_path: Path) -> None:
    made_of = replace(device(tmp_path), location=LocationPart("nmea", "/dev/no-such-port", 9600))
    made_of = replace(made_of, tamper=TamperPart("gpiozero", InputPin(25, pull="sideways")))
    live = Live(SMALL, made_of, Builder(SMALL, made_of, drivers=Deaf).parts)
    lost, pictures, asked = dict[Source, str](), 0, False

    def watch(item: Packet | Input) -> None:
        nonlocal pictures, asked
        if isinstance(item, SourceChange):
            lost[item.source] = item.why
        pictures += isinstance(item, Packet) and item.track is Track.VIDEO
        if pictures and len(lost) == 2 and not asked:
            asked = True
            live.ask_to_end("seen enough")

    live.run(watch)
    assert set(lost) == {Source.MICROPHONE, Source.TAMPER}
    assert "choose up, down or none" in lost[Source.TAMPER]
