"""What flows through the core: encoded packets. The core never sees a raw frame."""

from dataclasses import dataclass
from enum import Enum


class Track(Enum):
    """The two tracks of a recording; the values are their MP4 track numbers."""

    VIDEO = 1
    AUDIO = 2


@dataclass(frozen=True, slots=True)
class CodecConfig:
    """How a decoder opens a track: `record` is the avcC body or the AudioSpecificConfig, byte for byte.

    `width` and `height` are pixels, 0 for sound; `channels` is 0 for video. A new value starts a new segment.
    """

    track: Track
    record: bytes
    width: int = 0
    height: int = 0
    channels: int = 0


@dataclass(frozen=True, slots=True)
class Packet:
    """One access unit: H.264 with 4-byte lengths, or raw AAC. `pts` and `duration` in ticks; dts = pts; duration 0 = unknown."""

    track: Track
    pts: int
    duration: int
    keyframe: bool
    data: bytes
    config: CodecConfig
