"""A real film as raw 1080p30 with its sound, in RAM: the same bytes for the ffmpeg program and, in real time, for the agent.

Enlarged pictures alone would be too easy for an encoder; the noise of a sensor lies on them.
"""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import cv2
import numpy as np

from bwc_agent.live.drivers import Drivers
from hal.interfaces import AudioBlock, Frame, Pixels
from tests.hal.clips import real_clip

WIDTH, HEIGHT, RATE, SECONDS = 1920, 1080, 30, 8
PICTURES = RATE * SECONDS
BUFFERS = 4
BLOCK, SOUND_RATE, NS = 2_400, 48_000, 1_000_000_000


@dataclass(frozen=True, slots=True)
class Film:
    """Files of raw pictures in FFmpeg's `pixel_format` and of mono sound, s16le at 48 kHz."""

    pixel_format: str
    pictures: Path
    sound: Path


def make_film(folder: Path, pixel_format: str) -> Film:
    """Write the film into `folder`; up to 1.5 GB."""
    film = Film(pixel_format, folder / "pictures", folder / "sound")
    look = f"scale={WIDTH}:{HEIGHT},fps={RATE},noise=alls=6:allf=t"
    pictures = ["-map", "0:v", "-t", str(SECONDS), "-vf", look, "-pix_fmt", pixel_format, "-f", "rawvideo", str(film.pictures)]
    sound = ["-map", "0:a", "-t", str(SECONDS), "-ac", "1", "-ar", str(SOUND_RATE), "-f", "s16le", str(film.sound)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", str(real_clip()), *pictures, *sound], check=True)
    return film


class FilmCamera:
    """RawCamera: YUYV and NV12 as they are; BGR turned into I420 by OpenCV, as a driver of a BGR source has to.

    Buffers are filled in turn, as V4L2 does.
    """

    width, height, rate = WIDTH, HEIGHT, float(RATE)

    def __init__(self, film: Film, now_ns: Callable[[], int]) -> None:
        self._film, self._now_ns = film, now_ns
        self._file: FileIO | None = None
        self._begun = self._given = 0
        self._shape = {"yuyv422": (HEIGHT, WIDTH, 2), "nv12": (HEIGHT * 3 // 2, WIDTH), "bgr24": (HEIGHT, WIDTH, 3)}[film.pixel_format]
        self._buffers = [np.empty(self._shape, np.uint8) for _ in range(BUFFERS)]
        self._planes = [np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8) for _ in range(BUFFERS)]

    def open(self) -> None:
        """From the first picture on."""
        self.close()
        self._file, self._begun, self._given = FileIO(self._film.pictures), self._now_ns(), 0

    def close(self) -> None:
        """Released."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def read(self) -> Frame | None:
        """The next picture when its time has come; None once it is closed, which its user does after the last."""
        while self._file is not None and self._given == PICTURES:
            time.sleep(0.01)
        if self._file is None:
            return None
        at = self._begun + self._given * NS // RATE
        image, planes = self._buffers[self._given % BUFFERS], self._planes[self._given % BUFFERS]
        self._given += 1
        self._file.readinto(image.data)
        _wait(at - self._now_ns())
        match self._film.pixel_format:
            case "yuyv422":
                return Frame(at, image, Pixels.YUYV)
            case "nv12":
                return Frame(at, image, Pixels.NV12)
        cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420, dst=planes)
        return Frame(at, planes)


class FilmMicrophone:
    """Microphone: the film's sound in blocks of 50 ms, as PortAudio's driver gives it."""

    rate = SOUND_RATE

    def __init__(self, film: Film, now_ns: Callable[[], int]) -> None:
        self._film, self._now_ns = film, now_ns
        self._sound = np.zeros(0, np.int16)
        self._begun = self._given = 0
        self._open = False

    def open(self) -> None:
        """From the first sample on."""
        self._sound, self._begun, self._given = np.fromfile(self._film.sound, np.int16), self._now_ns(), 0
        self._open = True

    def close(self) -> None:
        """Released."""
        self._open = False

    def read(self) -> AudioBlock | None:
        """The next block when its time has come; None once it is closed, which its user does after the last."""
        while self._open and self._given >= len(self._sound):
            time.sleep(0.01)
        if not self._open:
            return None
        samples = self._sound[self._given : self._given + BLOCK]
        self._given += BLOCK
        at = self._begun + self._given * NS // SOUND_RATE
        _wait(at - self._now_ns())
        return AudioBlock(at, samples)


def _wait(left_ns: int) -> None:
    """By the cheapest way there is: what a driver waits with is not measured."""
    if left_ns > 0:
        time.sleep(left_ns / NS)


def drivers_of(film: Film) -> type[Drivers]:
    """Camera and microphone that give the film in real time."""

    class OfFilm(Drivers):
        def camera(self) -> Callable[[], FilmCamera]:
            return lambda: FilmCamera(film, self._now_ns)

        def microphone(self) -> Callable[[], FilmMicrophone]:
            return lambda: FilmMicrophone(film, self._now_ns)

    return OfFilm
