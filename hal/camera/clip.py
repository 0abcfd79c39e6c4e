"""A clip or file as a camera, through OpenCV."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from hal.errors import HardwareError
from hal.interfaces import Frame


class ClipCamera:
    """Pictures of a clip at the times that the file gives them, which always rise, placed at `now_ns()` of the opening.

    Width and height are the clip's, cut to even numbers. With `loop` it begins anew each `duration_ns`. Luma may come out
    one step darker than the file's: OpenCV rounds down on its way through BGR.
    """

    def __init__(self, path: Path, now_ns: Callable[[], int], loop: bool = False) -> None:
        """Raises HardwareError if OpenCV finds no pictures in the file."""
        self._path = path
        self._now_ns = now_ns
        self._loop = loop
        self._capture: cv2.VideoCapture | None = None
        self._origin = 0
        self._last: int | None = None
        probe = self._opened()
        self.width = int(probe.get(cv2.CAP_PROP_FRAME_WIDTH)) // 2 * 2
        self.height = int(probe.get(cv2.CAP_PROP_FRAME_HEIGHT)) // 2 * 2
        self.rate = float(probe.get(cv2.CAP_PROP_FPS)) or 30.0
        self.duration_ns = round(max(1.0, float(probe.get(cv2.CAP_PROP_FRAME_COUNT))) / self.rate * 1e9)
        """Length of the clip by its number of pictures."""
        probe.release()

    def _opened(self) -> cv2.VideoCapture:
        if not self._path.is_file():
            raise HardwareError("camera", f"{self._path} is not a file: name a clip")
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened() or min(capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)) < 2:
            capture.release()
            raise HardwareError("camera", f"{self._path} holds no picture that OpenCV can read: use another clip")
        return capture

    def open(self) -> None:
        """Begin the clip. Raises HardwareError."""
        self.close()
        self._capture = self._opened()
        self._origin = self._now_ns()
        self._last = None

    def close(self) -> None:
        """Release the file."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def read(self) -> Frame | None:
        """The next picture, I420; None at the end of a clip that does not loop. Raises HardwareError while it is closed."""
        if self._capture is None:
            raise HardwareError("camera", "it is closed: open it first")
        there, picture = self._capture.read()
        if not there and self._loop and self._last is not None:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            self._origin += self.duration_ns
            there, picture = self._capture.read()
        if not there:
            return None
        even = np.ascontiguousarray(picture[: self.height, : self.width])
        image = cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420)
        return Frame(self._time(self._capture.get(cv2.CAP_PROP_POS_MSEC)), np.asarray(image, np.uint8))

    def _time(self, milliseconds: float) -> int:
        """The file's time where it rises; otherwise one nominal frame on."""
        time = self._origin + round(milliseconds * 1e6)
        if self._last is not None and time <= self._last:
            time = self._last + round(1e9 / self.rate)
        self._last = time
        return time
