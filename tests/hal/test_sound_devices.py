"""Which microphones there are, and which one is meant."""

import pytest

from hal.errors import HardwareError
from hal.microphone.devices import RATES, Found, chosen, microphones
from tests.hal.pulse import Pulse, pulse

__all__ = ["pulse"]

LAVALIER = Found(1, "USB Lavalier: Audio (hw:1,0)", "ALSA", 1, 48_000, False)
ARRAY = Found(4, "USB Array: Audio (hw:2,0)", "ALSA", 2, 44_100, False)
DEFAULT = Found(7, "default", "ALSA", 32, 44_100, True)
SYSTEM = Found(8, "sysdefault", "ALSA", 32, 44_100, False)
ALL = [LAVALIER, ARRAY, DEFAULT, SYSTEM]


@pytest.mark.parametrize(
    ("device", "meant"),
    [(None, DEFAULT), ("4", ARRAY), ("usb lava", LAVALIER), ("hw:2,0", ARRAY), ("default", DEFAULT), ("SYSDEFAULT", SYSTEM)],
)
def test_a_number_a_part_of_the_name_or_nothing_means_one(device: str | None, meant: Found) -> None:
    assert chosen(device, ALL) is meant


LISTED = r"name one of \[1\] USB Lavalier: Audio \(hw:1,0\) \(ALSA\); \[4\] USB Array: .*; \[8\] sysdefault \(ALSA\)"


@pytest.mark.parametrize(
    ("device", "why"),
    [("usb", '"usb" means 2 of them'), ("2", '"2" is not here'), ("Bluetooth", '"Bluetooth" is not here'), ("", '"" means 4 of them')],
)
def test_what_means_none_or_several_is_refused_with_all_listed(device: str, why: str) -> None:
    with pytest.raises(HardwareError, match=f"microphone: .*{why}: {LISTED}"):
        chosen(device, ALL)


def test_no_default_and_no_microphone_are_two_things() -> None:
    with pytest.raises(HardwareError, match=r"a default input is not here: name one of \[1\] USB Lavalier"):
        chosen(None, [LAVALIER])
    for device in (None, "usb"):
        with pytest.raises(HardwareError, match="microphone: no microphone found: plug one in, and check that `arecord -l` lists it"):
            chosen(device, [])


def test_what_opens_is_listed_with_its_rates_and_what_does_not_with_the_reason(pulse: Pulse) -> None:
    with pulse.plugged():
        (here,) = (one for one in microphones() if one.found.name == "pulse")
    assert (here.rates, here.why_not, here.found.host_api) == (RATES, None, "ALSA")
    assert here.found.channels >= 2
    (gone,) = (one for one in microphones() if one.found.name == "pulse")
    assert gone.rates == ()
    assert gone.why_not is not None and "Input/output error" in gone.why_not
