"""device.toml: the profiles that we ship, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.device import Device, InputPin, OutputPin
from bwc_agent.fleet.load import load_device, load_folder
from bwc_agent.fleet.resolved import dump, load
from bwc_agent.fleet.settings import Settings

CONFIG = Path(__file__).parents[2] / "config"
PROFILES = sorted(path.parent for path in CONFIG.glob("*/device.toml"))
LEAST = """serial = "BWC-0001"
vault = "vault"
[camera]
driver = "opencv"
[microphone]
driver = "none"
[buttons]
driver = "keyboard"
[indicator]
driver = "terminal"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "device.toml"
    path.write_text(text)
    return path


def test_there_is_a_profile_for_each_board_and_one_for_none() -> None:
    assert [path.name for path in PROFILES] == [
        "laptop",
        "local-store",
        "raspberry-pi-4",
        "raspberry-pi-5",
        "raspberry-pi-zero-2",
        "simulator",
    ]


@pytest.mark.parametrize("folder", PROFILES, ids=lambda path: path.name)
def test_a_profile_loads_and_comes_back_from_json_as_it_was(folder: Path, tmp_path: Path) -> None:
    settings, device = load_folder(folder)
    resolved = tmp_path / "resolved.json"
    resolved.write_bytes(dump(settings, device))
    assert load(resolved) == (settings, device)


def test_a_boards_profile_names_its_chip_its_pins_and_how_it_goes_off() -> None:
    device = load_device(CONFIG / "raspberry-pi-5/device.toml")
    assert device.gpio.chip == "pinctrl-rp1" and device.camera.driver == "rpi"
    assert device.buttons.event == InputPin(17, "up", "low") and device.indicator.red == OutputPin(22, "high")
    assert device.power.off == ("systemctl", "poweroff") and device.dock.signs == ("gpio", "charger")


def test_an_agency_beside_it_is_read_and_without_one_the_baseline_counts(tmp_path: Path) -> None:
    written(tmp_path, LEAST)
    assert load_folder(tmp_path)[0] == Settings()
    (tmp_path / "agency.toml").write_text("[buffer]\nseconds = 60\n")
    assert load_folder(tmp_path)[0].policy.pre_roll == 60 * 48_000


