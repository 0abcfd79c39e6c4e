"""Between a driver and the stream: encoding, in a worker, so that a slow encoder never delays a button.

PyAV and OpenCV let go of the interpreter while they work, so pictures and sound are encoded side by side with the core.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from bwc_agent.fmp4.avc import avcc, parameter_sets
from bwc_agent.media.audio_encoder import AudioEncoder
from bwc_agent.media.video_encoder import VideoEncoder
from bwc_agent.media.video_settings import Rate, VideoSettings
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import ticks_from_ns
from hal.errors import HardwareError
from hal.interfaces import AudioBlock, EncodedCamera, Part, RawCamera

AHEAD: Final = 64
"""Packets that a worker may be ahead of the stream."""


def encoded_pictures(camera: RawCamera, settings: VideoSettings, rate: Rate | None = None) -> Iterator[Packet]:
    """Every picture of an open camera, encoded at `rate` where it is given, up to its last. Raises HardwareError when the camera fails."""
    encoder = VideoEncoder(settings, rate)
    try:
        while (frame := camera.read()) is not None:
            yield from encoder.encode(frame)
    except HardwareError:
        yield from encoder.flush()
        raise
    yield from encoder.flush()


def ready_pictures(camera: EncodedCamera) -> Iterator[Packet]:
    """What a camera that encodes gives, passed through from its first keyframe on. Raises HardwareError when it fails.

    Raises IntegrityError where a keyframe lacks its parameter sets.
    """
    config: CodecConfig | None = None
    while (unit := camera.read_unit()) is not None:
        if unit.keyframe:
            record = avcc(*parameter_sets(unit.data))
            if config is None or config.record != record:
                config = CodecConfig(Track.VIDEO, record, camera.width, camera.height)
        if config is not None:
            yield Packet(Track.VIDEO, ticks_from_ns(unit.capture_ns), 0, unit.keyframe, unit.data, config)


class Heard(Protocol):
    """What is read of an open microphone."""

    rate: int

    def read(self) -> AudioBlock | None:
        """As hal.interfaces.Microphone."""
        ...


def encoded_sound(microphone: Heard) -> Iterator[Packet]:
    """Sound of an open microphone, encoded. Raises HardwareError when the microphone fails or loses samples."""
    encoder = AudioEncoder(microphone.rate)
    while (block := microphone.read()) is not None:
        yield from encoder.encode(block)


class Worker:
    """Opens `part`, runs `packets()` in a thread at most `AHEAD` packets ahead, and closes the part on `stop`.

    `stop` waits for the part's `read` to return: a part that can hang belongs into a process of its own.
    """

    def __init__(self, part: Part, packets: Callable[[], Iterator[Packet]]) -> None:
        """Raises HardwareError if the part cannot be opened."""
        part.open()
        self._part = part
        self._packets = packets
        self._ready: deque[Packet] = deque()
        self._changed = threading.Condition()
        self._ended = self._stopping = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=type(part).__name__, daemon=True)
        self._thread.start()

    def get(self) -> Packet | None:
        """Waits for the next packet; None at the end or after `stop`, again and again.

        Raises HardwareError when the part failed, or whatever else ended the thread, once all packets before it were given out.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._ended or self._stopping)
            if self._ready:
                packet = self._ready.popleft()
                self._changed.notify_all()
                return packet
            if self._failure is not None and not self._stopping:
                raise self._failure
            return None

    def stop(self) -> None:
        """The thread has ended, the part is closed, what was ahead is forgotten. May be called again."""
        with self._changed:
            self._stopping = True
            self._ready.clear()
            self._changed.notify_all()
        self._thread.join()
        self._part.close()

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            for packet in self._packets():
                if not self._put(packet):
                    break
        except Exception as error:  # whatever it is, the stream must hear it, or it would wait for ever
            failure = error
        with self._changed:
            self._ended, self._failure = True, failure
            self._changed.notify_all()

    def _put(self, packet: Packet) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: len(self._ready) < AHEAD or self._stopping)
            if not self._stopping:
                self._ready.append(packet)
                self._changed.notify_all()
            return not self._stopping
