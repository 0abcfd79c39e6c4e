"""PortAudio's microphone, on a real sound server."""

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest

from hal.errors import HardwareError
from hal.interfaces import AudioBlock
from hal.microphone.portaudio import Inbox, Mark, PortAudioMicrophone
from tests.hal.pulse import Pulse, Samples, pulse, tone

__all__ = ["pulse"]

NS = 1_000_000_000
DEVICE = "pulse"


@contextmanager
def microphone(rate: int = 48_000, offset_ns: int = 0, now_ns: Callable[[], int] = time.monotonic_ns) -> Iterator[PortAudioMicrophone]:
    made = PortAudioMicrophone(DEVICE, rate, offset_ns, now_ns)
    try:
        made.open()
        yield made
    finally:
        made.close()


def sound(made: PortAudioMicrophone, most: float = 20.0) -> Iterator[AudioBlock]:
    """Blocks of `most` seconds of sound."""
    left = round(most * made.rate)
    while left > 0:
        block = made.read()
        assert block is not None
        left -= len(block.samples)
        yield block


def heard(made: PortAudioMicrophone) -> Samples:
    """Sound up to half a second of silence after the first that was not silent."""
    whole: list[Samples] = []
    quiet: float | None = None
    for block in sound(made):
        whole.append(block.samples)
        quiet = 0 if block.samples.any() else None if quiet is None else quiet + len(block.samples) / made.rate
        if quiet is not None and quiet > 0.5:
            return np.concatenate(whole)
    raise AssertionError("the sound never ended, or never began")


def test_a_tone_arrives_whole_at_its_pitch_and_length(pulse: Pulse) -> None:
    played = tone(1.5)
    with pulse.plugged(), microphone() as made, pulse.played(played):
        whole = heard(made)
    loud = np.flatnonzero(whole)
    got = whole[loud[0] : loud[-1] + 1]
    assert np.array_equal(got, played[:, 0])
    assert abs(np.argmax(np.abs(np.fft.rfft(got, 48_000 * 4))) / 4 - 1000) < 1
    assert made.overflows == 0


def test_two_channels_are_mixed_so_that_neither_is_lost(pulse: Pulse) -> None:
    left = tone(0.3)
    for played in (np.hstack([left, left * 0]), np.hstack([left * 0, left])):
        with pulse.plugged(channels=2), microphone() as made, pulse.played(played):
            whole = heard(made)
        loud = np.flatnonzero(whole)
        assert np.max(np.abs(whole[loud[0] : loud[0] + len(left)] - left[:, 0] / 2)) <= 1


def test_arrivals_rise_by_the_given_clock_less_the_offset(pulse: Pulse) -> None:
    with pulse.plugged():
        ticks = iter(range(NS, 10**6 * NS, NS))
        with microphone(offset_ns=7, now_ns=lambda: next(ticks)) as made:
            assert [block.arrival_ns for _, block in zip(range(4), sound(made), strict=False)] == [k * NS - 7 for k in range(1, 5)]
        with microphone() as made:
            found = list(sound(made, 0.4))
        assert all(before.arrival_ns < after.arrival_ns for before, after in pairwise(found))
        assert {block.samples.dtype for block in found} == {np.dtype(np.int16)}


def test_another_rate_is_the_sound_servers_work(pulse: Pulse) -> None:
    with pulse.plugged(), microphone(16_000) as made, pulse.played(tone(0.5)):
        whole = heard(made).astype(np.float64)
    assert abs(np.argmax(np.abs(np.fft.rfft(whole, 16_000 * 4))) / 4 - 1000) < 1


def test_unplugged_it_fails_and_plugged_in_again_it_opens(pulse: Pulse) -> None:
    plugged = pulse.plug()
    with microphone() as made:
        assert made.read() is not None
        pulse.unplug(plugged)
        for _ in range(2):
            with pytest.raises(HardwareError, match="microphone: pulse stopped answering: check its cable"):
                list(sound(made))
        with pytest.raises(HardwareError, match=r"does not open: .*check its cable, and that no other program uses it"):
            made.open()
        with pulse.plugged():
            made.open()
            assert len(list(sound(made, 0.2))) > 1


