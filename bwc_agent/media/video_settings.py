"""How pictures and sound are encoded; plain values, so that reading settings does not load an encoder."""

from dataclasses import dataclass

from bwc_agent.units import TICKS

SOUND_BITRATE = 64_000
"""Bits a second of the encoded sound, at most."""


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """`width` and `height` in pixels, both even; `rate` in pictures a second (nominal); `bitrate` in bits a second.

    `preset` is x264's; `threads` above 1 cost repeatability; a keyframe is forced every `keyframe` ticks of capture time.
    """

    width: int
    height: int
    rate: float
    bitrate: int
    preset: str = "ultrafast"
    threads: int = 1
    keyframe: int = TICKS


@dataclass(slots=True)
class Rate:
    """Bits a second that an encoder is to keep from its next keyframe on; set from another thread."""

    bits: int
