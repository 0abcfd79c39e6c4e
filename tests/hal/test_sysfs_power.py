"""Battery and charger from a tree of files as the kernel lays them out, with the polls' time in the test's hands."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from hal.errors import HardwareError
from hal.interfaces import PowerReading
from hal.polling import PATIENCE
from hal.power.sysfs import SysfsPower, charger_online, sysfs_text

S = 1_000_000_000


class Polled:
    """Time that goes on only while a part waits; what was planned happens when its time comes."""

    def __init__(self) -> None:
        self.now = 0
        self._plan: list[tuple[int, Callable[[], object]]] = []

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        self._plan.append((round(seconds * S), act))

    def now_ns(self) -> int:
        return self.now

    def wait(self, closed: Event, seconds: float) -> bool:
        self.now += round(seconds * S)
        assert self.now < 3_600 * S, "nothing happened for an hour"
        for at, act in [each for each in self._plan if each[0] <= self.now]:
            self._plan.remove((at, act))
            act()
        return closed.is_set()


def supply(root: Path, name: str, **files: object) -> Path:
    """A power supply's folder; a file given as None goes away."""
    folder = root / "class" / "power_supply" / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file).unlink(missing_ok=True)
        if text is not None:
            (folder / file).write_text(f"{text}\n")
    return folder


def failing(file: Path) -> None:
    """Make reading `file` fail as a bus does, with the kernel's own EIO."""
    file.unlink(missing_ok=True)
    file.symlink_to("/proc/self/mem")


def battery(root: Path, **files: object) -> Path:
    return supply(root, "bat", **({"type": "Battery", "capacity": 80, "status": "Discharging"} | files))


def opened(root: Path, polled: Polled, name: str | None = None) -> SysfsPower:
    power = SysfsPower(root, name, 1.0, polled.now_ns, polled.wait)
    power.open()
    return power


