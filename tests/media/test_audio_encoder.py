"""AAC on the grid of 1024 ticks, in time with what was captured."""

from collections.abc import Iterable

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.media.audio_encoder import AudioEncoder, silent_sound
from bwc_agent.packets import Packet, Track
from bwc_agent.units import AAC_FRAME, TICKS, ns_from_ticks
from hal.errors import HardwareError
from hal.interfaces import AudioBlock
from tests.media.sensed import decoded

NS = 1_000_000_000
BLOCK = 480


def blocks(samples: npt.NDArray[np.int16], start_ns: int, rate: float = 48_000, late_ns: int = 0) -> Iterable[AudioBlock]:
    made = np.random.default_rng(5)
    for begin in range(0, len(samples) - BLOCK + 1, BLOCK):
        done = start_ns + round((begin + BLOCK) / rate * NS) + int(made.integers(0, late_ns + 1))
        yield AudioBlock(done, samples[begin : begin + BLOCK])


def encode(arriving: Iterable[AudioBlock], rate: int = 48_000) -> list[Packet]:
    encoder = AudioEncoder(rate)
    return [packet for block in arriving for packet in encoder.encode(block)]


@given(st.integers(0, 10 * NS), st.integers(0, 30_000_000))
@settings(max_examples=10, deadline=None)
def test_packets_lie_on_the_grid_and_leave_no_hole(start_ns: int, late_ns: int) -> None:
    packets = encode(blocks(np.zeros(48_000, np.int16), start_ns, late_ns=late_ns))
    first = packets[0].pts
    assert first % AAC_FRAME == 0
    assert first <= start_ns * 48 // 1_000_000 + TICKS // 30
    assert [p.pts for p in packets] == [first + k * AAC_FRAME for k in range(len(packets))]
    assert {(p.track, p.duration, p.keyframe) for p in packets} == {(Track.AUDIO, AAC_FRAME, True)}


@pytest.mark.parametrize("start", [0, 1, 511, 1023, 1024, 123_457])
def test_a_click_decodes_at_the_tick_of_its_capture(start: int) -> None:
    samples = np.zeros(48_000, np.int16)
    samples[20_000] = 30_000
    packets = encode(blocks(samples, ns_from_ticks(start)))
    heard = decoded(packets)
    assert abs(packets[0].pts + int(np.argmax(np.abs(heard))) - (start + 20_000)) <= 2


@pytest.mark.parametrize("ppm", [-300, 300])
def test_a_drifting_microphone_stays_in_time_and_its_tone_clean(ppm: int) -> None:
    rate = 48_000 * (1 + ppm * 1e-6)
    times = np.arange(40 * 48_000) / rate
    tone = 10_000 * np.sin(2 * np.pi * 1000 * times)
    tone[int(38 * rate) : int(38.1 * rate)] = 0
    packets = encode(blocks(tone.astype(np.int16), 0, rate, 30_000_000))
    heard = decoded(packets)
    quiet = np.convolve(np.abs(heard), np.ones(96) / 96, "same") < 0.02
    gap = packets[0].pts + int(np.flatnonzero(quiet[37 * TICKS : 39 * TICKS])[0]) + 37 * TICKS
    assert abs(gap - 38 * TICKS) < 0.012 * TICKS
    assert noise_below_tone(heard[25 * TICKS : 27 * TICKS]) < -50


def noise_below_tone(heard: npt.NDArray[np.float32]) -> float:
    """THD+N in dB of a tone of 1 kHz whose rate may be off by 0.1 %."""
    power = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    middle = round(1000 * len(heard) / TICKS)
    tone = power[middle - 12 : middle + 13].sum()
    return float(10 * np.log10((power[40:].sum() - tone) / tone))


def test_another_nominal_rate_is_brought_to_the_grid() -> None:
    samples = np.zeros(2 * 44_100, np.int16)
    samples[44_100] = 30_000
    packets = encode(blocks(samples, 0, 44_100), 44_100)
    assert abs(packets[0].pts + int(np.argmax(np.abs(decoded(packets)))) - TICKS) <= 48


def test_the_configuration_is_aac_lc_mono_at_48_khz() -> None:
    config, _ = silent_sound()
    assert AudioEncoder().config is config
    assert int.from_bytes(config.record[:2]) >> 3 == 0b00010_0011_0001
    assert (config.track, config.channels) == (Track.AUDIO, 1)


def test_the_silent_access_unit_always_is_the_same_and_decodes_to_exact_zeros() -> None:
    config, silent = silent_sound()
    silent_sound.cache_clear()
    assert silent_sound() == (config, silent)
    packets = [Packet(Track.AUDIO, k * AAC_FRAME, AAC_FRAME, True, silent, config) for k in range(20)]
    assert not decoded(packets).any()


def test_lost_samples_are_a_fault_that_names_the_mend() -> None:
    encoder, silent = AudioEncoder(), np.zeros(BLOCK, np.int16)
    for k in range(1, 500):
        encoder.encode(AudioBlock(k * 10_000_000, silent))
    with pytest.raises(HardwareError, match="microphone: its sound is -150 ms off its time: it lost samples; open it again"):
        for k in range(500, 900):
            encoder.encode(AudioBlock(k * 10_000_000 + 150_000_000, silent))


def test_empty_blocks_change_nothing() -> None:
    noise = np.random.default_rng(1).integers(-3000, 3000, 24_000).astype(np.int16)
    nothing = np.zeros(0, np.int16)
    with_gaps = (block for full in blocks(noise, 0) for block in (AudioBlock(full.arrival_ns, nothing), full))
    assert encode(with_gaps) == encode(blocks(noise, 0))


def test_the_same_sound_gives_the_same_bytes_again() -> None:
    noise = np.random.default_rng(1).integers(-3000, 3000, 48_000).astype(np.int16)
    once, again = (encode(blocks(noise, 12_345)) for _ in range(2))
    assert once == again


def test_a_foreign_decoder_opens_it_from_the_configuration_alone() -> None:
    packets = encode(blocks(np.zeros(9_600, np.int16), 0))
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = packets[0].config.record
    frames = [f for p in packets for f in decoder.decode(av.Packet(p.data))]
    assert {(f.sample_rate, f.layout.name, f.samples) for f in frames if isinstance(f, av.AudioFrame)} == {(48_000, "mono", AAC_FRAME)}
