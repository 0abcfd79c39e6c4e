"""Drivers behind encoders and workers."""

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from bwc_agent.media.stages import AHEAD, Worker, encoded_pictures, encoded_sound, ready_pictures
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.packets import Packet, Track
from bwc_agent.units import AAC_FRAME, ticks_from_ns
from hal.errors import HardwareError
from hal.interfaces import AccessUnit, AudioBlock, Frame
from simulator.packets import prepared
from tests.media.made import picture

NS = 1_000_000_000
TINY = VideoSettings(320, 180, 10, 200_000)
FAULT = HardwareError("camera", "gone")


class Part:
    """Counts how often it was opened and closed."""

    def __init__(self) -> None:
        self.opened = self.closed = 0

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1


class Pictures(Part):
    """A camera that gives `count` pictures, then ends or fails."""

    width, height, rate = TINY.width, TINY.height, TINY.rate

    def __init__(self, count: int, then: HardwareError | None = None) -> None:
        super().__init__()
        self._images = iter(np.full((270, 320), 16 + k, np.uint8) for k in range(count))
        self._then, self._at = then, 0

    def read(self) -> Frame | None:
        image = next(self._images, None)
        if image is None and self._then is not None:
            raise self._then
        self._at += NS // 10
        return None if image is None else Frame(self._at, image)


class Units(Part):
    """A camera that encodes."""

    width, height, rate = TINY.width, TINY.height, TINY.rate

    def __init__(self, units: Sequence[AccessUnit]) -> None:
        super().__init__()
        self._units = iter(units)

    def read_unit(self) -> AccessUnit | None:
        return next(self._units, None)


class Sound(Part):
    """A microphone that gives half a second of silence, then ends."""

    rate = 48_000

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def read(self) -> AudioBlock | None:
        self._count += 1
        return AudioBlock(self._count * 10_000_000, np.zeros(480, np.int16)) if self._count <= 50 else None


def given_out(worker: Worker) -> list[Packet]:
    return list(iter(worker.get, None))


def test_every_picture_of_a_camera_comes_out() -> None:
    packets = list(encoded_pictures(Pictures(15), TINY))
    assert [p.pts for p in packets] == [ticks_from_ns((k + 1) * NS // 10) for k in range(15)]


def test_pictures_before_a_fault_come_out_before_the_fault() -> None:
    packets, stage = list[Packet](), encoded_pictures(Pictures(5, FAULT), TINY)
    with pytest.raises(HardwareError, match="camera: gone"):
        packets.extend(stage)
    with pytest.raises(StopIteration):
        next(stage)
    assert len(packets) == 5


def test_ready_units_pass_unchanged_from_the_first_keyframe_on() -> None:
    encoded = prepared(TINY)
    units = [AccessUnit(k * NS // 10, key, data) for k, (data, key) in enumerate([*encoded[5:], *encoded, *encoded])]
    packets = list(ready_pictures(Units(units)))
    assert [(p.pts, p.data, p.keyframe) for p in packets] == [(ticks_from_ns(u.capture_ns), u.data, u.keyframe) for u in units[5:]]
    assert len({id(p.config) for p in packets}) == 1
    assert (packets[0].config.width, packets[0].config.height) == (320, 180)


def test_other_parameter_sets_are_another_configuration() -> None:
    wide = prepared(VideoSettings(640, 180, 10, 200_000))
    units = [AccessUnit(k * NS // 10, key, data) for k, (data, key) in enumerate([*prepared(TINY), *wide])]
    packets = list(ready_pictures(Units(units)))
    assert packets[0].config != packets[-1].config
    assert [p.config for p in packets] == [packets[0].config] * 10 + [packets[-1].config] * 10


def test_sound_comes_out_on_the_grid() -> None:
    packets = list(encoded_sound(Sound()))
    assert [(p.track, p.pts) for p in packets] == [(Track.AUDIO, k * AAC_FRAME) for k in range(len(packets))]
    assert len(packets) >= 20


def test_a_worker_gives_everything_in_order_then_none_again_and_again() -> None:
    part, packets = Part(), [picture(k) for k in range(3 * AHEAD)]
    worker = Worker(part, lambda: iter(packets))
    assert given_out(worker) == packets
    assert worker.get() is None
    worker.stop()
    assert (part.opened, part.closed) == (1, 1)


def test_a_part_that_cannot_be_opened_starts_no_worker() -> None:
    class Broken(Part):
        def open(self) -> None:
            raise FAULT

    before = threading.active_count()
    with pytest.raises(HardwareError, match="camera: gone"):
        Worker(Broken(), lambda: iter(()))
    assert threading.active_count() == before


@pytest.mark.parametrize("fault", [FAULT, ValueError("a defect")])
def test_whatever_ends_the_thread_is_heard_after_the_packets_before_it(fault: Exception) -> None:
    def packets() -> Iterator[Packet]:
        yield picture(0)
        raise fault

    worker = Worker(Part(), packets)
    assert worker.get() == picture(0)
    for _ in range(2):
        with pytest.raises(type(fault), match=str(fault)):
            worker.get()
    worker.stop()
    assert worker.get() is None


def test_a_worker_runs_ahead_no_more_than_its_bound() -> None:
    made, full = list[int](), threading.Event()

    def packets() -> Iterator[Packet]:
        for k in range(1000):
            made.append(k)
            if k == AHEAD:
                full.set()
            yield picture(k)

    worker = Worker(Part(), packets)
    assert full.wait(10)
    assert worker.get() == picture(0)
    worker.stop()
    assert len(made) <= AHEAD + 2


@pytest.mark.parametrize("taken", [0, 1, AHEAD, AHEAD + 5])
def test_stop_ends_a_worker_that_has_no_end(taken: int) -> None:
    def packets() -> Iterator[Packet]:
        k = 0
        while True:
            yield picture(k)
            k += 1

    part = Part()
    worker = Worker(part, packets)
    assert [worker.get() for _ in range(taken)] == [picture(k) for k in range(taken)]
    worker.stop()
    worker.stop()
    assert part.closed >= 1
    assert worker.get() is None


def test_stop_wakes_whoever_waits_for_a_packet() -> None:
    asked, release = threading.Event(), threading.Event()

    def packets() -> Iterator[Packet]:
        asked.set()
        assert release.wait(10)
        yield from ()

    worker = Worker(Part(), packets)
    heard: list[Packet | None] = []
    waiting = threading.Thread(target=lambda: heard.append(worker.get()))
    waiting.start()
    assert asked.wait(10)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    waiting.join(10)
    assert heard == [None]
    release.set()
    stopping.join(10)
    assert not stopping.is_alive()
