"""Between a driver and the stream: encoding, in a worker, so that a slow encoder never delays a button."""

import queue
import threading
from collections.abc import Callable, Iterator

from bwc_agent.fmp4.avc import avcc, parameter_sets
from bwc_agent.media.audio_encoder import AudioEncoder
from bwc_agent.media.video_encoder import VideoEncoder
from bwc_agent.media.video_settings import VideoSettings
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import ticks_from_ns
from hal.errors import HardwareError
from hal.interfaces import EncodedCamera, Microphone, Part, RawCamera

AHEAD = 64
"""Packets that a worker may be ahead of the stream."""


def encoded_pictures(camera: RawCamera, settings: VideoSettings) -> Iterator[Packet]:
    """Pictures of an open camera, encoded. Raises HardwareError when the camera fails."""
    encoder = VideoEncoder(settings)
    while (frame := camera.read()) is not None:
        yield from encoder.encode(frame)
    yield from encoder.flush()


def ready_pictures(camera: EncodedCamera) -> Iterator[Packet]:
    """What a camera that encodes gives, passed through. Raises HardwareError."""
    config: CodecConfig | None = None
    while (unit := camera.read_unit()) is not None:
        if unit.keyframe:
            record = avcc(*parameter_sets(unit.data))
            if config is None or config.record != record:
                config = CodecConfig(Track.VIDEO, record, camera.width, camera.height)
        if config is not None:
            yield Packet(Track.VIDEO, ticks_from_ns(unit.capture_ns), 0, unit.keyframe, unit.data, config)


def encoded_sound(microphone: Microphone) -> Iterator[Packet]:
    """Sound of an open microphone, encoded. Raises HardwareError when the microphone fails."""
    encoder = AudioEncoder(microphone.rate)
    while (block := microphone.read()) is not None:
        yield from encoder.encode(block)


class Worker:
    """Opens `part`, runs `packets` in a thread at most `AHEAD` packets ahead, and closes the part on `stop`."""

    def __init__(self, part: Part, packets: Callable[[], Iterator[Packet]]) -> None:
        """Raises HardwareError if the part cannot be opened."""
        part.open()
        self._part = part
        self._packets = packets
        self._queue: queue.Queue[Packet | HardwareError | Exception | None] = queue.Queue(AHEAD)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def get(self) -> Packet | None:
        """The next packet; None at the end. Raises HardwareError when the part failed."""
        found = self._queue.get()
        if isinstance(found, Exception):
            raise found
        return found

    def stop(self) -> None:
        """The thread ends, the part is closed; what was ahead is forgotten."""
        self._stopping.set()
        while self._thread.is_alive():
            self._drain()
            self._thread.join(0.01)
        self._part.close()

    def _drain(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()

    def _run(self) -> None:
        try:
            for packet in self._packets():
                self._queue.put(packet)
                if self._stopping.is_set():
                    return
            self._queue.put(None)
        except Exception as error:  # whatever it is, the stream must hear it, or it would wait for ever
            self._queue.put(error)
