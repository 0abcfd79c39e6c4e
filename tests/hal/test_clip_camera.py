"""A clip as a camera."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from hal.camera.clip import ClipCamera
from hal.errors import HardwareError
from hal.interfaces import Frame
from tests.hal.clips import made_clip, made_sound, real_clip

MS = 1_000_000


def pictures(camera: ClipCamera, most: int = 1000) -> list[Frame]:
    frames: list[Frame] = []
    while len(frames) < most and (frame := camera.read()) is not None:
        frames.append(frame)
    return frames


def test_a_real_clip_gives_its_own_pictures_at_its_own_times() -> None:
    clip = real_clip()
    camera = ClipCamera(clip, lambda: 7_000 * MS)
    assert (camera.width, camera.height, camera.rate, camera.duration_ns) == (1280, 720, 25.0, 5_280 * MS)
    camera.open()
    frames = pictures(camera, 25)
    with av.open(str(clip)) as container:
        for got, want in zip(frames, container.decode(video=0), strict=False):
            assert want.time is not None
            assert got.capture_ns == 7_000 * MS + round(want.time * 1e9)
            error = got.image.astype(np.float64) - want.to_ndarray()
            assert 10 * np.log10(255**2 / np.mean(error**2)) > 40


def test_times_of_the_file_are_kept_zero_included(tmp_path: Path) -> None:
    camera = ClipCamera(made_clip(tmp_path / "c.mkv", [0, 40, 100, 110, 400]), lambda: 0)
    camera.open()
    frames = pictures(camera)
    assert [f.capture_ns for f in frames] == [0, 40 * MS, 100 * MS, 110 * MS, 400 * MS]
    assert [abs(int(f.image[0, 0]) - 60 - 2 * k) <= 1 for k, f in enumerate(frames)] == [True] * 5
    assert camera.read() is None
    assert camera.read() is None


def test_a_loop_goes_on_rising(tmp_path: Path) -> None:
    camera = ClipCamera(made_clip(tmp_path / "c.mkv", [k * 40 for k in range(5)]), lambda: 5, loop=True)
    camera.open()
    frames = pictures(camera, 17)
    assert all(before.capture_ns < after.capture_ns for before, after in pairwise(frames))
    assert [f.capture_ns for f in frames[::5]] == [5 + k * camera.duration_ns for k in range(4)]
    assert np.array_equal(frames[0].image, frames[15].image)


def test_a_repeated_time_rises_by_a_nominal_frame(tmp_path: Path) -> None:
    camera = ClipCamera(made_clip(tmp_path / "c.mkv", [0, 40, 80]), lambda: 0, loop=True)
    camera.duration_ns = 80 * MS
    camera.open()
    assert [f.capture_ns for f in pictures(camera, 5)] == [0, 40 * MS, 80 * MS, 120 * MS, 160 * MS]


def test_odd_sizes_are_cut_to_even_ones(tmp_path: Path) -> None:
    camera = ClipCamera(made_clip(tmp_path / "c.mkv", [0], (65, 49)), lambda: 0)
    camera.open()
    frame = camera.read()
    assert frame is not None
    assert (camera.width, camera.height, frame.image.shape) == (64, 48, (72, 64))


def test_opening_again_begins_the_clip_anew(tmp_path: Path) -> None:
    now = 0
    camera = ClipCamera(made_clip(tmp_path / "c.mkv", [0, 40, 80]), lambda: now)
    camera.open()
    first = pictures(camera)
    camera.close()
    camera.close()
    now = 1_000 * MS
    camera.open()
    assert [f.capture_ns for f in pictures(camera)] == [f.capture_ns + now for f in first]


def test_a_closed_camera_says_so(tmp_path: Path) -> None:
    camera = ClipCamera(made_clip(tmp_path / "c.mkv", [0]), lambda: 0)
    with pytest.raises(HardwareError, match="camera: it is closed: open it first"):
        camera.read()


def test_what_is_no_clip_is_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("not a clip")
    for path, why in (
        (tmp_path / "missing.mp4", "is not a file: name a clip"),
        (tmp_path, "is not a file: name a clip"),
        (text, "holds no picture that OpenCV can read: use another clip"),
        (made_sound(tmp_path / "s.wav", np.zeros(480, np.int16)), "holds no picture that OpenCV can read: use another clip"),
    ):
        with pytest.raises(HardwareError, match=f"camera: {path} {why}"):
            ClipCamera(path, lambda: 0)


def test_a_clip_that_vanished_fails_at_the_opening(tmp_path: Path) -> None:
    path = made_clip(tmp_path / "c.mkv", [0])
    camera = ClipCamera(path, lambda: 0)
    path.unlink()
    with pytest.raises(HardwareError, match="is not a file"):
        camera.open()
