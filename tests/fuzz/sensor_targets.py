"""What parts say: a GPS receiver, the kernel's files of battery, dock and clock, the child process that holds a camera."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bwc_agent.evidence.lines import encode
from hal.camera.child import Frames
from hal.camera.rpi import Order
from hal.camera.rpi_child import HEADER, HELLO, KEYFRAME, MAGIC
from hal.clock.rtc import RtcClock
from hal.dock.rule import DockRule
from hal.dock.sysfs import SysfsDock
from hal.errors import HardwareError
from hal.interfaces import Fix
from hal.location.sentences import LONGEST, Reports
from hal.power.sysfs import SysfsPower
from tests.fuzz.target import Target
from tests.hal.nmea_made import sealed

_SECOND: Final = 1_000_000_000
_BATTERY: Final = ("capacity", "status", "present", "time_to_empty_avg", "energy_now", "power_now", "charge_now", "current_now")
_CHARGER: Final = ("online", "type", "scope")
_GAUGE: Final = b"81\nDischarging\n1\n5400\n30000000\n9000000\n3000000\n-900000\n0\nMains\nSystem"
_LOOKS: Final = 6
"""Readings of one input: enough for every sum over a minute to be made."""


def _sentences(data: bytes) -> None:
    """The same bytes whole and in pieces; what they say must be what a line can hold."""
    reports = Reports(0)
    for number, begin in enumerate(range(0, len(data), 61)):
        for told in reports.feed(data[begin : begin + 61], number * 100_000_000, watched=True):
            encode({"a": told.latitude_e7, "b": told.accuracy_mm} if isinstance(told, Fix) else {"a": told.utc_us})


def _sentence_seeds() -> list[bytes]:
    said = (
        "GPGGA,092725.00,4717.11399,N,00833.91590,E,1,08,1.01,499.6,M,48.0,M,,*".removesuffix("*"),
        "GNRMC,092725.00,A,4717.11437,N,00833.91522,E,0.004,77.52,091226,,,A",
        "GPGST,092725.00,1.8,,,,1.7,1.3,2.2",
        "GPGSV,3,1,11,03,03,111,00",
    )
    return [b"".join(sealed(sentence) + b"\r\n" for sentence in said), b"$" + b"A" * LONGEST + b"\r\n" + sealed(said[0]) + b"\n"]


@contextmanager
def _tree(data: bytes, folders: dict[str, tuple[str, ...]]) -> Iterator[Path]:
    """A folder like /sys, with the lines of `data` in its files, one each."""
    lines = iter(data.split(b"\n"))
    with TemporaryDirectory() as name:
        for folder, files in folders.items():
            (Path(name) / folder).mkdir(parents=True)
            for file in files:
                (Path(name) / folder / file).write_bytes(next(lines, b"") + b"\n")
        yield Path(name)


def _power(data: bytes) -> None:
    with _tree(data, {"class/power_supply/BAT0": _BATTERY, "class/power_supply/AC": _CHARGER}) as root:
        (root / "class/power_supply/BAT0/type").write_text("Battery\n")
        power = SysfsPower(root, "BAT0", now_ns=_clock(20 * _SECOND), wait=lambda _event, _seconds: False)
        power.open()
        for _ in range(_LOOKS):
            reading = power.read()
            assert reading is not None and 0 <= reading.percent <= 100
            encode({"charging": reading.charging, "minutes": reading.minutes_left, "percent": reading.percent})


def _dock(data: bytes) -> None:
    with _tree(data, {"class/net/eth0": ("carrier",), "class/udc/usb0": ("state",), "class/power_supply/AC": _CHARGER}) as root:
        dock = SysfsDock(DockRule.parse(["charger", "carrier:eth0", "udc:usb0"]), root, _clock(_SECOND), lambda _event, _seconds: False)
        dock.open()
        dock.read()


def _clock(step_ns: int) -> Callable[[], int]:
    ticks = count()
    return lambda: next(ticks) * step_ns


def _rtc(data: bytes) -> None:
    with _tree(data, {"sys/class/rtc/rtc0": ("since_epoch",)}) as root:
        RtcClock(lambda: 0, root).read()


def _frames(data: bytes) -> None:
    """A pipe's bytes; what it numbers and times is either faulted or what a journal can count."""
    frames, order, at = Frames(), Order(30.0), 0
    while at < len(data):
        room = frames.room()
        size = min(len(room), len(data) - at, 997)
        room[:size] = data[at : at + size]
        at += size
        packet = frames.took(size)
        if packet is not None and order.fault(packet, 0, _SECOND) is None:
            encode({"lost": order.lost})


def _frame_seeds() -> list[bytes]:
    hello = b"h264 640 480 30.0"
    greeting = HEADER.pack(MAGIC, len(hello), 0, 0, HELLO) + hello
    return [greeting, b"".join(HEADER.pack(MAGIC, 50, k * 33_000_000 + 1, k, KEYFRAME) + bytes(50) for k in range(4))]


TARGETS = (
    Target("nmea", _sentences, (), _sentence_seeds, examples=200),
    Target("battery", _power, (HardwareError,), lambda: [_GAUGE.replace(b"5400", said) for said in (b"5400", b"", b"0")], examples=80),
    Target("dock", _dock, (HardwareError,), lambda: [b"1\nconfigured\n1\nUSB\nSystem"]),
    Target("clock chip", _rtc, (HardwareError,), lambda: [b"1800000000"]),
    Target("camera child", _frames, (ValueError,), _frame_seeds, allowance=17 << 20),
)
