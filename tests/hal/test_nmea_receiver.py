"""A receiver at the other end of a real pseudo-terminal."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from queue import Empty, Queue

import pytest

from hal.errors import HardwareError
from hal.interfaces import ClockReading, Fix
from hal.location.nmea import NmeaReceiver
from tests.hal.test_nmea_sentences import gga, rmc, utc_us

S = 1_000_000_000
PLACE = (481_173_000, 115_166_667, 6_750)
GENEROUS_S = 30.0


class Wire:
    """The receiver's end of a pseudo-terminal."""

    def __init__(self) -> None:
        self.there, self._here = os.openpty()
        self.name = os.ttyname(self._here)

    def send(self, *sentences: bytes) -> None:
        data = b"".join(sentence + b"\r\n" for sentence in sentences)
        while data:
            data = data[os.write(self.there, data) :]

    def cut(self) -> None:
        """Hang up."""
        for end in (self.there, self._here):
            if end >= 0:
                os.close(end)
        self.there = self._here = -1


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.cut()


def later(step_ns: int) -> Callable[[], int]:
    """A clock that is `step_ns` later whenever it is asked."""
    ticks = count(0, step_ns)
    return lambda: next(ticks)


@pytest.fixture
def receiver(wire: Wire) -> Iterator[NmeaReceiver]:
    receiver = NmeaReceiver(wire.name, 9600, later(S // 10))
    receiver.open()
    yield receiver
    receiver.close()


def in_thread(receiver: NmeaReceiver) -> tuple[threading.Thread, Queue[object]]:
    """Reads in another thread until the end or an error, which is the last item."""
    items: Queue[object] = Queue()

    def run() -> None:
        try:
            while (item := receiver.read()) is not None:
                items.put(item)
            items.put(None)
        except HardwareError as error:
            items.put(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, items


def test_a_burst_gives_its_fix(wire: Wire, receiver: NmeaReceiver) -> None:
    wire.send(gga(), rmc(1))
    fix = receiver.read()
    assert isinstance(fix, Fix)
    assert (fix.latitude_e7, fix.longitude_e7, fix.accuracy_mm) == PLACE


def test_a_burst_that_is_waited_for_gives_its_time(wire: Wire) -> None:
    now = 0
    receiver = NmeaReceiver(wire.name, 9600, lambda: now)
    receiver.open()
    thread, items = in_thread(receiver)
    item: object = None
    for _ in range(1000):  # a burst that comes before the reader waits gives none
        now += S // 10
        wire.send(rmc(5))
        with contextlib.suppress(Empty):
            item = items.get(timeout=0.1)
        if isinstance(item, ClockReading):
            break
    receiver.close()
    thread.join(GENEROUS_S)
    assert isinstance(item, ClockReading)
    assert (item.monotonic_ns % (S // 10), item.utc_us, item.source, item.uncertainty_us) == (0, utc_us(5), "gps", 1_000_000)


def test_garbage_before_between_and_inside_is_survived(wire: Wire, receiver: NmeaReceiver) -> None:
    noise = bytes(range(256)).replace(b"$", b"")
    for junk in (noise, b"\0" * 300, b"x" * 3000, b"\xb5\x62\x01\x07\x5c\x00", b"$GPGGA,12", b"$" * 50, gga()[:-2] + b"00"):
        wire.send(junk, gga())
        assert isinstance(receiver.read(), Fix)
    assert receiver.refused >= 51


def test_wrong_checksums_are_counted_over_all_openings(wire: Wire, receiver: NmeaReceiver) -> None:
    for opening in range(1, 4):
        wire.send(gga().replace(b"4807", b"4808"), rmc().replace(b"A", b"B", 1), gga())
        assert isinstance(receiver.read(), Fix)
        assert receiver.refused == 2 * opening
        receiver.open()


def test_what_came_before_the_opening_is_dropped(wire: Wire, receiver: NmeaReceiver) -> None:
    wire.send(gga("1000.0,N"))
    receiver.close()
    wire.send(gga("2000.0,N"))
    receiver.open()
    wire.send(gga("3000.0,N"))
    fix = receiver.read()
    assert isinstance(fix, Fix) and fix.latitude_e7 == 300_000_000


def test_silence_is_told_after_the_time_set_and_mended_by_opening(wire: Wire) -> None:
    receiver = NmeaReceiver(wire.name, 9600, later(S))
    receiver.open()
    with pytest.raises(HardwareError, match=f"location: {wire.name} is silent for 5 s: check the receiver's power and cable") as failed:
        receiver.read()
    assert failed.value.part == "location"
    receiver.open()
    wire.send(gga())
    assert isinstance(receiver.read(), Fix)
    receiver.close()


def test_a_receiver_without_a_fix_is_not_silent(wire: Wire, receiver: NmeaReceiver) -> None:
    for _ in range(30):
        wire.send(gga(quality="0"), rmc(status="V", mode="N"))
    wire.send(gga())
    assert isinstance(receiver.read(), Fix)


def test_bytes_that_are_never_a_sentence_point_at_the_baud_rate(wire: Wire, receiver: NmeaReceiver) -> None:
    os.set_blocking(wire.there, False)
    thread, items = in_thread(receiver)
    for _ in range(3000):
        with contextlib.suppress(BlockingIOError):
            os.write(wire.there, b"\xfe\x80\x78" * 20)
        with contextlib.suppress(Empty):
            item = items.get(timeout=0.01)
            break
    thread.join(GENEROUS_S)
    assert "sends bytes but no NMEA sentence for 5 s: check its baud rate (set to 9600)" in str(item)


def test_a_cut_wire_is_told_again_and_again_and_a_new_one_works(wire: Wire, receiver: NmeaReceiver, tmp_path: Path) -> None:
    link = tmp_path / "gps"
    link.symlink_to(wire.name)
    named = NmeaReceiver(str(link), 9600, later(S // 10))
    receiver.close()
    named.open()
    wire.send(gga())
    assert isinstance(named.read(), Fix)
    wire.cut()
    for _ in range(2):
        with pytest.raises(HardwareError, match=f"location: {link} vanished: check its plug and its cable"):
            named.read()
    with pytest.raises(HardwareError, match="it is not there: plug the receiver in"):
        named.open()
    another = Wire()
    link.unlink()
    link.symlink_to(another.name)
    named.open()
    another.send(gga())
    assert isinstance(named.read(), Fix)
    named.close()
    another.cut()


def test_a_wire_cut_while_a_reader_waits_ends_its_wait(wire: Wire, receiver: NmeaReceiver) -> None:
    thread, items = in_thread(receiver)
    wire.send(gga())
    assert isinstance(items.get(timeout=GENEROUS_S), Fix)
    os.close(wire.there)
    wire.there = -1
    assert "vanished" in str(items.get(timeout=GENEROUS_S))
    thread.join(GENEROUS_S)


def test_closing_from_another_thread_ends_a_read(wire: Wire) -> None:
    receiver = NmeaReceiver(wire.name, 9600, lambda: 0)
    for _ in range(20):
        receiver.open()
        thread, items = in_thread(receiver)
        wire.send(gga())
        assert isinstance(items.get(timeout=GENEROUS_S), Fix)
        receiver.close()
        assert items.get(timeout=GENEROUS_S) is None
        thread.join(GENEROUS_S)
    assert receiver.read() is None


def test_many_may_open_and_close_at_once(wire: Wire) -> None:
    receiver = NmeaReceiver(wire.name, 9600, lambda: 0)
    receiver.open()
    reader, items = in_thread(receiver)

    def toggle() -> None:
        for _ in range(25):
            receiver.open()
            receiver.close()

    toggling = [threading.Thread(target=toggle) for _ in range(4)]
    for thread in toggling:
        thread.start()
    for thread in [*toggling, reader]:
        thread.join(GENEROUS_S)
        assert not thread.is_alive()
    assert items.get(timeout=GENEROUS_S) is None


def test_a_receiver_never_opened_says_so(wire: Wire) -> None:
    receiver = NmeaReceiver(wire.name, 9600, lambda: 0)
    receiver.close()
    with pytest.raises(HardwareError, match="is closed: open it first"):
        receiver.read()


def test_the_port_is_taken_alone(wire: Wire, receiver: NmeaReceiver) -> None:
    with pytest.raises(HardwareError, match="another program holds it: stop that one"):
        NmeaReceiver(wire.name, 9600, lambda: 0).open()


@pytest.mark.parametrize("baud", [0, -1, 9601, 10**12])
def test_a_baud_rate_that_is_none_is_refused_with_the_choice(wire: Wire, baud: int) -> None:
    with pytest.raises(HardwareError, match=f"cannot run at {baud} baud: choose one of 4800, 9600, 19200"):
        NmeaReceiver(wire.name, baud, lambda: 0).open()


def test_what_is_no_port_is_refused_with_the_ports_there_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name, why in (("missing", "it is not there"), ("file", "it is no serial port that works")):
        with pytest.raises(HardwareError, match=rf"location: {tmp_path / name} cannot be opened: {why}.*\(ports here: .+\)"):
            NmeaReceiver(str(tmp_path / name), 9600, lambda: 0).open()
