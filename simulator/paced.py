"""The simulated camera and microphone in real time, for a live run without either: each gives what it has when its time has come."""

import threading
from collections.abc import Callable

from hal.interfaces import AudioBlock, Frame, Microphone, RawCamera
from simulator.camera import Light, SceneCamera
from simulator.microphone import SceneMicrophone
from simulator.scene import Scene


class Pace:
    """Waits on CLOCK_MONOTONIC; `release` ends every wait, at once and until `begin`."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._released = threading.Event()

    def begin(self) -> None:
        """Wait again."""
        self._released.clear()

    def release(self) -> None:
        """Nobody waits any more."""
        self._released.set()

    def until(self, at_ns: int) -> bool:
        """Waits until then; False once released."""
        return not self._released.wait(max(0.0, (at_ns - self._now_ns()) / 1e9))


class PacedCamera:
    """RawCamera: another one's pictures, none before its time."""

    def __init__(self, camera: RawCamera, now_ns: Callable[[], int]) -> None:
        self.width, self.height, self.rate = camera.width, camera.height, camera.rate
        self._camera = camera
        self._pace = Pace(now_ns)

    def open(self) -> None:
        """As the camera's."""
        self._pace.begin()
        self._camera.open()

    def close(self) -> None:
        """As the camera's; a waiting `read` returns None."""
        self._pace.release()
        self._camera.close()

    def read(self) -> Frame | None:
        """As the camera's, at the time of capture."""
        frame = self._camera.read()
        return frame if frame is not None and self._pace.until(frame.capture_ns) else None


class PacedMicrophone:
    """Microphone: another one's blocks, none before its arrival."""

    def __init__(self, microphone: Microphone, now_ns: Callable[[], int]) -> None:
        self.rate = microphone.rate
        self._microphone = microphone
        self._pace = Pace(now_ns)

    def open(self) -> None:
        """As the microphone's."""
        self._pace.begin()
        self._microphone.open()

    def close(self) -> None:
        """As the microphone's; a waiting `read` returns None."""
        self._pace.release()
        self._microphone.close()

    def read(self) -> AudioBlock | None:
        """As the microphone's, at the time of arrival."""
        block = self._microphone.read()
        return block if block is not None and self._pace.until(block.arrival_ns) else None


def simulated_camera(width: int, height: int, rate: float, now_ns: Callable[[], int]) -> PacedCamera:
    """The drawn scene, as a camera in real time."""
    return PacedCamera(SceneCamera(Scene(width, height), now_ns, rate, Light()), now_ns)


def simulated_microphone(now_ns: Callable[[], int]) -> PacedMicrophone:
    """The sound of the drawn scene, as a microphone in real time."""
    return PacedMicrophone(SceneMicrophone(now_ns), now_ns)
