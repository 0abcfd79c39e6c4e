"""A sound server of the tests' own: real streams and a real clock, without a sound card.

A null sink takes the microphone's place: what is played into the sink is what the microphone hears, and silence otherwise.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import numpy.typing as npt
import pytest
import sounddevice

Samples = npt.NDArray[np.int16]


class Pulse:
    """A running pulseaudio without a microphone, found by PortAudio as the device "pulse"."""

    def _pactl(self, *words: str) -> str:
        return subprocess.run(["pactl", *words], check=True, capture_output=True, text=True, timeout=20).stdout.strip()

    def plug(self, channels: int = 1) -> str:
        """A microphone, 48 kHz; returns what unplugs it."""
        # Without `norewinds` the sink renders two seconds ahead, and the first sound comes that much too late.
        return self._pactl(
            "load-module", "module-null-sink", "sink_name=mic", "norewinds=1", "format=s16le", "rate=48000", f"channels={channels}"
        )

    def unplug(self, plugged: str) -> None:
        """The microphone goes, whoever reads it."""
        self._pactl("unload-module", plugged)

    @contextmanager
    def plugged(self, channels: int = 1) -> Iterator[None]:
        """A microphone for a while."""
        plugged = self.plug(channels)
        try:
            yield
        finally:
            self.unplug(plugged)

    @contextmanager
    def played(self, samples: Samples) -> Iterator[None]:
        """The microphone hears `samples`, shape (n, channels), from about now on, once, in real time."""
        command = ["pacat", "--playback", "--raw", "--format=s16le", "--rate=48000", f"--channels={samples.shape[1]}", "--device=mic"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as player:
            assert player.stdin is not None
            player.stdin.write(samples.tobytes())
            player.stdin.close()
            try:
                yield
            finally:
                player.kill()


def started(folder: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """The server, once it answers. It is silent about running as root; what it says at the end of its life is in its log."""
    socket = folder / "native"
    command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes"]
    command += [f"--log-target=file:{folder / 'log'}", "-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
    server = subprocess.Popen(command, env=os.environ | environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = monotonic() + 30
    while not socket.exists():
        assert server.poll() is None and monotonic() < until, (folder / "log").read_text()
        sleep(0.01)
    return server


@pytest.fixture(scope="module")
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    """The server for as long as the module's tests run. ALSA's default may be another server here: name the device "pulse"."""
    folder = tmp_path_factory.mktemp("pulse")
    folder.chmod(0o700)
    (folder / "cookie").write_bytes(bytes(256))
    environment = {"PULSE_SERVER": f"unix:{folder / 'native'}", "PULSE_COOKIE": str(folder / "cookie")}
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "XDG_CONFIG_HOME": str(folder), "DBUS_SESSION_BUS_ADDRESS": ""}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        server = started(folder, environment | home)
        try:
            # Its list may be of a time when there was no server.
            sounddevice._terminate()
            sounddevice._initialize()
            yield Pulse()
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def tone(seconds: float, hertz: float = 1000.0) -> Samples:
    """Mono, shape (n, 1), at half of full scale, beginning and ending on a sample that is not 0."""
    times = np.arange(round(seconds * 48_000)) / 48_000
    return np.round(16_000 * np.cos(2 * np.pi * hertz * times)).astype(np.int16).reshape(-1, 1)
