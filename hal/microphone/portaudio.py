"""A microphone through PortAudio: ALSA, or a sound server behind it.

PortAudio's thread calls `arrived` with each block; it takes the time first, copies the bytes and goes. The reader waits at
the other end of a bounded queue. PortAudio's own times are of three different clocks, so none of them is used.

Lost sound is never papered over: whether the device's buffer ran over or the reader came too late, the loss stands at its
place in the queue, and `read()` raises there, so that the sound after it gets its time anew.
"""

import queue
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hal.errors import HardwareError
from hal.interfaces import AudioBlock
from hal.microphone.devices import Found, PortAudioError, chosen, inputs, library, opened, said, tried

LATENCY: Final = 0.2
"""Seconds that the device's buffer holds while PortAudio's thread waits for its turn. A quarter of it is the device's period."""
WAITING: Final = 5.0
"""Seconds of sound that wait for a reader at most."""
SILENT: Final = 1.0
"""Seconds without a block before the microphone counts as dead: twenty periods of `LATENCY` / 4."""


class Mark(Enum):
    """What may stand in the queue in a block's place."""

    LOST = "sound was lost here"
    STOPPED = "PortAudio's thread ended by itself"
    CLOSED = "close() was called"


class Inbox:
    """Blocks on their way from PortAudio's thread, which never waits and never holds a lock, to the reader.

    Not more than `most` samples wait; `overflows` counts what was lost, in events.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._queue: queue.SimpleQueue[tuple[int, bytes, int] | Mark] = queue.SimpleQueue()
        # Each is written by one thread only, so no lock is needed.
        self._put = self._got = 0
        self._full = self._closed = False
        self.overflows = 0

    def put(self, arrival_ns: int, sound: bytes, samples: int, lost: bool) -> None:
        """A block; `lost`: sound went missing before it."""
        full = self._put - self._got + samples > self._most
        if (lost or full) and not self._full:
            self.overflows += 1
            self._queue.put(Mark.LOST)
        self._full = full
        if not full:
            self._put += samples
            self._queue.put((arrival_ns, sound, samples))

    def stop(self) -> None:
        """No more will come, and nobody here wanted that."""
        self._queue.put(Mark.STOPPED)

    def close(self) -> None:
        """No more is wanted: a waiting `get` returns at once."""
        self._closed = True
        self._queue.put(Mark.CLOSED)

    def get(self, seconds: float) -> tuple[int, bytes] | Mark:
        """The next block (arrival, sound), or a mark; the last marks stay. Raises queue.Empty after `seconds`."""
        entry = Mark.CLOSED if self._closed else self._queue.get(timeout=seconds)
        if self._closed:
            return Mark.CLOSED
        if isinstance(entry, Mark):
            if entry is Mark.STOPPED:
                self._queue.put(entry)
            return entry
        arrival_ns, sound, samples = entry
        self._got += samples
        return arrival_ns, sound


class PortAudioMicrophone:
    """Blocks as the device's periods come, mono; a device with two channels or more gives the mean of its first two.

    So a microphone on either side is heard, at half its strength where the other is dead. The time of a block is `now_ns()` as
    PortAudio hands it over, less `offset_ns`: what the device and the sound system hold the sound back, as measured once for
    each kind of device by a flash and a beep that one recording shows together. 0 stands for "not measured".

    Name a device of ALSA's (`hw:`) where the same microphone must be taken each time: a sound server chooses behind PortAudio.
    """

    def __init__(self, device: str | None, rate: int, offset_ns: int, now_ns: Callable[[], int]) -> None:
        """`device`: PortAudio's number or a part of its name, None for the default; `rate`: samples a second, better 48000."""
        self.rate = rate
        self._device = device
        self._offset_ns = offset_ns
        self._now_ns = now_ns
        self._stream: Any = None
        self._channels = 1
        self._inbox: Inbox | None = None
        self._before = 0
        self._name = "the microphone"

    @property
    def overflows(self) -> int:
        """How often sound was lost since the driver was made, whatever was opened anew meanwhile."""
        return self._before + (0 if self._inbox is None else self._inbox.overflows)

    def open(self) -> None:
        """Raises HardwareError: no such device or several, one that is busy or gone, a rate that it does not offer."""
        self.close()
        with library() as streams:
            found = chosen(self._device, inputs())
            inbox = Inbox(round(WAITING * self.rate))
            try:
                stream = self._started(found, inbox)
            except PortAudioError as error:
                raise HardwareError("microphone", self._refusal(found, error)) from error
            streams.add(stream)
            self._name, self._channels = found.name, stream.channels
            self._stream, self._inbox, self._before = stream, inbox, self.overflows

    def _started(self, found: Found, inbox: Inbox) -> Any:
        def arrived(sound: Any, samples: int, _time: Any, status: Any) -> None:
            now_ns = self._now_ns()
            inbox.put(now_ns - self._offset_ns, bytes(sound), samples, status.input_overflow)

        # Without a block size each call brings a whole period, so its last sample has just come.
        stream = opened(found, self.rate, blocksize=0, latency=LATENCY, callback=arrived, finished_callback=inbox.stop)
        try:
            stream.start()
        except PortAudioError:
            stream.close()
            raise
        return stream

    def _refusal(self, found: Found, error: Exception) -> str:
        offered = tried(found).rates
        if offered and self.rate not in offered:
            return f"{found} does not offer {self.rate} samples a second: set one of {', '.join(map(str, offered))}"
        return f"{found} does not open: {said(error)}: check its cable, and that no other program uses it"

    def close(self) -> None:
        """Release the device; a `read()` that waits returns None at once."""
        if self._inbox is not None:
            self._inbox.close()
        if (stream := self._stream) is None:
            return
        with library() as streams:
            if stream in streams:
                stream.abort()
                stream.close()
                streams.remove(stream)
                self._stream = None

    def read(self) -> AudioBlock | None:
        """The next block; None once it is closed.

        Raises HardwareError where sound was lost (once; what follows can be read), and when the device stopped or fell
        silent for `SILENT` seconds.
        """
        if self._inbox is None:
            raise HardwareError("microphone", "it is closed: open it first")
        try:
            got = self._inbox.get(SILENT)
        except queue.Empty:
            got = Mark.STOPPED
        if got is Mark.CLOSED:
            return None
        if got is Mark.LOST:
            raise HardwareError("microphone", f"{self._name} lost sound (loss {self.overflows} since the start): it is opened anew")
        if isinstance(got, Mark):
            raise HardwareError("microphone", f"{self._name} stopped answering: check its cable")
        arrival_ns, sound = got
        return AudioBlock(arrival_ns, _mono(sound, self._channels))


def _mono(sound: bytes, channels: int) -> npt.NDArray[np.int16]:
    samples = np.frombuffer(sound, np.int16)
    if channels == 1:
        return samples
    return ((samples[0::2].astype(np.int32) + samples[1::2]) >> 1).astype(np.int16)
