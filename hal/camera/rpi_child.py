"""The process that holds the Pi's CSI camera; run by the system's Python, which has apt's picamera2.

libcamera can hang, and a process can hang in the kernel with it. So the camera lives in this child, which its parent
(`hal/camera/rpi.py`) can kill. It is one file, needs nothing of this package, and never stops the camera in an orderly way:
that call may block for ever, and the kernel releases everything when a process ends.

To standard output goes one frame after the other: `HEADER` (magic, length of the payload, CLOCK_MONOTONIC ns of the capture,
sequence, flags), then the payload. The first is the hello, which says what follows. What goes wrong before is one line on
standard error. The child ends when its input or its output is closed, or its parent dies.

    encoder's thread -> Outbox (bounded, drops up to a keyframe) -> main thread -> pipe
"""

import argparse
import contextlib
import ctypes
import fcntl
import os
import queue
import select
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

MAGIC = b"BWCF"
HEADER = struct.Struct("<4sIqQI")
KEYFRAME = 1
HELLO = 2
PIPE_BYTES = 1 << 20
PR_SET_PDEATHSIG = 1


class Refused(Exception):
    """The camera cannot be had; the text says why and what to do, in one line."""


@dataclass(frozen=True)
class Hello:
    """What the child gives: "h264" (annex B access units) or "yuv420" (I420 without padding)."""

    form: str
    width: int
    height: int
    rate: float

    def text(self) -> bytes:
        """As the payload of the first frame."""
        return f"{self.form} {self.width} {self.height} {self.rate}".encode()


class Outbox:
    """Frames that the pipe has not yet taken, at most `most`; `put` never waits.

    Full, it drops frames up to the next keyframe, because what refers to a dropped frame cannot be decoded. Sequence numbers
    run on, so the reader counts what is missing.
    """

    def __init__(self, most: int) -> None:
        self._frames: queue.Queue[tuple[bytes, bytes]] = queue.Queue(most)
        self._sequence = 0
        self._skipping = False

    def put(self, capture_ns: int, keyframe: bool, data: bytes) -> None:
        """Add a frame or drop it; from one thread only."""
        sequence, self._sequence = self._sequence, self._sequence + 1
        if self._skipping and not keyframe:
            return
        try:
            self._frames.put_nowait((HEADER.pack(MAGIC, len(data), capture_ns, sequence, KEYFRAME * keyframe), data))
            self._skipping = False
        except queue.Full:
            self._skipping = True

    def get(self) -> tuple[bytes, bytes]:
        """The next header and payload; waits for it."""
        return self._frames.get()


class Monotonic:
    """Turns CLOCK_BOOTTIME (what libcamera's SensorTimestamp counts) into CLOCK_MONOTONIC, by an offset not older than 1 s."""

    def __init__(self, monotonic_ns: Callable[[], int], boottime_ns: Callable[[], int]) -> None:
        self._monotonic_ns = monotonic_ns
        self._boottime_ns = boottime_ns
        self._offset = 0
        self._sampled: int | None = None

    def of(self, boottime_ns: int) -> int:
        """The same moment in ns of CLOCK_MONOTONIC."""
        before = self._monotonic_ns()
        if self._sampled is None or before - self._sampled >= 1_000_000_000:
            self._offset = self._boottime_ns() - (before + self._monotonic_ns()) // 2
            self._sampled = before
        return boottime_ns - self._offset