def test_a_microphones_offset_is_written_as_a_time(tmp_path: Path) -> None:
    text = LEAST.replace('[microphone]\ndriver = "none"', '[microphone]\ndriver = "sounddevice"\noffset = "12.5 ms"')
    assert load_device(written(tmp_path, text)).microphone.offset == 12_500_000


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('driver = "opencv"', 'driver = "open-cv"', "line 4: camera.driver: .*did you mean 'opencv'"),
        ('driver = "keyboard"', 'driver = "gpiozero"', "line 7: buttons: no event button: write its pin"),
        ('driver = "terminal"', 'driver = "gpiozero"', "line 9: indicator: no recording light"),
        ('serial = "BWC-0001"', 'serial = "no serial!"', "line 1: serial: .*letters, digits and hyphens"),
        ('vault = "vault"\n', "", "vault: field required"),
        (
            'driver = "keyboard"',
            'driver = "keyboard"\nevent = { pin = 99 }',
            "line 9: buttons.event.pin: 99 is no pin: write its BCM number",
        ),
        ('driver = "keyboard"', 'driver = "keyboard"\nevent = { pin = 4, pul = "up" }', "did you mean 'pull'"),
        ("[camera]", '[dock]\ndriver = "sysfs"\n[camera]', "dock: no sign of a dock"),
        (
            "[camera]",
            '[dock]\ndriver = "sysfs"\nsigns = ["carier:eth0"]\n[camera]',
            "line 5: dock.signs: .*carier:eth0.* is unknown in the rule",
        ),
        (
            "[camera]",
            '[dock]\ndriver = "sysfs"\nsigns = ["udc", "charger"]\n[camera]',
            "dock: a charger or udc alone would close the camera on the street",
        ),
        ("[camera]", '[dock]\ndriver = "sysfs"\nsigns = ["gpio"]\n[camera]', "dock: the sign .gpio. and its pin belong together"),
        ("[camera]", '[tamper]\ndriver = "gpiozero"\n[camera]', "tamper: .*the switch's pin belong together"),
        ("[microphone]", "[micropone]", "line 5: micropone: unknown key; did you mean 'microphone'"),
        ('driver = "opencv"', 'drvier = "opencv"', "line 4: camera.drvier: unknown key; did you mean 'driver'"),
        ('driver = "opencv"', 'driver = "opencv"\ndevice = -1', "line 5: camera.device: -1 names no device"),
        ('vault = "vault"', 'vault = ""', "line 2: vault: '' is no folder"),
        ('driver = "keyboard"', 'driver = "keyboard"\nevent = { pin = 3 }', "the keyboard has no pins"),
        ('driver = "terminal"', 'driver = "terminal"\nred = { pin = 3 }', "the terminal has no pins"),
        ("[camera]", '[power]\ndriver = "sysfs"\noff = "systemctl poweroff"\n[camera]', "power.off: .*write each word in quotes"),
        ("[camera]", '[dock]\ndriver = "sysfs"\nsigns = ["charger"]\n[camera]', "dock: a charger or udc alone"),
        ("[camera]", '[location]\ndriver = "nmea"\nbaud = 9601\n[camera]', "location.baud"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place_and_the_mend(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert LEAST.count(old) == 1
    with pytest.raises(ConfigError, match=said):
        load_device(written(tmp_path, LEAST.replace(old, new)))


def test_one_pin_cannot_be_two_things(tmp_path: Path) -> None:
    buttons = 'driver = "gpiozero"\nevent = { pin = 17 }'
    lights = 'driver = "gpiozero"\nred = { pin = 17 }'
    text = LEAST.replace('driver = "keyboard"', buttons).replace('driver = "terminal"', lights)
    with pytest.raises(ConfigError, match=r"line 12: indicator\.red: pin 17 is buttons\.event already: give each its own"):
        load_device(written(tmp_path, text))


def test_a_folder_without_a_device_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no device\.toml: copy the profile of your board"):
        load_folder(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"serial": "BWC-0001"', b'"serial": 7', "device.serial is '7'"),
        (b'"serial": "BWC-0001",', b'"seriel": "BWC-0001",', "device is no table of serial"),
        (b'"driver": "opencv"', b'"driver": null', "device.camera.driver"),
        (b'"device": {', b'"device": 3, "more": {', 'needs exactly "device" and "settings"'),
        (b"{", b"[", "no JSON"),
        (b'"dock_while_recording": "continue"', b'"dock_while_recording": "explode"', "settings.policy.dock_while_recording"),
        (b'"pre_roll": 1440000', b'"pre_roll": 1', "V.A.7"),
        (b'"rate": 30', b'"rate": 0', r"settings\.video\.rate is 0, not from 1 to 240"),
        (b'"width": 1280', b'"width": 1281', r"settings\.video\.width is 1281, which is not even"),
        (b'"width": 1280', b'"width": 12800', r"settings\.video\.width is 12800, not from 64 to 8192"),
        (b'"bitrate": 8000000', b'"bitrate": 0', r"settings\.video\.bitrate is 0, not from 100000 to 100000000"),
        (b'"threads": 1', b'"threads": -1', r"settings\.video\.threads is -1, not from 1 to 16"),
        (b'"pre_roll": 1440000', b'"pre_roll": 1440000000', r"settings\.policy\.pre_roll is 1440000000, not from 0 to 28800000"),
        (b'"reminder": 5760000', b'"reminder": 576000000', r"settings\.policy\.reminder is 576000000, not from 0 to 172800000"),
        (b'"event": null', b'"event": {"pin": 99}', r"device\.buttons\.event\.pin is 99, not from 0 to 53"),
        (b'"preset": "ultrafast"', b'"preset": "fastest"', r"settings\.video\.preset is 'fastest', not one of ultrafast"),
        (
            b'"owner": "trial agency"',
            b'"owner": "\\ud800"',
            r"settings\.owner is '\\ud800', which is no text of at most 4096",
        ),
        (b'"vault": "vault"', b'"vault": "\\u0000"', r"device\.vault is '\\x00', which is no text"),
        (b'"vault": "vault"', b'"vault": " "', r"device\.vault is empty"),
        (b'"serial": "BWC-0001"', b'"serial": "../x"', r"device\.serial: '\.\./x' cannot be a device serial"),
        (b'"off": []', b'"off": ["a\\u0000"]', r"device\.power\.off is 'a\\x00', which is no text"),
        (b'"debounce": 1440', b'"debounce": ' + b"9" * 400, r"settings\.policy\.debounce is a number that no setting can have"),
    ],
)
def test_a_damaged_resolved_file_is_refused_by_key(tmp_path: Path, old: bytes, new: bytes, said: str) -> None:
    path = tmp_path / "resolved.json"
    data = dump(Settings(), replace(Device("BWC-0001", "vault")))
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    with pytest.raises(ConfigError, match=said) as refused:
        load(path)
    assert "remove it and write it anew with `bwc run --resolve FILE`" in str(refused.value)
