"""H.264 by libx264, shaped so that the ring's promises hold whatever the light does.

Keyframes are forced by *capture time*, because a camera that falls to 10 pictures a second in the dark would otherwise
stretch each GOP to three seconds. VBV is as tight as the bitrate, because the first noisy second after dark was 58 times
the set rate without it. Parameter sets stand in band at every IDR, so that exports repeat the samples byte for byte.
"""

from fractions import Fraction
from typing import Final

import av

from bwc_agent.fmp4.avc import avcc, parameter_sets
from bwc_agent.media.pictures import ENCODED, TAGS, Pictures
from bwc_agent.media.video_settings import Rate, VideoSettings
from bwc_agent.packets import CodecConfig, Packet, Track
from bwc_agent.units import TICKS, ticks_from_ns
from hal.interfaces import Colour, Frame, Pixels

_BT709: Final = 1
_TIME: Final = Fraction(1, TICKS)


class VideoEncoder:
    """Packets with dts = pts = capture time in ticks, an IDR with its parameter sets at least each `keyframe` ticks and a picture.

    One encoder from one opening of the camera to its closing. Bytes of any time span stay within bitrate * span plus one
    second's worth (VBV). The same pictures give the same bytes where `threads` is 1. One picture is held back until the
    next one comes. Where pixels or colours change, the stream begins anew, with parameter sets that say so;
    where the rate changes, with others only if it needs another level.
    """

    def __init__(self, settings: VideoSettings, rate: Rate | None = None) -> None:
        """`rate` may be changed while it runs; what it says counts from the next keyframe on."""
        self._settings = settings
        self._rate = rate or Rate(settings.bitrate)
        self._bits = self._rate.bits
        self._pictures = Pictures(settings.width, settings.height)
        self._codec: av.VideoCodecContext | None = None
        self._given: tuple[Pixels, Colour, int] | None = None
        self._next_key: int | None = None
        self._config: CodecConfig | None = None
        self._newest: int | None = None

    @property
    def torn(self) -> int:
        """How many pictures came as a JPEG that could not be decoded whole, and were let go."""
        return self._pictures.torn

    def encode(self, frame: Frame) -> list[Packet]:
        """The packets that this picture completes: usually the one before, whose duration is now known.

        A picture whose time does not rise, or whose JPEG is torn, is let go. Raises HardwareError for a picture of another
        size, which would be scaled unseen, and where JPEG after JPEG is torn.
        """
        pts = ticks_from_ns(frame.capture_ns)
        picture = self._pictures.picture(frame)
        if picture is None or (self._newest is not None and pts <= self._newest):
            return []
        self._newest = pts
        if self._next_key is None or pts >= self._next_key:
            self._bits = self._rate.bits
        before = self._begin(frame.pixels, frame.colour, self._bits)
        picture.pts = pts
        picture.time_base = _TIME
        picture.pict_type = av.video.frame.PictureType.NONE
        if self._next_key is None or pts >= self._next_key:
            picture.pict_type = av.video.frame.PictureType.I
            self._next_key = pts + self._settings.keyframe
        assert self._codec is not None
        return before + [self._packet(p) for p in self._codec.encode(picture)]

    def flush(self) -> list[Packet]:
        """What the encoder still held; after this a new encoder is needed."""
        return [] if self._codec is None else [self._packet(p) for p in self._codec.encode(None)]

    def _begin(self, pixels: Pixels, colour: Colour, bits: int) -> list[Packet]:
        if self._given == (pixels, colour, bits):
            return []
        before = self.flush()
        self._codec, self._given, self._next_key = _codec(self._settings, pixels, colour, bits), (pixels, colour, bits), None
        return before

    def _packet(self, packet: "av.Packet[av.VideoStream]") -> Packet:
        data = bytes(packet)
        if packet.is_keyframe:
            record = avcc(*parameter_sets(data))
            if self._config is None or self._config.record != record:
                self._config = CodecConfig(Track.VIDEO, record, self._settings.width, self._settings.height)
        assert self._config is not None and packet.pts is not None
        return Packet(Track.VIDEO, packet.pts, 0, packet.is_keyframe, data, self._config)


def _codec(settings: VideoSettings, pixels: Pixels, colour: Colour, bits: int) -> av.VideoCodecContext:
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = settings.width, settings.height, ENCODED[pixels]
    codec.time_base = _TIME
    codec.framerate = Fraction(settings.rate).limit_denominator(1001)
    codec.thread_count = settings.threads
    codec.bit_rate = bits
    codec.max_b_frames = 0
    codec.color_range, codec.colorspace = TAGS[colour].range, TAGS[colour].matrix
    # Primaries and transfer are BT.709's whatever the matrix: sRGB sensors share the ones and nearly the other.
    codec.color_primaries, codec.color_trc = _BT709, _BT709
    # Without force-cfr=0 the rate is shared out by the nominal frame rate, and 10 pictures a second in the dark get a third of it.
    kilobits = max(1, bits // 1000)
    parameters = {
        "annexb": 0,
        "repeat-headers": 1,
        "scenecut": 0,
        "keyint": "infinite",
        "vbv-maxrate": kilobits,
        "vbv-bufsize": kilobits,
        "sliced-threads": int(settings.threads > 1),
        "force-cfr": 0,
    }
    codec.options = {
        "preset": settings.preset,
        "tune": "zerolatency",
        "forced-idr": "1",
        "x264-params": ":".join(f"{name}={value}" for name, value in parameters.items()),
    }
    return codec