def test_a_reading_comes_at_the_opening_at_each_change_and_once_a_minute(tmp_path: Path) -> None:
    polled = Polled()
    bat = battery(tmp_path)
    usb = supply(tmp_path, "usb", type="USB", online=0)
    power = opened(tmp_path, polled)
    polled.at(5, lambda: (bat / "capacity").write_text("79\n"))
    polled.at(7, lambda: (usb / "online").write_text("1\n"))
    polled.at(200, lambda: (usb / "online").write_text("0\n"))
    readings = [power.read() for _ in range(7)]
    told = [(r.capture_ns // S, r.percent, r.charging) for r in readings if r is not None]
    assert told == [(0, 80, False), (5, 79, False), (7, 79, True), *((at, 79, True) for at in (66, 125, 184)), (200, 79, False)]


@pytest.mark.parametrize(
    ("status", "kind", "online", "charging"),
    [
        ("Discharging", "Mains", "0", False),
        ("Discharging", "Mains", "1", True),
        ("Discharging", "USB", "1", True),
        ("Discharging", "USB_PD", "2", True),
        ("Discharging", "Wireless", "1", True),
        ("Discharging", "UPS", "1", False),
        ("Discharging", "USB", "", False),
        ("Charging", "USB", "0", True),
        ("Full", "USB", "0", True),
        ("Not charging", "USB", "0", True),
        ("Unknown", "USB", "0", False),
        ("", "USB", "0", False),
    ],
)
def test_a_charger_online_or_a_battery_that_says_so_is_charging(
    tmp_path: Path, status: str, kind: str, online: str, charging: bool
) -> None:
    battery(tmp_path, status=status)
    supply(tmp_path, "plug", type=kind, online=online)
    reading = opened(tmp_path, Polled()).read()
    assert reading is not None and reading.charging is charging


def test_what_feeds_or_drives_a_peripheral_is_not_the_device_s(tmp_path: Path) -> None:
    battery(tmp_path)
    supply(tmp_path, "headset", type="Battery", scope="Device", capacity=3, status="Full")
    supply(tmp_path, "source", type="USB", scope="Device", online=1)
    assert opened(tmp_path, Polled()).read() == PowerReading(0, 80, False)
    assert not charger_online(tmp_path)


def test_no_battery_is_said_with_what_to_write(tmp_path: Path) -> None:
    supply(tmp_path, "usb", type="USB", online=1)
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(
            HardwareError, match=r'power: no battery of the device in .*batteries there: none.*driver "none" in device.toml'
        ):
            opened(root, Polled())


def test_several_batteries_ask_for_a_name_and_a_wrong_name_lists_them(tmp_path: Path) -> None:
    battery(tmp_path)
    supply(tmp_path, "spare", type="Battery", capacity=11)
    with pytest.raises(HardwareError, match=r"several batteries in .*: bat, spare: name the camera's own"):
        opened(tmp_path, Polled())
    with pytest.raises(HardwareError, match=r"no battery 'bart' in .*batteries there: bat, spare"):
        opened(tmp_path, Polled(), "bart")
    assert opened(tmp_path, Polled(), "spare").read() == PowerReading(0, 11, False)


def test_percent_is_never_made_from_a_voltage(tmp_path: Path) -> None:
    battery(tmp_path, capacity=None, voltage_now=3_700_000)
    with pytest.raises(HardwareError, match=r"has no capacity \(files there: status, type, voltage_now\): use a fuel gauge"):
        opened(tmp_path, Polled())


@pytest.mark.parametrize("nonsense", ["", "full", "-1", "101", "79.5", "69", "0", "91", "100"])
def test_nonsense_is_waited_out_and_never_told(tmp_path: Path, nonsense: str) -> None:
    polled = Polled()
    bat = battery(tmp_path)
    power = opened(tmp_path, polled)
    power.read()
    polled.at(1, lambda: (bat / "capacity").write_text(nonsense))
    polled.at(PATIENCE, lambda: (bat / "capacity").write_text("79"))
    assert power.read() == PowerReading(PATIENCE * S, 79, False)


def breaks(bat: Path) -> None:
    failing(bat / "capacity")


def resets(bat: Path) -> None:
    (bat / "present").write_text("0")


def leaves(bat: Path) -> None:
    bat.rename(bat.parents[2] / "gone")


def leaps(bat: Path) -> None:
    (bat / "capacity").write_text("2")


@pytest.mark.parametrize(
    ("harm", "why"),
    [(breaks, "Input/output error"), (resets, "not there"), (leaves, "not there"), (leaps, "its capacity leapt from 80 to 2 at once")],
)
def test_what_lasts_is_an_error_and_a_new_opening_brings_it_back(tmp_path: Path, harm: Callable[[Path], None], why: str) -> None:
    polled = Polled()
    bat = battery(tmp_path)
    power = opened(tmp_path, polled)
    power.read()
    polled.at(1, lambda: harm(bat))
    with pytest.raises(HardwareError, match=f"power: .*bat cannot be read: .*{why}.*: check the fuel gauge"):
        power.read()
    assert polled.now == PATIENCE * S
    if harm is not leaps:
        battery(tmp_path, present=1, capacity=2)
    power.open()
    reading = power.read()
    assert reading is not None and reading.percent == 2


def test_a_charger_that_cannot_be_read_is_not_taken_for_one_that_is_off(tmp_path: Path) -> None:
    polled = Polled()
    battery(tmp_path)
    failing(supply(tmp_path, "usb", type="USB") / "online")
    power = opened(tmp_path, polled)
    polled.at(3, lambda: supply(tmp_path, "usb", online=1))
    assert power.read() == PowerReading(3 * S, 80, True)


@pytest.mark.parametrize(
    ("files", "minutes"),
    [
        ({"time_to_empty_avg": 7_199, "time_to_empty_now": 60}, 119),
        ({"time_to_empty_now": 7_200}, 120),
        ({"time_to_empty_avg": 65_535 * 60, "charge_now": 1_500_000, "current_now": -500_000}, 180),
        ({"energy_now": 10_000_000, "power_now": 4_000_000, "charge_now": 1, "current_now": 1}, 150),
        ({"energy_now": 10_000_000, "current_now": 500_000}, None),
        ({"charge_now": "x", "current_now": ""}, None),
        ({}, None),
    ],
)
def test_minutes_come_from_what_the_gauge_gives(tmp_path: Path, files: dict[str, object], minutes: int | None) -> None:
    polled = Polled()
    bat = battery(tmp_path, **files)
    power = opened(tmp_path, polled)
    power.read()
    polled.at(61, lambda: (bat / "capacity").write_text("79"))
    power.read()
    reading = power.read()
    assert reading is not None and (reading.percent, reading.minutes_left) == (79, minutes)


def test_a_gauge_s_file_that_fails_costs_the_minutes_only(tmp_path: Path) -> None:
    bat = battery(tmp_path)
    failing(bat / "time_to_empty_avg")
    assert opened(tmp_path, Polled()).read() == PowerReading(0, 80, False)


def test_close_ends_a_read_that_waits(tmp_path: Path) -> None:
    battery(tmp_path)
    power = SysfsPower(tmp_path, every_s=3_600)
    power.open()
    power.read()
    got: list[PowerReading | None] = []
    reader = Thread(target=lambda: got.append(power.read()), daemon=True)
    reader.start()
    power.close()
    reader.join(30)
    assert got == [None]


def test_closed_it_gives_nothing_and_opens_anew(tmp_path: Path) -> None:
    battery(tmp_path)
    power = SysfsPower(tmp_path)
    power.close()
    with pytest.raises(HardwareError, match="power: it is closed: open it first"):
        power.read()
    for _ in range(2):
        power.open()
        power.open()
        assert power.read() is not None
        power.close()
        power.close()
        assert power.read() is None


def test_the_kernel_s_own_refusals_are_told_apart(tmp_path: Path) -> None:
    """EINVAL, of a file of this machine's sysfs, says nothing; EIO is a fault."""
    refused = Path("/sys/class/net/lo/speed")
    if refused.exists():
        assert sysfs_text(refused) is None
    assert sysfs_text(tmp_path / "missing") is None
    failing(tmp_path / "broken")
    with pytest.raises(OSError, match="Input/output error"):
        sysfs_text(tmp_path / "broken")
