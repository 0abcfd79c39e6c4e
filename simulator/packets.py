"""A camera that replays a prepared GOP for ever: long shifts, and benchmarks that must not measure the encoder."""

from collections.abc import Callable
from functools import lru_cache

from bwc_agent.media.video_encoder import VideoEncoder
from bwc_agent.media.video_settings import VideoSettings
from hal.errors import HardwareError
from hal.interfaces import AccessUnit, Frame
from simulator.scene import NS, Scene


@lru_cache(maxsize=4)
def prepared(settings: VideoSettings) -> tuple[tuple[bytes, bool], ...]:
    """(data, keyframe) of one second of the scene, as many as the rate says: the first is an IDR with its parameter sets."""
    scene, encoder = Scene(settings.width, settings.height), VideoEncoder(settings)
    rate = round(settings.rate)
    frames = [Frame(k * NS // rate, scene.draw(k, k * NS // rate)) for k in range(rate)]
    packets = [packet for frame in frames for packet in encoder.encode(frame)] + encoder.flush()
    return tuple((packet.data, packet.keyframe) for packet in packets)


class PacketCamera:
    """EncodedCamera: exactly `rate` pictures a second from the opening on, the same GOP again and again."""

    def __init__(self, settings: VideoSettings, now_ns: Callable[[], int]) -> None:
        self.width, self.height, self.rate = settings.width, settings.height, settings.rate
        self._units = prepared(settings)
        self._now_ns = now_ns
        self._start: int | None = None
        self._count = 0

    def open(self) -> None:
        """The first picture comes now."""
        self._start, self._count = self._now_ns(), 0

    def close(self) -> None:
        """Released."""
        self._start = None

    def read_unit(self) -> AccessUnit | None:
        """The next access unit; it never ends. Raises HardwareError while it is closed."""
        if self._start is None:
            raise HardwareError("camera", "it is closed: open it first")
        data, keyframe = self._units[self._count % len(self._units)]
        at = self._start + round(self._count * NS / self.rate)
        self._count += 1
        return AccessUnit(at, keyframe, data)
