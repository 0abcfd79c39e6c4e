"""Six segments in step to the end, and a real clip that comes out as it went in."""

from pathlib import Path

import av
import numpy as np
import pytest

from bwc_agent.evidence.layout import segment_file
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify import verify_recording
from simulator.reading import beep_onsets
from simulator.scenario import load_scenario
from tests.e2e.played import Shift, numbers, play, sound
from tests.hal.clips import real_clip

LONG = """
length = "400 s"
[microphone]
ppm = 100
[settings.picture]
size = "320x180"
rate = 10
bitrate = "500 kb/s"
[[event]]
at = "35 s"
do = "double press"
[[event]]
at = "366 s"
do = "hold"
"""

CLIP = """
length = "16 s"
[settings.picture]
bitrate = "8 Mb/s"
[[event]]
at = "1 s"
do = "double press"
[[event]]
at = "8 s"
do = "hold"
[[event]]
at = "12 s"
do = "hold"
"""


def played(text: str, root: Path, clip: Path | None = None) -> Shift:
    path = root / "scenario.toml"
    path.write_text(text)
    return play(load_scenario(path), root, clip)


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Shift:
    return played(LONG, tmp_path_factory.mktemp("long"))


def test_six_segments_hold_every_picture_once_and_sound_in_step(shift: Shift) -> None:
    assert shift.folder().joinpath(segment_file(6)).is_file()
    assert verify_recording(shift.folder(), shift.authority).state is State.COMPLETE
    mp4 = shift.exported().mp4
    shown = numbers(mp4)
    seen = [n for n, _ in shown]
    given = dict(shift.taken[0])
    first, last = seen[0] or 0, seen[-1] or 0
    assert seen == [n for n in given if first <= n <= last]
    samples, began = sound(mp4)
    origin = shown[0][1] - given[first] / 1e9
    onsets = [began + k / 48_000 - origin for k in beep_onsets(samples)][1:-1]
    assert len(onsets) > 350
    assert max(abs(onset - round(onset)) for onset in onsets) <= 0.020
    drifts = [abs((time - given[n or 0] / 1e9) - origin) for n, time in shown]
    assert max(drifts) <= 0.001


def luma(path: Path) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    with av.open(str(path)) as container:
        # The plane itself: a conversion to grey would stretch limited range in one file and not in the other.
        return [np.asarray(f.to_ndarray(format="yuv420p"), np.float64)[: f.height] for f in container.decode(video=0)]


def test_a_real_clip_comes_out_as_it_went_in(tmp_path: Path) -> None:
    shift = played(CLIP, tmp_path, real_clip())
    mp4 = shift.exported().mp4
    clip, out = luma(real_clip()), luma(mp4)
    assert len(out) >= 200
    begin = min(range(len(clip)), key=lambda k: float(np.mean((clip[k] - out[0]) ** 2)))
    errors = [float(np.mean((clip[(begin + k) % len(clip)] - picture) ** 2)) for k, picture in enumerate(out[: len(clip)])]
    assert 10 * np.log10(255**2 / np.median(errors)) >= 35
    heard, _ = sound(mp4)
    original = np.concatenate([mono(f) for f in resampled(real_clip())])
    piece = heard[96_000 : 96_000 + 48_000 * 2]
    assert best_correlation(piece, original) >= 0.95


def resampled(path: Path) -> list[av.AudioFrame]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
    with av.open(str(path)) as container:
        return [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]


def mono(frame: av.AudioFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(frame.to_ndarray(), np.float32).reshape(-1)


def best_correlation(
    piece: np.ndarray[tuple[int, ...], np.dtype[np.float32]], whole: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> float:
    """The largest normalised correlation of `piece` anywhere in `whole`, repeated once for a loop."""
    twice = np.concatenate([whole, whole]).astype(np.float64)
    size = 1 << int(np.ceil(np.log2(len(twice) + len(piece))))
    product = np.fft.irfft(np.fft.rfft(twice, size) * np.conj(np.fft.rfft(piece.astype(np.float64), size)), size)
    sums = np.concatenate([[0.0], np.cumsum(twice**2)])
    energy = sums[len(piece) :] - sums[: -len(piece)]
    scale = np.sqrt(energy * float(np.sum(piece.astype(np.float64) ** 2)))
    return float(np.max(product[: len(energy)] / np.maximum(scale, 1e-9)))
