"""A V4L2 camera that encodes H.264 itself (UVC 1.5, the Pi's legacy driver), through PyAV; its packets pass through.

PyAV waits in the kernel, where no time-out reaches it. So the device is polled through a descriptor of our own first, and
the opening, which waits for the first pictures, is done in a thread that can be given up.
"""

import os
import select
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

import av
from av.container import InputContainer
from av.error import FFmpegError

from hal.camera.annexb import AccessUnits
from hal.camera.capture_times import CaptureTimes
from hal.camera.v4l2_devices import RATE_TOLERANCE, named, set_controls, setting
from hal.errors import HardwareError
from hal.interfaces import AccessUnit

_OPENING_S: Final = 10.0
_SLICE_MS: Final = 100
"""How long `close()` may have to wait for a `read_unit()` to notice."""
_KEYFRAME_S: Final = 10
"""A camera that has sent no keyframe for so long was not set to send any."""

# V4L2_CID_MPEG_VIDEO_*: B_FRAMES, GOP_SIZE, REPEAT_SEQ_HEADER, H264_I_PERIOD.
_B_FRAMES, _GOP, _REPEAT_SETS, _I_PERIOD = 0x009909CA, 0x009909CB, 0x009909E2, 0x00990A66


class V4l2H264Camera:
    """An H.264 camera by number ("0"), path or card name, asked for one keyframe a second and no B-frames.

    `times` says whether the times of this opening are the "driver"'s or those of "arrival" (None before the first unit);
    `lost` counts, over all openings, the buffers that the kernel marked as damaged and units without a time of their own.
    `reader` is FFmpeg's name of what reads the device: a recorded stream is a file that "mpegts" reads.
    """

    def __init__(self, device: str, width: int, height: int, rate: float, now_ns: Callable[[], int], reader: str = "v4l2") -> None:
        self.width, self.height, self.rate = width, height, rate
        self.lost = 0
        self._device = device
        self._now_ns = now_ns
        self._reader = reader
        self._lock = threading.Lock()
        self._container: InputContainer | None = None
        self._poll, self._taken = select.poll(), ExitStack()
        self._closing = self._ended = False
        self._since_key = 0
        self._units, self._times = AccessUnits(), CaptureTimes()

    @property
    def times(self) -> str | None:
        """Whose times the units of this opening carry: "driver" or "arrival"; None before the first one."""
        return self._times.kind

    def open(self) -> None:
        """Take the camera and wait for its first pictures, 10 s at most. Raises HardwareError."""
        self.close()
        path = self._path()
        with ExitStack() as undo:
            poll = select.poll()
            poll.register(_descriptor(path, undo), select.POLLIN)
            container = undo.enter_context(self._opened(path))
            self._check(path, container)
            with self._lock:
                self._container, self._poll, self._taken = container, poll, undo.pop_all()
                self._units, self._times = AccessUnits(), CaptureTimes()
                self._closing, self._ended, self._since_key = False, False, 0

    def close(self) -> None:
        """Release the camera; a `read_unit()` that waits returns None."""
        self._closing = True  # a reader that takes the lock again and again would keep us out
        with self._lock:
            self._container = None
            self._taken.close()

    def read_unit(self) -> AccessUnit | None:
        """The next access unit; None once it is closed from elsewhere, or a recorded stream is at its end.

        Raises HardwareError when the camera gives none for max(1 s, 10 periods), gives none that we can use, was
        unplugged, or is not open.
        """
        if self._container is None:
            raise HardwareError("camera", "it is closed: open it first")
        patience = max(1_000_000_000, round(10e9 / self.rate))
        deadline = self._now_ns() + patience
        while self._now_ns() < deadline:
            with self._lock:
                if self._closing or self._ended or self._container is None:
                    return None
                unit = self._next(self._container)
            if unit is not None:
                return unit
        raise HardwareError("camera", f'"{self._device}" gave no picture for {patience / 1e9:.1f} s: check its cable, or plug it in again')

    def _next(self, container: InputContainer) -> AccessUnit | None:
        if not self._poll.poll(_SLICE_MS):
            return None
        try:
            packet = next(container.demux(video=0))
        except (FFmpegError, StopIteration) as error:
            raise HardwareError("camera", f'"{self._device}" stopped giving pictures: check its cable, or plug it in again') from error
        if packet.pts is None or packet.time_base is None:
            self._ended = not packet.size
            return None
        if packet.dts is not None and packet.pts != packet.dts:
            raise self._disordered()
        # The kernel's own buffer: it is copied, and given back before the camera may be closed.
        return self._unit(round(packet.pts * packet.time_base * 1_000_000_000), bytes(packet))

    def _unit(self, stamp_ns: int, data: bytes) -> AccessUnit | None:
        unit = self._units.unit(stamp_ns, data) if data else None  # libavdevice empties what the kernel marked as damaged
        decided = self._times.kind is not None
        time = self._times.at(stamp_ns, self._now_ns())
        if time is None and decided:
            raise self._disordered()
        if time is None or not data:
            self.lost += 1
            return None
        self._since_key = 0 if unit is not None and unit.keyframe else self._since_key + 1
        if self._since_key > _KEYFRAME_S * self.rate:
            raise HardwareError("camera", f'"{self._device}" sends no keyframes: set its GOP to a second (v4l2-ctl), or use it with opencv')
        return None if unit is None else replace(unit, capture_ns=time)

    def _disordered(self) -> HardwareError:
        return HardwareError("camera", f'"{self._device}" sends pictures out of order: turn its B-frames off (v4l2-ctl)')

    def _path(self) -> str:
        if self._reader != "v4l2":
            return self._device
        found = named(self._device)
        if not any(m.fourcc == "H264" and m.rate(self.width, self.height, self.rate) is not None for m in found.modes):
            offers = "; ".join(str(mode) for mode in found.modes if mode.fourcc == "H264") or "no H.264 at all: use it with opencv"
            asked = f"H.264 of {self.width}x{self.height} at {self.rate:g} pictures a second"
            raise HardwareError("camera", f"{found}: format not offered: {asked}; it offers {offers}")
        set_controls(found.path, {_B_FRAMES: 0, _GOP: round(self.rate), _I_PERIOD: round(self.rate), _REPEAT_SETS: 1})
        return found.path

    def _opened(self, path: str) -> InputContainer:
        options = {"input_format": "h264", "video_size": f"{self.width}x{self.height}", "framerate": f"{self.rate:g}"}
        options = options if self._reader == "v4l2" else {}
        opening: Future[InputContainer] = Future()
        threading.Thread(target=_open, args=(opening, path, self._reader, options), name="opening", daemon=True).start()
        try:
            return opening.result(_OPENING_S)
        except TimeoutError as error:
            opening.cancel()
            raise HardwareError("camera", f"{path} gave no picture in {_OPENING_S:g} s: plug it in again") from error
        except FFmpegError as error:
            raise HardwareError("camera", f"{path} cannot be opened for H.264 ({error.strerror}): is it there and free?") from error

    def _check(self, path: str, container: InputContainer) -> None:
        codec = container.streams.video[0].codec_context if container.streams.video else None
        if codec is None or (codec.name, codec.width, codec.height) != ("h264", self.width, self.height):
            what = f"{codec.name} {codec.width}x{codec.height}" if codec else "no pictures"
            raise HardwareError("camera", f"{path} was set to h264 {self.width}x{self.height} but gives {what}: set what it gives")
        if self._reader == "v4l2" and 0 < (got := setting(path).rate) < self.rate * RATE_TOLERANCE:
            raise HardwareError("camera", f"{path} was set to {self.rate:g} pictures a second but gives {got:g}: set what it gives")


def _descriptor(path: str, undo: ExitStack) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise HardwareError("camera", f"{path} cannot be opened ({error.strerror}): is it there, and may we read it?") from error
    undo.callback(os.close, descriptor)
    return descriptor


def _open(opening: Future[InputContainer], path: str, reader: str, options: dict[str, str]) -> None:
    """Opens in a thread of its own; where it was given up meanwhile, the late answer is closed."""
    try:
        container = av.open(path, format=reader, options=options)
    except Exception as error:  # whatever it is, the waiting thread must hear it
        if opening.set_running_or_notify_cancel():
            opening.set_exception(error)
        return
    if opening.set_running_or_notify_cancel():
        opening.set_result(container)
    else:
        container.close()
