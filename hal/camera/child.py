"""A camera's child process: started, read with a deadline, killed when it fails, and never waited for without bound.

`Frames` cuts the child's bytes into frames and knows nothing of processes. `Child` is one run of one process: whatever goes
wrong, it ends the process and raises one HardwareError with the last line that the process said. A process stuck in the
kernel survives even SIGKILL; then `gone` stays false, and its owner must not start another beside it.
"""

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import IO, Protocol

import numpy as np
import numpy.typing as npt

from hal.camera.rpi_child import HEADER, HELLO, KEYFRAME, MAGIC
from hal.errors import HardwareError

LONGEST = 16 << 20
GRACE_S = 0.5
KILL_S = 1.0


@dataclass(frozen=True, slots=True)
class Packet:
    """One frame of the pipe; `data` is its own memory."""

    capture_ns: int
    sequence: int
    keyframe: bool
    hello: bool
    data: npt.NDArray[np.uint8]


class Frames:
    """Bytes in, frames out, without a copy: the reader fills `room()` and says by `took()` how much of it came."""

    def __init__(self) -> None:
        self._head = memoryview(bytearray(HEADER.size))
        self._packet: Packet | None = None
        self._begin(self._head)

    def _begin(self, into: memoryview) -> None:
        self._into = into
        self._have = 0

    def room(self) -> memoryview:
        """Where the next bytes go; never empty."""
        return self._into[self._have :]

    @property
    def within(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._packet is not None or self._have > 0

    def took(self, count: int) -> Packet | None:
        """Count the bytes that came; the frame that they complete. Raises ValueError for what is no frame."""
        self._have += count
        if self._have < len(self._into):
            return None
        packet = self._packet
        if packet is None:
            self._packet = self._announced()
            self._begin(self._packet.data.data)
        else:
            self._packet = None
            self._begin(self._head)
        return packet

    def _announced(self) -> Packet:
        magic, length, capture_ns, sequence, flags = HEADER.unpack(self._head)
        if magic != MAGIC:
            raise ValueError(f"a frame that begins with {magic!r}, not {MAGIC!r}")
        if not 0 < length <= LONGEST:
            raise ValueError(f"a frame of {length} bytes (1 to {LONGEST} are allowed)")
        return Packet(capture_ns, sequence, bool(flags & KEYFRAME), bool(flags & HELLO), np.empty(length, np.uint8))


class Process(Protocol):
    """What is needed of a process; `subprocess.Popen` is one."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def send_signal(self, number: int) -> None:
        """Nothing happens where it has ended."""
        ...

    def wait(self) -> int:
        """Its status once it has ended; negative for a signal."""
        ...


def popen(command: Sequence[str]) -> Process:
    """The real process, in a session of its own: an interrupt at the terminal is for the agent to handle."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True)


class Child:
    """One run of `command`. One thread reads; `wake` and `gone` are for any."""

    def __init__(self, command: Sequence[str], spawn: Callable[[Sequence[str]], Process] = popen) -> None:
        """Start it. Raises HardwareError."""
        self._frames = Frames()
        self._spoke = False
        self._said = b""
        self._status = 0
        self._gone = threading.Event()
        started: Future[Process] = Future()
        threading.Thread(target=self._keep, args=(command, spawn, started), name="camera child", daemon=True).start()
        try:
            self._process = started.result()
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise HardwareError("camera", f"{command[0]} cannot be run ({error}): install it, or name another command") from error
        self._pipes = [pipe for pipe in (self._process.stdin, self._process.stdout, self._process.stderr) if pipe is not None]
        _, self._stdout, self._stderr = (pipe.fileno() for pipe in self._pipes)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._waking = threading.Lock()
        self._poll = select.poll()
        for fd in (self._stdout, self._stderr, self._wake):
            os.set_blocking(fd, False)
            self._poll.register(fd, select.POLLIN)

    def _keep(self, command: Sequence[str], spawn: Callable[[Sequence[str]], Process], started: "Future[Process]") -> None:
        """Start the process and see its end, in one thread: Linux sends the signal of a parent's death when the *thread* ends
        that started the child, and whoever opens a camera may be gone while it runs."""
        try:
            process = spawn(command)
        except Exception as error:
            started.set_exception(error)
            return
        started.set_result(process)
        self._status = process.wait()
        self._gone.set()

    @property
    def gone(self) -> bool:
        """Whether the process has ended and is reaped."""
        return self._gone.is_set()

    def wake(self) -> None:
        """Let a waiting `read` return None."""
        with self._waking:  # else the number could be another file's by now
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)

    def read(self, deadline: float) -> Packet | None:
        """The next frame; None after `wake`. Raises HardwareError, the child ended, if it fails or `time.monotonic()` passes `deadline`."""
        while True:
            try:
                count = os.readv(self._stdout, (self._frames.room(),))
            except BlockingIOError:
                if not self._ready(deadline):
                    return None
                continue
            if count == 0:
                raise self._ended()
            try:
                packet = self._frames.took(count)
            except ValueError as error:
                raise self.failure(f"its process sent {error}", "reinstall the software") from error
            if packet is not None:
                self._spoke = True
                return packet

    def _ready(self, deadline: float) -> bool:
        """Wait for something to read, listening to what the child says meanwhile; False after `wake`."""
        left = deadline - time.monotonic()
        if left <= 0:
            between = "between two pictures" if self._spoke else "before its first picture"
            where = "in the middle of a picture" if self._frames.within else between
            mend = "open it again; if it goes on, check the ribbon cable and `dmesg`"
            raise self.failure(f"it stalled {where} and was ended", mend)
        ready = {fd for fd, _ in self._poll.poll(left * 1000)}
        if self._stderr in ready and not self._listen():
            self._poll.unregister(self._stderr)
        return self._wake not in ready

    def _listen(self) -> bool:
        """Keep the end of what the child says; whether it may say more."""
        try:
            said = os.read(self._stderr, 1 << 16)
        except BlockingIOError:
            return True
        self._said = (self._said + said)[-1000:]
        return bool(said)

    def _ended(self) -> HardwareError:
        if not self._gone.wait(GRACE_S):
            return self.failure("its process closed its output and was ended", "open it again")
        how = f"by a signal ({signal.strsignal(-self._status)})" if self._status < 0 else f"with status {self._status}"
        return self.failure(f"its process ended {how}", "open it again")

    def failure(self, fault: str, mend: str) -> HardwareError:
        """End the child; the error to raise, with what the child said last, and with another mend if it cannot be ended."""
        self.end()
        lines = self._said.decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), None)
        said = "" if last is None else f"; it said last: {last}"
        return HardwareError("camera", f"{fault}: {mend if self.gone else self.hang()}{said}")

    def hang(self) -> str:
        """What to say of a process that does not end."""
        return f"process {self._process.pid} survives SIGKILL, so it hangs in the kernel: a reboot is the only mend"

    def end(self) -> None:
        """End the process, by SIGKILL if it must be, and close the pipes; returns within GRACE_S + KILL_S. It may be called again."""
        for number, patience in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, KILL_S)):
            if self.gone:
                break
            self._process.send_signal(number)
            self._gone.wait(patience)
        if self._wake >= 0:
            self._listen()
            for pipe in self._pipes:
                pipe.close()
            with self._waking:
                os.close(self._wake)
                self._wake = -1
