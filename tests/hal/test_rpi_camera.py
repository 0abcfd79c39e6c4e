"""The Pi's camera in a child process: the pipe, the supervision, and every way in which the child can fail.

The child of most tests is a real process, `fake_rpi_child.py`, which writes through the functions of `rpi_child.py`. What
picamera2 does needs a Pi. A process that survives SIGKILL cannot be made, so there a stand-in ignores the signals.
"""

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.camera import child, rpi
from hal.camera.child import Frames, Packet, Process, popen
from hal.camera.rpi import Order, RpiEncodedCamera, RpiRawCamera, board_model, encoder_refusal, encodes
from hal.camera.rpi_child import HEADER, KEYFRAME, MAGIC, Monotonic, Outbox, packed
from hal.errors import HardwareError
from hal.interfaces import AccessUnit, Colour, EncodedCamera, Frame, Pixels, RawCamera

FAKE = Path(__file__).with_name("fake_rpi_child.py")
SECOND = 1_000_000_000
PATIENCE_S = 30.0
"""Only a broken run waits that long."""


def fake(plan: str, form: str = "yuv420", width: int = 32, height: int = 16) -> list[str]:
    return [sys.executable, str(FAKE), form, str(width), str(height), "30.0", plan]


def raw(plan: str, spawn: Callable[[Sequence[str]], Process] = popen) -> RpiRawCamera:
    return RpiRawCamera(32, 16, 30, fake(plan), stall_s=PATIENCE_S, spawn=spawn)


def encoded(plan: str) -> RpiEncodedCamera:
    return RpiEncodedCamera(32, 16, 30, 8_000_000, fake(plan, "h264"), stall_s=PATIENCE_S)


def pictures(camera: RpiRawCamera, count: int) -> list[Frame]:
    frames = []
    for _ in range(count):
        frame = camera.read()
        assert frame is not None
        frames.append(frame)
    return frames


def units(camera: RpiEncodedCamera, count: int) -> list[AccessUnit]:
    got = []
    for _ in range(count):
        unit = camera.read_unit()
        assert unit is not None
        got.append(unit)
    return got


@contextmanager
def impatient(camera: RpiRawCamera, plan: str) -> Iterator[None]:
    """Wait 0.1 s where the child will stall; else as long as it takes."""
    camera._stall_s = 0.1 if plan.startswith(("stall", "half")) else PATIENCE_S
    try:
        yield
    finally:
        camera._stall_s = PATIENCE_S


def children() -> set[int]:
    """Processes that this one started and has not reaped, zombies included."""
    pids: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended
            pids.update(int(pid) for pid in (task / "children").read_text().split())
    return pids


def files() -> int:
    return len(os.listdir("/proc/self/fd"))


def gone(pidfd: int) -> bool:
    """Whether the process ends in time."""
    with os.fdopen(pidfd) as file:
        poll = select.poll()
        poll.register(file, select.POLLIN)
        return bool(poll.poll(PATIENCE_S * 1000))


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = children(), files()
    yield
    assert (children(), files()) == before


# The whole way, with a real child.


def test_raw_pictures_come_as_the_child_gave_them() -> None:
    camera: RawCamera = RpiRawCamera(32, 16, 30, fake("run"), stall_s=PATIENCE_S)
    camera.open()
    frames = [frame for frame in (camera.read() for _ in range(20)) if frame is not None]
    camera.close()
    assert [frame.image.shape for frame in frames] == [(24, 32)] * 20
    assert [set(frame.image.flat) for frame in frames] == [{number} for number in range(20)]
    assert {(frame.pixels, frame.colour) for frame in frames} == {(Pixels.I420, Colour.BT709)}
    assert np.all(np.diff([frame.capture_ns for frame in frames]) > 0)
    assert abs(frames[-1].capture_ns - time.monotonic_ns()) < PATIENCE_S * SECOND


def test_access_units_come_with_lengths_and_parameter_sets() -> None:
    camera = encoded("run")
    same: EncodedCamera = camera
    same.open()
    got = units(camera, 20)
    camera.close()
    assert [unit.keyframe for unit in got] == [number % 10 == 0 for number in range(20)]
    assert got[10].data == b"\0\0\0\4\x67sps\0\0\0\4\x68pps\0\0\0\x09\x65slice 10"
    assert (got[11].data, camera.lost) == (b"\0\0\0\x09\x41slice 11", 0)


