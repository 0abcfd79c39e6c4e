"""One MP4 out of encoded samples, without encoding anything: PyAV only packs them.

Pictures go in as Annex B into a stream that has no encoder behind it, so that libavformat takes the parameter sets from
the first picture; a stream made by copying an encoder's data reopens one and spoils the pictures without an error
(measured). Parameter sets stay in band at every keyframe, so a recording whose encoder was set anew plays on in the same
file: measured with another profile and with another size, every picture equal to that of its segment alone.
"""

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.stream import Stream

from bwc_agent.errors import IntegrityError, StorageError
from bwc_agent.fmp4.avc import nal_units
from bwc_agent.fmp4.header import render
from bwc_agent.fmp4.reader import Sample
from bwc_agent.packets import CodecConfig, Track
from bwc_agent.units import TICKS

_TICK: Final = Fraction(1, TICKS)
_OPTIONS: Final = {"movflags": "+faststart", "movie_timescale": str(TICKS)}
"""Why the timescale: when a track begins later is written in it, and in milliseconds, the usual, sound would move by up to one."""
_START_CODE: Final = b"\0\0\0\1"


class Mp4:
    """A new MP4 at `path`, playable from its first byte (`faststart`), once `close` has returned.

    `configs` are the first of each track; `tags` are the file's own (`creation_time`, `title`).
    """

    def __init__(self, path: Path, configs: Sequence[CodecConfig], tags: dict[str, str]) -> None:
        try:
            self._file = av.open(str(path), "w", format="mp4", options=_OPTIONS)
        except OSError as error:
            raise StorageError(f"cannot write {path}: {error.strerror or error}; check the folder") from error
        self._path = path
        self._file.metadata.update(tags)
        self._streams: dict[Track, Stream] = {config.track: self._stream(config) for config in configs}
        self._newest = dict.fromkeys(self._streams, -1)

    def _stream(self, config: CodecConfig) -> Stream:
        if config.track is Track.VIDEO:
            stream: Stream = self._file.add_mux_stream("h264", width=config.width, height=config.height)
        else:
            with av.open(io.BytesIO(render([config])), format="mp4") as template:
                stream = self._file.add_stream_from_template(template.streams.audio[0])
        stream.time_base = _TICK
        return stream

    def add(self, sample: Sample, pts: int) -> None:
        """The next sample of its track; `pts` in ticks from the file's beginning. Raises IntegrityError, StorageError."""
        if pts <= self._newest.get(sample.track, pts):
            raise IntegrityError(f"a sample of the {sample.track.name.lower()} track at {pts} is out of order, or of no announced track")
        self._newest[sample.track] = pts
        data = _annex_b(sample.data) if sample.track is Track.VIDEO else bytes(sample.data)
        packet: av.Packet[Any] = av.Packet(data)
        packet.stream = self._streams[sample.track]
        packet.time_base = _TICK
        packet.pts = packet.dts = pts
        packet.duration = sample.duration
        packet.is_keyframe = sample.keyframe
        try:
            self._file.mux(packet)
        except OSError as error:
            raise StorageError(f"cannot write {self._path}: {error.strerror or error}; make room") from error

    def close(self) -> None:
        """Finish the file. Raises StorageError."""
        try:
            self._file.close()
        except OSError as error:
            raise StorageError(f"cannot finish {self._path}: {error.strerror or error}; make room") from error


def _annex_b(access_unit: memoryview) -> bytes:
    """The same NAL units behind start codes of the same 4 bytes (ISO/IEC 14496-10, annex B)."""
    return b"".join(part for unit in nal_units(access_unit) for part in (_START_CODE, unit))
