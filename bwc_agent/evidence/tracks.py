"""How a decoder opens each track, as a `segment` line carries it."""

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import integer, text
from bwc_agent.evidence.lines import Json, b64, unb64
from bwc_agent.packets import CodecConfig, Track
from bwc_agent.units import TICKS

CODECS = {Track.VIDEO: "avc1", Track.AUDIO: "mp4a"}


def track_fields(config: CodecConfig) -> dict[str, Json]:
    """One entry of `tracks`: the codec's record byte for byte, and pixels or channels."""
    common: dict[str, Json] = {"codec": CODECS[config.track], "config": b64(config.record), "track": config.track.value}
    if config.track is Track.VIDEO:
        return {**common, "height": config.height, "width": config.width}
    return {**common, "channels": config.channels, "rate": TICKS}


def config_from_fields(fields: dict[str, Json]) -> CodecConfig:
    """The configuration that `fields` state. Raises IntegrityError unless they are exactly what `track_fields` writes."""
    try:
        track = Track(integer(fields, "track"))
    except ValueError as error:
        raise IntegrityError("a segment line names a track that is neither video (1) nor sound (2)") from error
    record = unb64(text(fields, "config"))
    if track is Track.VIDEO:
        config = CodecConfig(track, record, width=integer(fields, "width"), height=integer(fields, "height"))
    else:
        config = CodecConfig(track, record, channels=integer(fields, "channels"))
    if track_fields(config) != fields:
        raise IntegrityError("a segment line describes a track in a way that this version does not write")
    return config
