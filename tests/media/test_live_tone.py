"""A tone from a real sound server to AAC and back."""

import time

import numpy as np

from bwc_agent.media.stages import encoded_sound
from bwc_agent.packets import Packet
from bwc_agent.units import AAC_FRAME, TICKS, ticks_from_ns
from hal.microphone.portaudio import PortAudioMicrophone
from tests.hal.pulse import Pulse, pulse, tone
from tests.media.sensed import decoded

__all__ = ["pulse"]

SECONDS = 1.5
FADE = 2 * AAC_FRAME
"""AAC smears a beginning over its window at most."""


def test_a_live_tone_is_encoded_on_the_grid_at_its_pitch_and_length(pulse: Pulse) -> None:
    microphone = PortAudioMicrophone("pulse", TICKS, 0, time.monotonic_ns)
    packets: list[Packet] = []
    with pulse.plugged():
        begun = ticks_from_ns(time.monotonic_ns())
        microphone.open()
        try:
            with pulse.played(tone(SECONDS)):
                for packet in encoded_sound(microphone):
                    packets.append(packet)
                    if len(packets) % 40 == 0 and over(packets):
                        break
        finally:
            microphone.close()
        ended = ticks_from_ns(time.monotonic_ns())
    assert packets[0].pts % AAC_FRAME == 0
    assert [p.pts for p in packets] == [packets[0].pts + k * AAC_FRAME for k in range(len(packets))]
    # The first block began to fill before it was asked for, by not more than what the sound server held.
    assert begun - TICKS // 10 < packets[0].pts < packets[-1].pts < ended
    heard = decoded(packets)
    loud = np.flatnonzero(np.abs(heard) > 0.1)
    assert abs(loud[-1] - loud[0] - SECONDS * TICKS) < FADE
    inside = heard[loud[0] + FADE : loud[-1] - FADE]
    assert abs(np.argmax(np.abs(np.fft.rfft(inside, TICKS * 4))) / 4 - 1000) < 1
    assert np.min(np.abs(inside[: len(inside) // 480 * 480]).reshape(-1, 480).max(axis=1)) > 0.45


def over(packets: list[Packet]) -> bool:
    """The tone has been and gone."""
    loud = np.abs(decoded(packets)) > 0.1
    return bool(loud.any()) and not loud[-10 * AAC_FRAME :].any()
