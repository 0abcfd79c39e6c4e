"""What a person writes: TOML of agency, device and scenario; and the settings that one program leaves for another."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bwc_agent.errors import ConfigError
from bwc_agent.fleet.device import Device
from bwc_agent.fleet.load import load_device, load_settings
from bwc_agent.fleet.resolved import dump, load
from bwc_agent.fleet.settings import Settings
from bwc_agent.stated import journal_lines, profile
from hal.dock.rule import DockRule
from hal.errors import HardwareError
from simulator.scenario import load_scenario
from tests.fuzz.target import Target

CHECKOUT: Final = Path(__file__).resolve().parents[2]


def _read(load: Callable[[Path], object]) -> Callable[[bytes], None]:
    """Reads the bytes as a file; every refusal is a sentence that a person can read."""

    def run(data: bytes) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "file.toml"
            path.write_bytes(data)
            try:
                load(path)
            except ConfigError as error:
                assert str(path) in str(error) and len(str(error)) < 2000
                raise

    return run


def _resolved(path: Path) -> None:
    """What is taken must serve: the core's profile, and lines that the journal can hold."""
    settings, device = load(path)
    assert profile(settings).ring_bytes > 0
    journal_lines(settings, device.stated())


def _files(folder: str, pattern: str) -> Callable[[], list[bytes]]:
    return lambda: [path.read_bytes() for path in sorted((CHECKOUT / folder).glob(pattern))]


def _sign(data: bytes) -> None:
    words = data.decode("utf-8", "replace").split()
    DockRule.parse(words[1:], words[0] if words else "all")


_REFUSED: Final = (ConfigError,)
TARGETS = (
    Target("agency.toml", _read(load_settings), _REFUSED, _files("config", "*.toml")),
    Target("device.toml", _read(load_device), _REFUSED, _files("config", "*/device.toml")),
    Target("scenario", _read(load_scenario), _REFUSED, _files("simulator/scenarios", "*.toml")),
    Target("resolved settings", _read(_resolved), _REFUSED, lambda: [dump(Settings(), Device("BWC-0001", "vault"))], examples=200),
    Target("dock rule", _sign, (HardwareError,), lambda: [b"all charger carrier:eth0 gpio", b"any udc:fe980000.usb"]),
)
