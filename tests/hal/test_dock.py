"""The dock from a tree of files as the kernel lays them out, with the polls' time in the test's hands."""

from pathlib import Path
from threading import Thread

import pytest

from hal.dock.rule import DockRule
from hal.dock.sysfs import SysfsDock
from hal.errors import HardwareError
from hal.interfaces import Contact
from hal.polling import PATIENCE
from tests.hal.test_sysfs_power import Polled, S, failing, supply


def opened(root: Path, polled: Polled, *words: str, mode: str = "any") -> SysfsDock:
    dock = SysfsDock(DockRule.parse(words, mode), root, polled.now_ns, polled.wait)
    dock.open()
    return dock


def interface(root: Path, name: str, carrier: str) -> Path:
    folder = root / "class" / "net" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "carrier").write_text(f"{carrier}\n")
    return folder / "carrier"


def usb_side(root: Path, name: str, state: str) -> Path:
    folder = root / "class" / "udc" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state").write_text(f"{state}\n")
    return folder / "state"


@pytest.mark.parametrize("online", [False, True])
def test_the_level_at_the_opening_is_told_at_once(tmp_path: Path, online: bool) -> None:
    supply(tmp_path, "usb", type="USB", online=int(online))
    polled = Polled()
    polled.now = 7 * S
    dock = opened(tmp_path, polled, "charger")
    assert dock.read() == Contact(7 * S, online)
    polled.at(20, lambda: supply(tmp_path, "usb", online=int(not online)))
    assert dock.read() == Contact(20 * S, not online)
    dock.open()
    assert dock.read() == Contact(22 * S, not online)


def test_a_change_is_told_after_two_seconds_with_the_time_at_which_it_came(tmp_path: Path) -> None:
    carrier = interface(tmp_path, "eth0", "0")
    polled = Polled()
    dock = opened(tmp_path, polled, "carrier:eth0")
    dock.read()
    for at, level in ((3, "1"), (4, "0"), (6, "1"), (7, "0"), (10, "1")):
        polled.at(at, lambda level=level: carrier.write_text(level))  # type: ignore[misc]
    assert dock.read() == Contact(10 * S, True)
    assert polled.now == 12 * S


def test_an_interface_comes_and_goes_with_the_dock_it_sits_in(tmp_path: Path) -> None:
    polled = Polled()
    dock = opened(tmp_path, polled, "carrier:usb0")
    assert dock.read() == Contact(0, False)
    polled.at(5, lambda: interface(tmp_path, "usb0", "1"))
    assert dock.read() == Contact(5 * S, True)
    polled.at(9, lambda: (tmp_path / "class" / "net").rename(tmp_path / "gone"))
    assert dock.read() == Contact(9 * S, False)


@pytest.mark.parametrize(("word", "docked"), [("udc", True), ("udc:a.usb", False), ("udc:b.usb", True)])
def test_a_usb_side_is_docked_once_a_host_has_configured_it(tmp_path: Path, word: str, docked: bool) -> None:
    usb_side(tmp_path, "a.usb", "not attached")
    usb_side(tmp_path, "b.usb", "configured")
    assert opened(tmp_path, Polled(), word).read() == Contact(0, docked)


@pytest.mark.parametrize("state", ["not attached", "attached", "powered", "default", "addressed", "suspended", ""])
def test_a_plug_without_a_host_that_talks_is_no_dock(tmp_path: Path, state: str) -> None:
    usb_side(tmp_path, "a.usb", state)
    assert opened(tmp_path, Polled(), "udc").read() == Contact(0, False)


def test_a_power_bank_does_not_dock_a_camera_that_asks_for_all(tmp_path: Path) -> None:
    carrier = interface(tmp_path, "eth0", "0")
    supply(tmp_path, "usb", type="USB", online=1)
    polled = Polled()
    dock = opened(tmp_path, polled, "charger", "carrier:eth0", mode="all")
    assert dock.read() == Contact(0, False)
    polled.at(5, lambda: carrier.write_text("1"))
    assert dock.read() == Contact(5 * S, True)


def test_a_contact_pin_is_asked_where_the_rule_says_gpio() -> None:
    closed = [False]
    polled = Polled()
    dock = SysfsDock(DockRule.parse(["gpio"]), now_ns=polled.now_ns, wait=polled.wait, contact=lambda: closed[0])
    dock.open()
    assert dock.read() == Contact(0, False)
    polled.at(2, lambda: closed.insert(0, True))
    assert dock.read() == Contact(2 * S, True)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("charger", "no charger in .*power_supply: load the charger's driver, or tell the dock by carrier, udc or gpio"),
        ("udc:b.usb", r"no USB device side 'b.usb' in .*udc \(there: a.usb\): correct the name"),
        ("gpio", "no contact pin is configured: name its pin"),
    ],
)
def test_what_can_never_be_is_refused_at_the_opening(tmp_path: Path, word: str, why: str) -> None:
    usb_side(tmp_path, "a.usb", "configured")
    with pytest.raises(HardwareError, match=f"dock: .*{why}"):
        opened(tmp_path, Polled(), "udc", word)


def test_no_usb_side_at_all_says_how_to_enable_one(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match=r"dock: no USB device side in .*\(there: none\): .*dtoverlay=dwc2"):
        opened(tmp_path, Polled(), "udc")


def test_a_level_stands_while_it_cannot_be_read_and_fails_after_ten_polls(tmp_path: Path) -> None:
    usb = supply(tmp_path, "usb", type="USB", online=1)
    polled = Polled()
    dock = opened(tmp_path, polled, "charger")
    dock.read()
    polled.at(1, lambda: failing(usb / "online"))
    polled.at(PATIENCE, lambda: supply(tmp_path, "usb", online=1))
    polled.at(20, lambda: failing(usb / "online"))
    with pytest.raises(HardwareError, match=r"dock: it cannot be read: .*Input/output error: check the dock's connector"):
        dock.read()
    assert polled.now == (20 + PATIENCE - 1) * S
    supply(tmp_path, "usb", online=0)
    dock.open()
    assert dock.read() == Contact(polled.now, False)


def test_a_term_that_fails_is_not_hidden_by_one_that_is_fulfilled(tmp_path: Path) -> None:
    interface(tmp_path, "eth0", "1")
    failing(supply(tmp_path, "usb", type="USB") / "online")
    dock = opened(tmp_path, Polled(), "carrier:eth0", "charger")
    with pytest.raises(HardwareError, match="Input/output error"):
        dock.read()


def test_close_ends_a_read_that_waits_and_closed_it_gives_nothing(tmp_path: Path) -> None:
    dock = SysfsDock(DockRule.parse(["carrier:eth0"]), tmp_path, every_s=3_600)
    with pytest.raises(HardwareError, match="dock: it is closed: open it first"):
        dock.read()
    dock.open()
    dock.read()
    got: list[Contact | None] = []
    reader = Thread(target=lambda: got.append(dock.read()), daemon=True)
    reader.start()
    dock.close()
    reader.join(30)
    assert got == [None]
    assert dock.read() is None


def test_this_machine_s_own_loopback_has_a_carrier() -> None:
    carrier = Path("/sys/class/net/lo/carrier")
    try:
        up = carrier.read_text().strip() == "1"
    except OSError:
        up = False
    dock = SysfsDock(DockRule.parse(["carrier:lo"]))
    dock.open()
    contact = dock.read()
    dock.close()
    assert contact is not None and contact.closed is up
