"""The sound of a clip as a microphone."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from hal.errors import HardwareError
from hal.interfaces import AudioBlock
from hal.microphone.clip import BLOCK, RATE, ClipMicrophone
from tests.hal.clips import made_clip, made_sound, real_clip

MS = 1_000_000
NOISE = np.random.default_rng(1).integers(-20_000, 20_000, RATE).astype(np.int16)


def blocks(microphone: ClipMicrophone, count: int) -> list[AudioBlock]:
    return [block for _ in range(count) if (block := microphone.read()) is not None]


def joined(found: list[AudioBlock]) -> npt.NDArray[np.int16]:
    return np.concatenate([block.samples for block in found])


def test_the_sound_comes_unchanged_in_its_time_and_silence_follows(tmp_path: Path) -> None:
    microphone = ClipMicrophone(made_sound(tmp_path / "s.wav", NOISE), lambda: 5_000 * MS)
    microphone.open()
    found = blocks(microphone, 150)
    assert {block.samples.shape for block in found} == {(BLOCK,)}
    assert [block.arrival_ns for block in found] == [5_000 * MS + (k + 1) * 10 * MS for k in range(150)]
    assert np.array_equal(joined(found)[:RATE], NOISE)
    assert not joined(found)[RATE:].any()


@pytest.mark.parametrize("late", [0, 35, 500])
def test_sound_that_begins_after_the_picture_stays_late(tmp_path: Path, late: int) -> None:
    microphone = ClipMicrophone(made_sound(tmp_path / "s.mkv", NOISE, late, picture=True), lambda: 0)
    microphone.open()
    heard = joined(blocks(microphone, 160))
    begin = late * RATE // 1000
    assert not heard[:begin].any()
    assert np.array_equal(heard[begin : begin + RATE], NOISE)


@pytest.mark.parametrize("loop_ms", [400, 1000, 1250])
def test_a_loop_cuts_or_pads_the_sound_to_its_length(tmp_path: Path, loop_ms: int) -> None:
    microphone = ClipMicrophone(made_sound(tmp_path / "s.wav", NOISE), lambda: 0, loop_ms * MS)
    microphone.open()
    found = blocks(microphone, 400)
    length = loop_ms * RATE // 1000
    turn = np.concatenate([NOISE, np.zeros(RATE, np.int16)])[:length]
    heard = joined(found)
    assert np.array_equal(heard[: 3 * length], np.tile(turn, 3)[: len(heard)])
    total = 0
    for block in found:
        total += len(block.samples)
        assert block.arrival_ns == total * 1_000_000_000 // RATE


def test_another_rate_is_brought_to_48_khz(tmp_path: Path) -> None:
    tone = (10_000 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)).astype(np.int16)
    microphone = ClipMicrophone(made_sound(tmp_path / "s.wav", tone, rate=16_000), lambda: 0)
    microphone.open()
    heard = joined(blocks(microphone, 100)).astype(np.float64)
    want = 10_000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert np.corrcoef(heard[1000:-1000], want[1000:-1000])[0, 1] > 0.999


def test_the_sound_of_a_real_clip_is_mixed_to_mono_in_time() -> None:
    microphone = ClipMicrophone(real_clip(), lambda: 0)
    microphone.open()
    heard = joined(blocks(microphone, 500)).astype(np.float64)
    with av.open(str(real_clip())) as container:
        frames = [np.asarray(f.to_ndarray(), np.float64) for f in container.decode(audio=0)]
    middle = np.concatenate(frames, axis=1).sum(axis=0)[: len(heard)]
    assert np.corrcoef(heard, middle)[0, 1] > 0.9


def test_opening_again_begins_the_sound_anew(tmp_path: Path) -> None:
    now = 0
    microphone = ClipMicrophone(made_sound(tmp_path / "s.wav", NOISE), lambda: now)
    microphone.open()
    first = blocks(microphone, 3)
    microphone.close()
    microphone.close()
    now = 1_000 * MS
    microphone.open()
    for before, after in zip(first, blocks(microphone, 3), strict=True):
        assert after.arrival_ns == before.arrival_ns + now
        assert np.array_equal(after.samples, before.samples)


def test_arrivals_rise(tmp_path: Path) -> None:
    microphone = ClipMicrophone(made_sound(tmp_path / "s.wav", NOISE[:1001]), lambda: 0, 30 * MS)
    microphone.open()
    assert all(before.arrival_ns < after.arrival_ns for before, after in pairwise(blocks(microphone, 50)))


def test_a_closed_microphone_says_so(tmp_path: Path) -> None:
    microphone = ClipMicrophone(made_sound(tmp_path / "s.wav", NOISE), lambda: 0)
    with pytest.raises(HardwareError, match="microphone: it is closed: open it first"):
        microphone.read()


def test_what_has_no_sound_is_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("not a clip")
    for path, why in (
        (tmp_path / "missing.mp4", "is not a file: name a clip"),
        (tmp_path, "is not a file: name a clip"),
        (text, "cannot be read: .*: use another clip"),
        (made_clip(tmp_path / "c.mkv", [0, 40]), "has no sound: use another clip, or none"),
    ):
        with pytest.raises(HardwareError, match=f"microphone: {path} {why}"):
            ClipMicrophone(path, lambda: 0)
