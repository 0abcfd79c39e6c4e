"""The audio track never stops, and muted sound is not in it."""

from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bwc_agent.media.audio_encoder import AudioEncoder, silent_sound
from bwc_agent.media.silence import LATE, WINDOW, AudioTimeline, Missing
from bwc_agent.packets import Packet
from bwc_agent.units import AAC_FRAME, TICKS
from hal.interfaces import AudioBlock
from tests.media.made import SOUND, sound
from tests.media.sensed import decoded

SILENT = b"silent"


def timeline() -> AudioTimeline:
    return AudioTimeline(SOUND, SILENT)


def grid(first: int, last: int) -> list[int]:
    return [k * AAC_FRAME for k in range(first, last)]


def silent(pts: int) -> Packet:
    return Packet(SOUND.track, pts, AAC_FRAME, True, SILENT, SOUND)


@cache
def noise() -> tuple[tuple[Packet, ...], npt.NDArray[np.float32]]:
    """A second of loud noise as packets from 0 on, and as a listener hears it."""
    samples, encoder = np.random.default_rng(1).integers(-20_000, 20_000, TICKS).astype(np.int16), AudioEncoder()
    blocks = (AudioBlock((k + 1) * 10_000_000, samples[k * 480 : (k + 1) * 480]) for k in range(100))
    packets = tuple(packet for block in blocks for packet in encoder.encode(block))
    return packets, decoded(packets)


def test_sound_in_time_passes_unchanged() -> None:
    line, packets = timeline(), [sound(pts) for pts in grid(0, 50)]
    line.begin(0)
    out = [p for packet in packets for p in [*line.tick(packet.pts + WINDOW), *line.push(packet)]]
    assert out == packets
    assert (line.missing(), line.dropped) == (None, 0)


def test_sound_that_never_starts_is_silence_from_the_beginning_on() -> None:
    line = timeline()
    line.begin(1)
    out = [p for now in range(0, 2 * TICKS, 2400) for p in line.tick(now)]
    assert out == [silent(pts) for pts in grid(1, len(out) + 1)]
    assert out[-1].pts >= 2 * TICKS - 2400 - LATE - WINDOW - AAC_FRAME


def test_a_beginning_at_zero_is_a_beginning() -> None:
    line = timeline()
    line.begin(0)
    assert line.tick(LATE + WINDOW) == []
    assert line.tick(LATE + WINDOW + 1) == [silent(0)]


def test_time_before_the_microphone_is_wanted_is_not_filled() -> None:
    assert timeline().tick(TICKS) == []


def test_sound_that_returns_ends_the_gap_and_the_gap_is_told_once() -> None:
    line = timeline()
    line.begin(0)
    line.push(sound(0))
    line.tick(TICKS)
    assert [p.pts for p in line.push(sound(100 * AAC_FRAME))][-1] == 100 * AAC_FRAME
    assert line.missing() == Missing(AAC_FRAME, 100 * AAC_FRAME)
    assert line.missing() is None


def test_sound_behind_what_was_filled_is_dropped_and_counted() -> None:
    line = timeline()
    line.begin(0)
    filled = line.tick(TICKS)
    assert line.push(sound(filled[-1].pts)) == []
    assert line.push(sound(filled[-1].pts + AAC_FRAME)) == [sound(filled[-1].pts + AAC_FRAME)]
    assert line.dropped == 1
    assert line.missing() == Missing(0, filled[-1].pts + AAC_FRAME)


def test_closed_parts_leave_no_silence() -> None:
    line = timeline()
    line.begin(0)
    line.push(sound(0))
    line.end()
    assert line.tick(10 * TICKS) == []
    line.begin(10 * TICKS)
    assert line.push(sound(471 * AAC_FRAME))[0] == silent(469 * AAC_FRAME)


@given(st.lists(st.integers(0, 3), max_size=120), st.integers(0, 30), st.integers(0, LATE))
@settings(max_examples=60, deadline=None)
def test_whatever_arrives_the_track_has_no_gap_and_rises(steps: list[int], begin: int, late: int) -> None:
    """Each step is 0: a packet that is lost, 1: one in time, 2: one that comes late, 3: one that comes too late."""
    line, out = timeline(), list[Packet]()
    line.begin(begin * AAC_FRAME)
    waiting: list[tuple[int, Packet]] = []
    for k, step in enumerate(steps):
        due = (k + 2) * AAC_FRAME
        if step:
            waiting.append((due + (0, 0, late, LATE + 3 * AAC_FRAME)[step], sound(k * AAC_FRAME)))
        for _, packet in sorted((w for w in waiting if w[0] <= due), key=lambda w: w[0]):
            out += line.push(packet)
        waiting = [w for w in waiting if w[0] > due]
        out += line.tick(due)
    assert all(after.pts - before.pts == AAC_FRAME for before, after in pairwise(out))
    assert not out or out[0].pts == begin * AAC_FRAME
    assert all(p in (silent(p.pts), sound(p.pts)) for p in out)


@pytest.mark.parametrize(
    ("at", "replaced"),
    [(0, grid(0, 10)), (AAC_FRAME - 1, grid(0, 10)), (2 * AAC_FRAME, grid(1, 10)), (2 * AAC_FRAME - 1, grid(0, 10)), (10**6, [])],
)
def test_mute_takes_every_packet_that_touches_it(at: int, replaced: list[int]) -> None:
    line = timeline()
    line.mute(at)
    out = [p for pts in grid(0, 10) for p in line.push(sound(pts))]
    assert [p.pts for p in out if p == silent(p.pts)] == replaced


@pytest.mark.parametrize(("at", "first"), [(1, AAC_FRAME), (AAC_FRAME, AAC_FRAME), (AAC_FRAME + 1, 2 * AAC_FRAME)])
def test_sound_returns_with_the_first_packet_that_holds_nothing_muted(at: int, first: int) -> None:
    line = timeline()
    line.mute(0)
    line.unmute(at)
    out = [p for pts in grid(0, 10) for p in line.push(sound(pts))]
    assert next(p.pts for p in out if p == sound(p.pts)) == first


def test_mute_twice_is_mute_once() -> None:
    line = timeline()
    line.mute(AAC_FRAME)
    line.mute(5 * AAC_FRAME)
    line.unmute(6 * AAC_FRAME)
    line.unmute(9 * AAC_FRAME)
    out = [p for pts in grid(0, 10) for p in line.push(sound(pts))]
    assert [p.pts for p in out if p == silent(p.pts)] == grid(0, 6)


@given(st.lists(st.integers(0, TICKS), min_size=2, max_size=16, unique=True))
@settings(max_examples=60, deadline=None)
def test_no_muted_sample_is_heard_and_the_rest_is_unchanged(edges: list[int]) -> None:
    spans = list(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
    packets, open_sound = noise()
    line, out, events = AudioTimeline(*silent_sound()), list[Packet](), [(at, span) for span in spans for at in span]
    for packet in packets:
        # The buttons are no later than the sound: a packet is here when its last sample is.
        while events and events[0][0] < packet.pts + WINDOW:
            at, span = events.pop(0)
            (line.mute if at == span[0] else line.unmute)(at)
        out += line.push(packet)
    heard = decoded(out)
    for begin, end in spans:
        assert not heard[begin:end].any()
    whole = [a is b for a, b in zip(out, packets, strict=True)]
    assume(any(whole))
    for k in range(2, len(packets)):
        if whole[k - 1] and whole[k]:
            frame = slice(k * AAC_FRAME, (k + 1) * AAC_FRAME)
            assert np.array_equal(heard[frame], open_sound[frame])
