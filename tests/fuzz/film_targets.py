"""Pictures and sound: our own segments, H.264, and whatever somebody calls an excerpt."""

import io
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import av

from bwc_agent.agency.mp4 import Mp4
from bwc_agent.agency.mp4_edits import honest
from bwc_agent.agency.mp4_samples import read_samples
from bwc_agent.errors import IntegrityError
from bwc_agent.fmp4 import avc
from bwc_agent.fmp4.reader import Sample, iter_fragments, read_segment
from hal.camera.annexb import AccessUnits
from hal.errors import HardwareError
from tests.fmp4.fmp4_material import Unit, both, pictures, pieces, sound, video_config
from tests.fuzz.target import Target


def _segment(data: bytes) -> None:
    found = read_segment(data)
    assert found.whole <= len(data)
    assert sum(len(fragment.samples) for fragment in iter_fragments(data)) == len(found.samples)


def _access_unit(data: bytes) -> None:
    avc.has_idr(data)
    avc.avcc(*avc.parameter_sets(data))


def _annex_b(data: bytes) -> None:
    """Two buffers of one camera; whatever comes of them is what the writer takes."""
    units = AccessUnits()
    for piece in (data[: len(data) // 2], data):
        unit = units.unit(0, piece)
        assert unit is None or list(avc.nal_units(unit.data))


def _film(data: bytes) -> None:
    with NamedTemporaryFile(suffix=".mp4") as file:
        file.write(data)
        file.flush()
        found = read_samples(Path(file.name))
    if found.tracks:
        honest(found.tracks, found.shown)


def few() -> list[Unit]:
    """Four pictures and five sounds, in order of time."""
    return sorted([*pictures()[:4], *sound()[:5]], key=lambda unit: unit.pts)


@cache
def whole_segment() -> bytes:
    """Them as a segment holds them."""
    return b"".join(pieces(both(), few(), gap=64))


@cache
def export() -> bytes:
    """Them as an export holds them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        mp4 = Mp4(path, both(), {"title": "a test"})
        for unit in few():
            mp4.add(Sample(unit.track, unit.pts, unit.duration, unit.keyframe, memoryview(unit.data)), unit.pts)
        mp4.close()
        return path.read_bytes()


def _segments() -> list[bytes]:
    return [whole_segment(), b"".join(pieces([video_config()], pictures()[:2]))]


def _start_codes(unit: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + bytes(nal) for nal in avc.nal_units(unit))


def _copied(form: str) -> bytes:
    """The export as another program copies it into another container."""
    out = io.BytesIO()
    with av.open(io.BytesIO(export()), "r") as source, av.open(out, "w", format=form) as target:
        streams = {stream.index: target.add_stream_from_template(stream) for stream in (*source.streams.video, *source.streams.audio)}
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    return out.getvalue()


@cache
def _films() -> list[bytes]:
    return [export(), whole_segment(), _copied("matroska"), _copied("mov")]


TARGETS = (
    Target("segment", _segment, (IntegrityError,), _segments, examples=200),
    Target("access unit", _access_unit, (IntegrityError,), lambda: [pictures()[0].data]),
    Target("annex b", _annex_b, (HardwareError,), lambda: [_start_codes(unit.data) for unit in pictures()[:2]]),
    Target("foreign film", _film, (IntegrityError,), _films),
)
