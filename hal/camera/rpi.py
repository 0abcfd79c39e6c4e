"""The Raspberry Pi's CSI camera, as H.264 from the board's encoder (Pi 4, Zero 2 W) or as raw pictures (Pi 5 has none).

OpenCV cannot open it, libcamera can hang, and picamera2 belongs to the system's Python. So `rpi_child.py` holds the camera in
a process of its own, `child.py` ends that process when it stalls, and this page checks what comes through the pipe before
anyone trusts it: that it is what was asked for, and that its times and numbers rise.
"""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypedDict, Unpack

from hal.camera import rpi_child
from hal.camera.annexb import AccessUnits
from hal.camera.child import Child, Packet, Process, popen
from hal.camera.rpi_child import Hello
from hal.errors import HardwareError
from hal.interfaces import AccessUnit, Frame

SECOND: Final = 1_000_000_000
# -I: the folder of the script stays off the path, else our modules could hide the system's; so do the agent's own packages.
SYSTEM_PYTHON: Final = ("/usr/bin/python3", "-I", str(Path(rpi_child.__file__).resolve()))
START_S: Final = 30.0  # Python, picamera2 and libcamera, from a card, on the smallest board

ENCODING_BOARDS: Final = tuple(f"Raspberry Pi {board}" for board in ("3", "4", "Zero 2", "Compute Module 3", "Compute Module 4"))
ENCODER_BLOCKS: Final = 245_760  # macroblocks a second, of H.264 level 4.0
ENCODER_BITRATE: Final = 20_000_000  # 25 Mb/s made the Pi 4's encoder fail
MOST_LOST: Final = 86_400 * 240  # frames of a day: a number further ahead counts nothing, and no journal could hold the sum


def board_model(root: Path = Path("/")) -> str | None:
    """The board's name as its device tree has it, such as "Raspberry Pi 4 Model B Rev 1.4"; None where there is none."""
    try:
        return (root / "proc/device-tree/model").read_text().rstrip("\0\n")
    except OSError:
        return None


def encodes(model: str) -> bool:
    """Whether the board of that name has an H.264 encoder."""
    return model.startswith(ENCODING_BOARDS)