def packed(buffer: Any, width: int, height: int, stride: int) -> bytes:
    """An I420 picture without the padding that a `stride` (bytes a luma row; chroma has half) above `width` puts after each row."""
    view = memoryview(buffer)
    if stride == width:
        return bytes(view[: width * height * 3 // 2])
    luma = stride * height
    rows = [view[y * stride : y * stride + width] for y in range(height)]
    rows += [view[luma + y * stride // 2 : luma + y * stride // 2 + width // 2] for y in range(height)]
    return b"".join(rows)


def send(out: int, header: bytes, payload: bytes) -> None:
    """Write one frame; waits for the reader. Raises BrokenPipeError."""
    view = memoryview(payload)
    sent = os.writev(out, (header, view)) - len(header)
    while sent < len(view):
        sent += os.write(out, view[sent:])


def greet(out: int, hello: Hello) -> None:
    """Write the hello."""
    text = hello.text()
    send(out, HEADER.pack(MAGIC, len(text), 0, 0, HELLO), text)


def pump(out: int, hello: Hello, outbox: Outbox) -> NoReturn:
    """Greet once there is a first frame, so that a camera slow to start is not taken for one that stalls; then write for ever.

    The process ends when nobody reads any more.
    """
    try:
        first = outbox.get()
        greet(out, hello)
        send(out, *first)
        while True:
            send(out, *outbox.get())
    except BrokenPipeError:
        os._exit(0)


def claimed_output() -> int:
    """The pipe of standard output for frames alone: whatever a library prints goes to standard error from now on."""
    out = os.dup(1)
    os.dup2(2, 1)
    # Where this user's share of pipes is used up, a small one gives the same frames with more context switches.
    with contextlib.suppress(OSError):
        fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return out


def die_with_parent(out: int) -> None:
    """End this process when its input or its output is closed, and even while Python hangs, when its parent dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_until_closed, args=(out,), daemon=True).start()


def _until_closed(out: int) -> NoReturn:
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(out, 0)  # POLLERR comes unasked when the last reader has gone
    while not any(fd == out or not os.read(0, 64) for fd, _ in poll.poll()):
        pass
    os._exit(0)


# What follows touches picamera2, and so runs on a Pi only.


def opened_camera() -> Any:
    """The first CSI camera. Raises Refused."""
    try:
        from picamera2 import Picamera2
    except ImportError as error:
        raise Refused(f"picamera2 is missing ({error}): sudo apt install python3-picamera2") from error
    # libcamera offers USB cameras too, and would give one where the CSI camera is missing.
    csi = [number for number, camera in enumerate(Picamera2.global_camera_info()) if "/usb" not in camera["Id"]]
    if not csi:
        raise Refused("no CSI camera found: check the ribbon cable at both ends, then `rpicam-hello --list-cameras`")
    try:
        return Picamera2(csi[0])
    except RuntimeError as error:
        # picamera2 hides libcamera's reason behind "__init__ sequence did not complete".
        reason = error.__context__ or error
        raise Refused(f"the CSI camera cannot be taken ({reason}): end what else uses it (`sudo fuser -v /dev/media*`)") from error


def configure(camera: Any, wanted: argparse.Namespace) -> int:
    """Ask for I420 in BT.709 at one fixed rate, exactly; returns the stride. Raises Refused."""
    from libcamera import ColorSpace

    period_us = round(1e6 / wanted.rate)
    configuration = camera.create_video_configuration(
        main={"size": (wanted.width, wanted.height), "format": "YUV420"},
        colour_space=ColorSpace.Rec709(),  # picamera2 would take BT.601 below 1280x720
        controls={"FrameDurationLimits": (period_us, period_us)},
    )
    camera.configure(configuration)
    given = camera.camera_configuration()["main"]
    if (given["size"], given["format"]) != ((wanted.width, wanted.height), "YUV420"):
        raise Refused(f"the camera offers {given['size']} {given['format']}, not {wanted.width}x{wanted.height} YUV420: ask for that")
    shortest_us = camera.camera_controls["FrameDurationLimits"][0]
    if shortest_us > period_us * 1.01:
        raise Refused(f"at this size the camera offers at most {1e6 / shortest_us:.2f} frames per second, not {wanted.rate}: ask for fewer")
    return int(given["stride"])


def encoder_for(wanted: argparse.Namespace) -> tuple[Any, str]:
    """picamera2's encoder and the form of what it gives. Raises Refused."""
    from picamera2.encoders import Encoder, H264Encoder
    from picamera2.encoders.v4l2_encoder import V4L2Encoder

    # Where there is no hardware (Pi 5), picamera2 gives libx264 under the same name.
    hardware = issubclass(H264Encoder, V4L2Encoder)
    if wanted.encode == "h264" and not hardware:
        raise Refused("this board has no H.264 encoder: use the raw camera")
    if wanted.encode == "none" or not hardware:
        return Encoder(), "yuv420"
    period = max(1, round(wanted.rate))
    return H264Encoder(bitrate=wanted.bitrate, repeat=True, iperiod=period, framerate=wanted.rate), "h264"


def output_into(outbox: Outbox, encoder: Any, pack: Callable[[Any], bytes]) -> Any:
    """A picamera2 output that hands over. Its `outputframe` runs in the encoder's thread, so it must never wait."""
    from picamera2.outputs import Output

    clock = Monotonic(time.monotonic_ns, lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME))

    class HandOver(Output):  # type: ignore[misc]
        def outputframe(self, frame: Any, keyframe: bool = True, timestamp: int = 0, *_: Any, **__: Any) -> None:
            # picamera2 counts microseconds from the first frame's SensorTimestamp, which it keeps here.
            outbox.put(clock.of((encoder.firsttimestamp + timestamp) * 1000), keyframe, pack(frame))

    return HandOver()


def serve(out: int, wanted: argparse.Namespace) -> NoReturn:
    """Open the camera and give its frames for ever. Raises Refused."""
    camera = opened_camera()
    stride = configure(camera, wanted)
    encoder, form = encoder_for(wanted)
    raw = form == "yuv420"
    # 5 s of H.264; of raw pictures, at 3 MB each, only what a busy reader needs.
    outbox = Outbox(4 if raw else max(1, round(5 * wanted.rate)))
    pack = (lambda frame: packed(frame, wanted.width, wanted.height, stride)) if raw else bytes
    camera.start_recording(encoder, output_into(outbox, encoder, pack))
    pump(out, Hello(form, wanted.width, wanted.height, wanted.rate), outbox)


def arguments() -> argparse.Namespace:
    """What the parent asks for."""
    parser = argparse.ArgumentParser(description="Frames of the Pi's CSI camera, to standard output.")
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--height", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--bitrate", type=int, default=8_000_000)
    parser.add_argument("--encode", choices=("h264", "none", "auto"), default="auto")
    return parser.parse_args()


def main() -> NoReturn:
    """Serve until nobody reads."""
    wanted = arguments()
    out = claimed_output()
    die_with_parent(out)
    try:
        serve(out, wanted)
    except Refused as refused:
        print(refused, file=sys.stderr, flush=True)
    except Exception as error:
        print(f"picamera2 failed: {type(error).__name__}: {error}".replace("\n", " "), file=sys.stderr, flush=True)
    os._exit(1)


if __name__ == "__main__":
    main()