@pytest.mark.parametrize("plan", ["halves", "chat", "prints"])
def test_neither_small_writes_nor_chat_disturb_the_pictures(plan: str) -> None:
    camera = raw(plan)
    camera.open()
    assert [int(frame.image[0, 0]) for frame in pictures(camera, 100)] == list(range(100))
    camera.close()


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ("stall", r"it stalled between two pictures and was ended: open it again"),
        ("stall_deaf", r"it stalled between two pictures and was ended: open it again"),
        ("stall_stopped", r"it stalled between two pictures and was ended: open it again"),
        ("stall_chatting", r"it stalled between two pictures and was ended: .*; it said last: x+$"),
        ("half", r"it stalled in the middle of a picture and was ended"),
        ("die", r"its process ended with status 3: open it again; it said last: libcamera: dequeue failed"),
        ("killed", r"its process ended by a signal \(Killed\): open it again"),
        ("close_output", r"its process closed its output and was ended"),
        ("back", r"its time went back by (9|10)\.\d+ s, so it was ended"),
        ("ahead", r"its time is \d+\.\d+ s ahead of the clock, so it was ended"),
        ("repeat", r"its process numbered a frame 3, not 5 or a little more"),
        ("magic", r"its process sent a frame that begins with b'INFO', not b'BWCF': reinstall"),
        ("huge", r"its process sent a frame of 16777217 bytes"),
        ("size", r"its process sent a picture of 5 bytes, not 768: reinstall"),
    ],
)
def test_a_failure_is_named_and_the_camera_opens_again_at_once(plan: str, why: str) -> None:
    camera = raw(plan)
    camera.open()
    pictures(camera, 5)
    with pytest.raises(HardwareError, match=f"^camera: {why}"), impatient(camera, plan):
        camera.read()
    assert children() == set()
    with pytest.raises(HardwareError, match="camera: it is closed: open it first"):
        camera.read()
    failed = time.monotonic()
    camera.open()
    pictures(camera, 5)
    assert time.monotonic() - failed < 5
    camera.close()


@pytest.mark.parametrize(
    ("plan", "start_s", "why"),
    [
        ("refuse", PATIENCE_S, "its process ended with status 1: open it again; it said last: no CSI camera found: check the ribbon cable"),
        ("other_size", PATIENCE_S, "its process offers b'yuv420 64 16 30.0', not b'yuv420 32 16 30.0'"),
        ("no_hello", 0.1, "it stalled before its first picture and was ended"),
    ],
)
def test_a_child_that_does_not_greet_fails_the_opening(plan: str, start_s: float, why: str) -> None:
    camera = RpiRawCamera(32, 16, 30, fake(plan), start_s=start_s)
    with pytest.raises(HardwareError, match=f"^camera: {why}"):
        camera.open()
    assert children() == set()


def test_a_second_hello_is_no_picture() -> None:
    camera = raw("hello_again")
    camera.open()
    with pytest.raises(HardwareError, match="its process greeted again"):
        camera.read()


def test_a_clock_that_is_behind_is_found() -> None:
    camera = RpiRawCamera(32, 16, 1000, [*fake("behind")[:-2], "1000.0", "behind"], stall_s=PATIENCE_S)
    camera.open()
    with pytest.raises(HardwareError, match=r"its time is 60\.\d+ s behind the clock"):
        pictures(camera, 1000)


def test_what_a_slow_reader_lost_is_counted_and_goes_on_at_a_keyframe() -> None:
    camera = encoded("flood")
    camera.open()
    before = units(camera, 20)
    assert camera.lost == 0
    after = units(camera, 1)
    assert (before[0].keyframe, after[0].keyframe, camera.lost >= 30, camera.lost % 10) == (True, True, True, 0)
    lost = camera.lost
    camera.open()
    units(camera, 21)
    assert camera.lost >= lost + 30
    camera.close()


def test_access_units_that_are_no_h264_end_the_child() -> None:
    camera = RpiEncodedCamera(32, 16, 30, 8_000_000, fake("nonsense", "h264"), stall_s=PATIENCE_S)
    camera.open()
    with pytest.raises(HardwareError, match=r"what it sends is not H.264"):
        camera.read_unit()
    assert children() == set()