def encoder_refusal(width: int, height: int, rate: float, bitrate: int) -> str | None:
    """Why the Pi's encoder would not do that, and what it offers; None if it does."""
    blocks = -(-width // 16) * -(-height // 16)
    most = ENCODER_BLOCKS / blocks
    if rate > most:
        return f"the Pi's encoder offers at most {most:.2f} frames per second at {width}x{height}, not {rate:g}: ask for fewer"
    if bitrate > ENCODER_BITRATE:
        return f"the Pi's encoder offers at most {ENCODER_BITRATE} bits per second, not {bitrate}: ask for fewer"
    return None


class Order:
    """Judges the capture times and sequence numbers of one run, and adds to `lost` what the numbers show to be missing.

    A time must rise, and must not be more than 1 s ahead of the clock. To be late is no fault by itself: a picture that waited
    in the pipe for a busy reader, or in a process that the system held up, is old but true. But whoever had to wait for a
    picture has no backlog, so `PATIENCE` such pictures in a row, each more than 1 s late, show a clock that is wrong.
    """

    PATIENCE: Final = 3

    def __init__(self, rate: float, lost: int = 0) -> None:
        self.lost = lost
        self._waiting_ns = round(SECOND / rate / 2)
        self._next = 0
        self._capture_ns: int | None = None
        self._late = 0

    def fault(self, packet: Packet, asked_ns: int, now_ns: int) -> str | None:
        """What is wrong with it, or None; the reader asked for it at `asked_ns` and got it at `now_ns`."""
        behind = now_ns - packet.capture_ns
        self._late = self._late + 1 if behind > SECOND and now_ns - asked_ns >= self._waiting_ns else 0
        if self._capture_ns is not None and packet.capture_ns <= self._capture_ns:
            return f"its time went back by {(self._capture_ns - packet.capture_ns) / SECOND:.3f} s"
        if behind < -SECOND:
            return f"its time is {-behind / SECOND:.3f} s ahead of the clock"
        if self._late >= self.PATIENCE:
            return f"its time is {behind / SECOND:.3f} s behind the clock"
        if packet.hello:
            return "its process greeted again"
        if not 0 <= packet.sequence - self._next < MOST_LOST:
            return f"its process numbered a frame {packet.sequence}, not {self._next} or a little more"
        self.lost += packet.sequence - self._next
        self._next = packet.sequence + 1
        self._capture_ns = packet.capture_ns
        return None


class Supervision(TypedDict, total=False):
    """How a child is looked after: a read waits `stall_s` (max(1, 10 periods)), an open `start_s`; `spawn` starts it."""

    now_ns: Callable[[], int]
    stall_s: float | None
    start_s: float
    spawn: Callable[[Sequence[str]], Process]


class _RpiCamera:
    """What both cameras share: one child at a time, only packets that were checked, and any thread may close."""

    def __init__(
        self,
        wanted: Hello,
        command: Sequence[str],
        now_ns: Callable[[], int] = time.monotonic_ns,
        stall_s: float | None = None,
        start_s: float = START_S,
        spawn: Callable[[Sequence[str]], Process] = popen,
    ) -> None:
        self.width = wanted.width
        self.height = wanted.height
        self.rate = wanted.rate
        self._wanted = wanted.text()
        self._command = command
        self._now_ns = now_ns
        self._stall_s = max(1.0, 10 / wanted.rate) if stall_s is None else stall_s
        self._start_s = start_s
        self._spawn = spawn
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._live = False
        self._closed = False
        self._order = Order(self.rate)

    @property
    def lost(self) -> int:
        """How many frames the child counted and this process never got, since this camera was made."""
        return self._order.lost

    def open(self) -> None:
        """Start the child and wait for the camera's first picture. Raises HardwareError."""
        self.close()
        with self._lock:
            if self._child is not None:
                raise HardwareError("camera", self._child.hang())
            self._order = Order(self.rate, self._order.lost)
            self._closed = False
            self._child = Child(self._command, self._spawn)
            # A close() that came before the child was there has woken nobody.
            hello = None if self._closed else self._packet(time.monotonic() + self._start_s)
            if hello is not None:
                self._greeted(hello)
                self._live = True

    def close(self) -> None:
        """End the child, by force if need be; a `read` that waits, and any later one, returns None."""
        self._closed = True
        if (child := self._child) is not None:
            child.wake()
        with self._lock:
            self._end()
            self._closed = True

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
        self._let_go()

    def _drop(self) -> None:
        """End a child whose frame its reader refused."""
        with self._lock:
            self._end()

    def _deadline(self) -> float:
        """When, in `time.monotonic()`, a reader that asks now has waited enough."""
        return time.monotonic() + self._stall_s

    def _checked(self, deadline: float) -> Packet | None:
        """The next packet; None once it is closed. Raises HardwareError."""
        with self._lock:
            if self._closed:
                return None
            if not self._live:
                raise HardwareError("camera", "it is closed: open it first")
            asked = self._now_ns()
            packet = self._packet(deadline)
            if packet is not None and (fault := self._order.fault(packet, asked, self._now_ns())):
                raise self._failure(f"{fault}, so it was ended", "open it again; if it goes on, update the Pi's software")
            return packet

    def _packet(self, deadline: float) -> Packet | None:
        assert self._child is not None
        try:
            return self._child.read(deadline)
        except HardwareError:
            self._let_go()
            raise

    def _greeted(self, packet: Packet) -> None:
        text = packet.data[:60].tobytes()
        if not packet.hello or text != self._wanted:
            raise self._failure(f"its process offers {text!r}, not {self._wanted!r}", "reinstall the software")

    def _failure(self, fault: str, mend: str) -> HardwareError:
        assert self._child is not None
        error = self._child.failure(fault, mend)
        self._let_go()
        return error

    def _let_go(self) -> None:
        """Forget a child that has gone; one that hangs is kept, so that none is started beside it."""
        self._live = False
        if self._child is not None and self._child.gone:
            self._child = None


def _system(hello: Hello, encode: str, bitrate: int) -> list[str]:
    asked = {"width": hello.width, "height": hello.height, "rate": hello.rate, "bitrate": bitrate, "encode": encode}
    return [*SYSTEM_PYTHON, *(f"--{name}={value}" for name, value in asked.items())]


class RpiRawCamera(_RpiCamera):
    """I420 pictures in BT.709 of the first CSI camera, at a fixed `rate`."""

    def __init__(
        self,
        width: int,
        height: int,
        rate: float,
        command: Sequence[str] | None = None,
        **supervision: Unpack[Supervision],
    ) -> None:
        """`command` replaces the system's Python with `rpi_child.py`."""
        hello = Hello("yuv420", width, height, float(rate))
        super().__init__(hello, command or _system(hello, "none", 0), **supervision)

    def read(self) -> Frame | None:
        """The next picture; None once it is closed. Raises HardwareError."""
        packet = self._checked(self._deadline())
        if packet is None:
            return None
        rows = self.height * 3 // 2
        if packet.data.size != rows * self.width:
            self._end()
            raise HardwareError(
                "camera", f"its process sent a picture of {packet.data.size} bytes, not {rows * self.width}: reinstall the software"
            )
        return Frame(packet.capture_ns, packet.data.reshape(rows, self.width))


class RpiEncodedCamera(_RpiCamera):
    """H.264 of the first CSI camera by the board's encoder, with a keyframe each second; `bitrate` in bits per second.

    Where access units are lost, all up to the next keyframe are dropped.
    """

    def __init__(
        self,
        width: int,
        height: int,
        rate: float,
        bitrate: int,
        command: Sequence[str] | None = None,
        **supervision: Unpack[Supervision],
    ) -> None:
        """As for `RpiRawCamera`."""
        hello = Hello("h264", width, height, float(rate))
        super().__init__(hello, command or _system(hello, "h264", bitrate), **supervision)
        self._bitrate = bitrate
        self._units = AccessUnits()

    def open(self) -> None:
        """Start the child and wait for the camera's first picture. Raises HardwareError, also for what the encoder does not offer."""
        if refusal := encoder_refusal(self.width, self.height, self.rate, self._bitrate):
            raise HardwareError("camera", refusal)
        self._units = AccessUnits()
        super().open()

    def read_unit(self) -> AccessUnit | None:
        """The next access unit; None once it is closed. Raises HardwareError."""
        deadline = self._deadline()
        while (packet := self._checked(deadline)) is not None:
            try:
                unit = self._units.unit(packet.capture_ns, packet.data.tobytes())
            except HardwareError:
                self._drop()
                raise
            if unit is not None:
                return unit
        return None