def test_what_a_late_reader_loses_is_counted_and_said_in_its_place(pulse: Pulse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hal.microphone.portaudio.WAITING", 0.2)
    calls, late = iter(range(10**6)), threading.Event()

    def now_ns() -> int:
        if next(calls) == 10:
            late.set()
        return time.monotonic_ns()

    with pulse.plugged(), microphone(now_ns=now_ns) as made:
        assert late.wait(30)
        before: list[AudioBlock] = []
        with pytest.raises(HardwareError, match=r"pulse lost sound \(loss 1 since the start\): it is opened anew"):
            before.extend(sound(made))
        made.open()
        assert len(list(sound(made, 0.1))) > 0
        assert made.overflows == 1


def test_close_ends_a_read_that_waits(pulse: Pulse) -> None:
    got: queue.SimpleQueue[AudioBlock | None] = queue.SimpleQueue()
    with pulse.plugged(), microphone() as made:

        def reader() -> None:
            block = made.read()
            got.put(block)
            while block is not None:
                block = made.read()
            got.put(None)

        thread = threading.Thread(target=reader)
        thread.start()
        assert got.get(timeout=30) is not None
        made.close()
        made.close()
        assert got.get(timeout=30) is None
        thread.join()
        assert made.read() is None
        made.open()
        assert made.read() is not None


def test_two_microphones_at_once_leave_each_other_alone(pulse: Pulse) -> None:
    with pulse.plugged(), microphone() as one:
        with microphone() as other:
            assert other.read() is not None
        assert len(list(sound(one, 0.3))) > 1


def test_an_unknown_device_is_refused_with_those_that_are_here(pulse: Pulse) -> None:
    made = PortAudioMicrophone("no such thing", 48_000, 0, time.monotonic_ns)
    with pytest.raises(HardwareError, match=r'"no such thing" is not here: name one of .*\[\d+\] pulse \(ALSA\)'):
        made.open()
    with pytest.raises(HardwareError, match="microphone: it is closed: open it first"):
        made.read()


def test_a_rate_that_is_not_offered_is_refused_with_those_that_are(pulse: Pulse) -> None:
    with (
        pulse.plugged(),
        pytest.raises(HardwareError, match=r"does not offer 999999 samples a second: set one of 48000, 44100, 32000, 16000"),
    ):
        PortAudioMicrophone(DEVICE, 999_999, 0, time.monotonic_ns).open()


def test_without_portaudio_the_import_says_what_to_install() -> None:
    script = "import ctypes.util; ctypes.util.find_library = lambda name: None; import hal.microphone.portaudio"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "HardwareError: microphone: PortAudio does not load" in done.stderr and "sudo apt install libportaudio2" in done.stderr


def test_a_loss_stands_between_the_sound_before_and_after_it() -> None:
    inbox = Inbox(most=100)
    inbox.put(1, b"a", 40, lost=False)
    inbox.put(2, b"b", 40, lost=True)
    inbox.put(3, b"c", 40, lost=False)
    inbox.put(4, b"d", 40, lost=False)
    assert [inbox.get(0) for _ in range(4)] == [(1, b"a"), Mark.LOST, (2, b"b"), Mark.LOST]
    inbox.put(5, b"e", 40, lost=False)
    assert inbox.get(0) == (5, b"e")
    assert inbox.overflows == 2
    with pytest.raises(queue.Empty):
        inbox.get(0)


def test_the_end_stays_and_what_is_closed_gives_nothing_more() -> None:
    inbox = Inbox(most=100)
    inbox.put(1, b"a", 40, lost=False)
    inbox.stop()
    assert [inbox.get(0) for _ in range(3)] == [(1, b"a"), Mark.STOPPED, Mark.STOPPED]
    inbox.put(2, b"b", 40, lost=False)
    inbox.close()
    assert [inbox.get(0) for _ in range(3)] == [Mark.CLOSED] * 3