def test_closing_lets_a_waiting_reader_go() -> None:
    camera = raw("stall")
    camera.open()
    pictures(camera, 5)
    got: list[Frame | None] = []
    reader = threading.Thread(target=lambda: got.append(camera.read()))
    reader.start()
    camera.close()
    reader.join(PATIENCE_S)
    assert (got, camera.read(), children()) == ([None], None, set())
    camera.close()


def test_closing_lets_a_waiting_opener_go() -> None:
    camera = RpiRawCamera(32, 16, 30, fake("no_hello"), start_s=PATIENCE_S)
    opener = threading.Thread(target=camera.open)
    opener.start()
    patience = time.monotonic() + PATIENCE_S / 2
    while opener.is_alive() and time.monotonic() < patience:
        camera.close()
    assert not opener.is_alive()
    assert (camera.read(), children()) == (None, set())


def test_the_child_outlives_the_thread_that_opened_the_camera() -> None:
    camera = raw("run")
    opener = threading.Thread(target=camera.open)
    opener.start()
    opener.join(PATIENCE_S)
    assert len(pictures(camera, 100)) == 100
    camera.close()


@pytest.mark.parametrize("plan", ["run", "stall_deaf", "stall_stopped"])
def test_the_child_dies_with_its_parent(plan: str) -> None:
    source = (
        f"from hal.camera.rpi import RpiRawCamera; camera = RpiRawCamera(32, 16, 30, {fake(plan)!r}); camera.open(); camera.read();"
        "print(camera._child._process.pid, flush=True); input()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", source], cwd=FAKE.parents[2], stdin=pipe, stdout=pipe) as parent:
        assert parent.stdout is not None
        pidfd = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        assert gone(pidfd)


def test_a_camera_that_was_never_opened_says_so() -> None:
    camera = raw("run")
    with pytest.raises(HardwareError, match="camera: it is closed: open it first"):
        camera.read()
    camera.close()


def test_a_command_that_is_not_there_is_named() -> None:
    camera = RpiRawCamera(32, 16, 30, ["/nowhere/python3"])
    with pytest.raises(HardwareError, match=r"camera: /nowhere/python3 cannot be run .*: install it, or name another command"):
        camera.open()


@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs a system's Python")
def test_the_real_child_says_what_to_install() -> None:
    camera = RpiRawCamera(32, 16, 30)
    if subprocess.run([*rpi.SYSTEM_PYTHON[:2], "-c", "import picamera2"], capture_output=True).returncode == 0:
        pytest.skip("picamera2 is installed")
    with pytest.raises(HardwareError, match=r"picamera2 is missing .*: sudo apt install python3-picamera2"):
        camera.open()


# A process that survives SIGKILL: a stand-in that lets no signal through and whose end comes when the test says so.


class Stuck:
    """A real process, stuck in the kernel as far as its parent can tell."""

    def __init__(self, command: Sequence[str]) -> None:
        self._real = popen(command)
        self.freed = threading.Event()
        self.signals: list[int] = []
        self.pid: int = self._real.pid
        self.stdin: IO[bytes] | None = self._real.stdin
        self.stdout: IO[bytes] | None = self._real.stdout
        self.stderr: IO[bytes] | None = self._real.stderr

    def send_signal(self, number: int) -> None:
        self.signals.append(number)

    def wait(self) -> int:
        self.freed.wait()
        return self._real.wait()


def test_a_process_that_survives_sigkill_is_said_to_hang_and_no_other_is_started_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Stuck] = []

    def spawn(command: Sequence[str]) -> Process:
        if started:
            return popen(command)
        started.append(Stuck(command))
        return started[0]

    camera = raw("stall", spawn)
    camera.open()
    pictures(camera, 5)
    hangs = f"process {started[0].pid} survives SIGKILL, so it hangs in the kernel: a reboot is the only mend"
    with monkeypatch.context() as impatience:
        impatience.setattr(child, "GRACE_S", 0.01)
        impatience.setattr(child, "KILL_S", 0.01)
        with (
            pytest.raises(HardwareError, match=f"^camera: it stalled between two pictures and was ended: {hangs}$"),
            impatient(camera, "stall"),
        ):
            camera.read()
        with pytest.raises(HardwareError, match=f"^camera: {hangs}$"):
            camera.open()
        camera.close()
    assert started[0].signals == [15, 9] * 3
    started[0].freed.set()
    camera.open()
    pictures(camera, 5)
    camera.close()


# The pure parts.


def frame_bytes(sequence: int, data: bytes, magic: bytes = MAGIC, length: int | None = None, flags: int = KEYFRAME) -> bytes:
    return HEADER.pack(magic, len(data) if length is None else length, sequence * 7, sequence, flags) + data


def cut(stream: bytes, sizes: Iterator[int]) -> list[Packet]:
    frames, packets = Frames(), []
    while stream:
        room = frames.room()
        count = min(next(sizes), len(room), len(stream))
        room[:count] = stream[:count]
        stream = stream[count:]
        if (packet := frames.took(count)) is not None:
            packets.append(packet)
    assert not frames.within
    return packets


@given(st.lists(st.binary(min_size=1, max_size=200)), st.lists(st.integers(1, 90), min_size=1))
def test_frames_are_the_same_wherever_the_bytes_are_cut(payloads: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(frame_bytes(number, data) for number, data in enumerate(payloads))
    packets = cut(stream, (sizes[k % len(sizes)] for k in range(len(stream) + 1)))
    assert [packet.data.tobytes() for packet in packets] == payloads
    assert [(packet.sequence, packet.capture_ns, packet.keyframe, packet.hello) for packet in packets] == [
        (number, number * 7, True, False) for number in range(len(payloads))
    ]


@given(st.binary(min_size=HEADER.size, max_size=HEADER.size))
def test_bytes_that_are_no_header_are_refused(head: bytes) -> None:
    frames = Frames()
    frames.room()[:] = head
    _, length, *_ = HEADER.unpack(head)
    if head.startswith(MAGIC) and 0 < length <= 16 << 20:
        assert frames.took(len(head)) is None
    else:
        with pytest.raises(ValueError, match="a frame"):
            frames.took(len(head))


@pytest.mark.parametrize(("length", "accepted"), [(0, False), (1, True), (16 << 20, True), ((16 << 20) + 1, False)])
def test_lengths_from_one_byte_to_16_mib_are_accepted(length: int, accepted: bool) -> None:
    frames = Frames()
    frames.room()[:] = frame_bytes(0, b"", length=length)
    if accepted:
        assert frames.took(HEADER.size) is None
        assert (len(frames.room()), frames.within) == (length, True)
    else:
        with pytest.raises(ValueError, match=f"a frame of {length} bytes"):
            frames.took(HEADER.size)


def packet(capture_ns: int, sequence: int) -> Packet:
    return Packet(capture_ns, sequence, True, False, np.zeros(1, np.uint8))


@pytest.mark.parametrize(
    ("capture_ns", "sequence", "fault"),
    [
        (101, 3, None),
        (100, 3, "its time went back by 0.000 s"),
        (100 + SECOND, 3, None),
        (102 + SECOND, 3, "its time is 1.000 s ahead of the clock"),
        (101, 2, "its process numbered a frame 2, not 3 or a little more"),
    ],
)
def test_times_and_numbers_must_rise(capture_ns: int, sequence: int, fault: str | None) -> None:
    order = Order(30)
    assert order.fault(packet(100, 2), 100, 100) is None
    assert (order.fault(packet(capture_ns, sequence), 101, 101), order.lost) == (fault, 2)


def test_numbers_that_are_missing_are_counted_once_each() -> None:
    order = Order(30)
    faults = [order.fault(packet(number, number), 0, 0) for number in (2, 3, 7, 8)]
    assert (faults, order.lost) == ([None] * 4, 2 + 3)


def test_a_backlog_is_old_but_true_and_a_wrong_clock_is_neither() -> None:
    period = SECOND // 30
    late = 5 * SECOND
    backlog, wrong = Order(30), Order(30)
    assert [backlog.fault(packet(k * period, k), late + k, late + k) for k in range(100)] == [None] * 100
    waits = [wrong.fault(packet(k * period, k), late + k * period, late + (k + 1) * period) for k in range(3)]
    assert waits == [None, None, "its time is 5.033 s behind the clock"]


def test_one_process_that_was_held_up_is_no_wrong_clock() -> None:
    order = Order(30)
    assert order.fault(packet(0, 0), 0, 3 * SECOND) is None
    assert [order.fault(packet(k * SECOND // 30, k), 3 * SECOND, 3 * SECOND) for k in range(1, 50)] == [None] * 49


def sent(outbox: Outbox, count: int) -> list[int]:
    return [HEADER.unpack(outbox.get()[0])[3] for _ in range(count)]


def test_a_full_outbox_drops_up_to_the_next_keyframe_and_the_numbers_run_on() -> None:
    outbox = Outbox(3)
    for number in range(7):
        outbox.put(number, number in (0, 5), b"x")
    assert sent(outbox, 3) == [0, 1, 2]
    for number in range(7, 12):
        outbox.put(number, number == 9, b"x")
    assert sent(outbox, 3) == [9, 10, 11]


def test_boottime_becomes_monotonic_by_an_offset_of_at_most_one_second() -> None:
    now, asleep = 100 * SECOND, 7 * SECOND
    clock = Monotonic(lambda: now, lambda: now + asleep)
    assert clock.of(now + asleep) == now
    asleep += 3600 * SECOND
    now += SECOND - 1
    assert clock.of(now + asleep) == now + 3600 * SECOND
    now += 1
    assert clock.of(now + asleep - 5) == now - 5


@pytest.mark.parametrize("stride", [8, 10, 16])
def test_padding_is_taken_out_of_every_plane(stride: int) -> None:
    width, height = 8, 4
    luma = np.full((height, stride), 99, np.uint8)
    chroma = np.full((height, stride // 2), 99, np.uint8)
    luma[:, :width] = np.arange(width * height).reshape(height, width)
    chroma[:, : width // 2] = 100 + np.arange(width * height // 2).reshape(height, width // 2)
    buffer = luma.tobytes() + chroma.tobytes() + b"page's rest"
    assert packed(buffer, width, height, stride) == bytes([*range(32), *range(100, 116)])


@pytest.mark.parametrize(
    ("model", "has"),
    [
        ("Raspberry Pi 4 Model B Rev 1.4", True),
        ("Raspberry Pi 400 Rev 1.0", True),
        ("Raspberry Pi Compute Module 4 Rev 1.1", True),
        ("Raspberry Pi Zero 2 W Rev 1.0", True),
        ("Raspberry Pi 3 Model B Plus Rev 1.3", True),
        ("Raspberry Pi 5 Model B Rev 1.0", False),
        ("Raspberry Pi 500 Rev 1.0", False),
        ("Raspberry Pi Compute Module 5 Rev 1.0", False),
        ("Intel NUC", False),
    ],
)
def test_which_boards_encode(model: str, has: bool, tmp_path: Path) -> None:
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_bytes(model.encode() + b"\0")
    assert (board_model(tmp_path), encodes(model)) == (model, has)


def test_a_machine_without_a_device_tree_has_no_model(tmp_path: Path) -> None:
    assert board_model(tmp_path) is None


@pytest.mark.parametrize(
    ("size", "rate", "bitrate", "refusal"),
    [
        ((1920, 1080), 30.11, 20_000_000, None),
        ((1920, 1080), 30.2, 8_000_000, "at most 30.12 frames per second at 1920x1080, not 30.2"),
        ((1280, 720), 60, 8_000_000, None),
        ((1920, 1080), 30, 20_000_001, "at most 20000000 bits per second, not 20000001"),
    ],
)
def test_what_the_encoder_does_not_offer_is_refused(size: tuple[int, int], rate: float, bitrate: int, refusal: str | None) -> None:
    said = encoder_refusal(*size, rate, bitrate)
    assert said == (refusal and f"the Pi's encoder offers {refusal}: ask for fewer")
    if said:
        with pytest.raises(HardwareError, match=f"^camera: {said}"):
            RpiEncodedCamera(*size, rate, bitrate, ["/nowhere"]).open()


def test_the_child_gets_what_the_camera_was_asked_for() -> None:
    commands: list[Sequence[str]] = []

    def spawn(command: Sequence[str]) -> Process:
        commands.append(command)
        raise OSError("not now")

    for camera in (RpiEncodedCamera(1920, 1080, 30, 8_000_000, spawn=spawn), RpiRawCamera(1280, 720, 25, spawn=spawn)):
        with pytest.raises(HardwareError, match="not now"):
            camera.open()
    assert [command[3:] for command in commands] == [
        ["--width=1920", "--height=1080", "--rate=30.0", "--bitrate=8000000", "--encode=h264"],
        ["--width=1280", "--height=720", "--rate=25.0", "--bitrate=0", "--encode=none"],
    ]
