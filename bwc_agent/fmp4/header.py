"""The head of a segment: `ftyp` and `moov`, a pure function of the codec configurations.

The tables are empty and no duration is written, because the file is never gone back to; nothing in it tells the time
of day. Since the same configurations always give the same bytes, reading back is strict without a parser of a hundred
fields: find the configurations, write the head again, and compare.
"""

from collections.abc import Iterator, Sequence
from struct import pack
from typing import Final

from bwc_agent.errors import IntegrityError
from bwc_agent.fmp4.boxes import HEAD, box, full_box, head
from bwc_agent.packets import CodecConfig, Track
from bwc_agent.units import TICKS

_FTYP: Final = box(b"ftyp", b"iso6", pack(">I", 1), b"iso6mp41")
_MATRIX: Final = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED: Final = 0x55C4
_BT709: Final = box(b"colr", b"nclx", pack(">HHHB", 1, 1, 1, 0))
_LARGEST_RECORD: Final = 0xFFFF
_STSD: Final = 8
_VISUAL: Final = 78
_SOUND: Final = 28
"""Bytes before the first box inside `stsd`, `avc1` and `mp4a`."""
_ASC: Final = 35
_AFTER_ASC: Final = 6
"""Bytes of `esds` before and after the AudioSpecificConfig."""


def render(configs: Sequence[CodecConfig]) -> bytes:
    """The head for one or two tracks, video first, timescale 1/48000 s throughout (ISO/IEC 14496-12, 8.1 to 8.8).

    Raises IntegrityError where a configuration cannot be written: no or two of a track, sizes out of range.
    """
    ordered = ordered_configs(configs)
    movie = full_box(b"mvhd", 0, 0, pack(">4I", 0, 0, TICKS, 0), pack(">IH10x", 0x10000, 0x100), _MATRIX, pack(">24xI", 3))
    extends = box(b"mvex", *(full_box(b"trex", 0, 0, pack(">5I", c.track.value, 1, 0, 0, 0)) for c in ordered))
    return _FTYP + box(b"moov", movie, *map(_trak, ordered), extends)


def ordered_configs(configs: Sequence[CodecConfig]) -> tuple[CodecConfig, ...]:
    """The configurations, video first, each fit to be written. Raises IntegrityError saying what is wrong."""
    ordered = tuple(sorted(configs, key=lambda config: config.track.value))
    tracks = {config.track for config in ordered}
    if not ordered or len(tracks) != len(ordered):
        raise IntegrityError(f"{len(ordered)} configurations for {len(tracks)} tracks; give one for each track")
    for config in ordered:
        _check(config)
    return ordered


def _check(config: CodecConfig) -> None:
    name = config.track.name.lower()
    if not 0 < len(config.record) <= _LARGEST_RECORD:
        raise IntegrityError(f"{name}: a codec record of {len(config.record)} bytes; give the avcC body or the AudioSpecificConfig")
    picture, sound = (config.width, config.height), (config.channels,)
    present, absent = (picture, sound) if config.track is Track.VIDEO else (sound, picture)
    if any(absent) or not all(0 < value <= 0xFFFF for value in present):
        raise IntegrityError(
            f"{name}: {config.width}x{config.height} pixels and {config.channels} channels; "
            "give a picture its size and sound its channels, and nothing else"
        )


def _trak(config: CodecConfig) -> bytes:
    sound = config.track is Track.AUDIO
    header = pack(
        ">5I8xHHHH36sII", 0, 0, config.track.value, 0, 0, 0, 0, 0x100 * sound, 0, _MATRIX, config.width << 16, config.height << 16
    )
    media = full_box(b"mdhd", 0, 0, pack(">4IHH", 0, 0, TICKS, 0, _UNDETERMINED, 0))
    handler = full_box(b"hdlr", 0, 0, pack(">I4s12x", 0, b"soun" if sound else b"vide"), b"sound\0" if sound else b"video\0")
    medium = full_box(b"smhd", 0, 0, bytes(4)) if sound else full_box(b"vmhd", 0, 1, bytes(8))
    here = box(b"dinf", full_box(b"dref", 0, 0, pack(">I", 1), full_box(b"url ", 0, 1)))
    information = box(b"minf", medium, here, _stbl(_mp4a(config) if sound else _avc1(config)))
    return box(b"trak", full_box(b"tkhd", 0, 3, header), box(b"mdia", media, handler, information))


def _stbl(entry: bytes) -> bytes:
    nothing = pack(">I", 0)
    return box(
        b"stbl",
        full_box(b"stsd", 0, 0, pack(">I", 1), entry),
        full_box(b"stts", 0, 0, nothing),
        full_box(b"stsc", 0, 0, nothing),
        full_box(b"stsz", 0, 0, nothing, nothing),
        full_box(b"stco", 0, 0, nothing),
    )


def _avc1(config: CodecConfig) -> bytes:
    """ISO/IEC 14496-12, 12.1.3: 72 dots per inch, one frame a sample, 24 bits, no compressor's name."""
    entry = pack(">6xH16xHHIIIH32xHh", 1, config.width, config.height, 0x480000, 0x480000, 0, 1, 24, -1)
    return box(b"avc1", entry, box(b"avcC", config.record), _BT709)


def _mp4a(config: CodecConfig) -> bytes:
    entry = pack(">6xH8xHHIHH", 1, config.channels, 16, 0, TICKS, 0)
    return box(b"mp4a", entry, _esds(config.record))


def _esds(record: bytes) -> bytes:
    """The descriptors of ISO/IEC 14496-1, 7.2.6: object type 0x40 (AAC), stream type 5 (sound), rates unknown."""
    decoder = _descriptor(4, pack(">BB3xII", 0x40, 0x15, 0, 0) + _descriptor(5, record))
    return full_box(b"esds", 0, 0, _descriptor(3, pack(">HB", 0, 0) + decoder + _descriptor(6, b"\x02")))


def _descriptor(tag: int, body: bytes) -> bytes:
    size = len(body)
    return bytes((tag, 0x80 | size >> 21 & 0x7F, 0x80 | size >> 14 & 0x7F, 0x80 | size >> 7 & 0x7F, size & 0x7F)) + body


def parse(view: memoryview) -> tuple[tuple[CodecConfig, ...], int] | None:
    """The configurations and the length in bytes of the head, or None where the data ends before the head does.

    Raises IntegrityError, naming the offset, at the first byte that `render` would not have written.
    """
    begin = len(_FTYP)
    _compare(view[:begin], _FTYP[: len(view)])
    found = head(view, begin)
    if found is None:
        return None
    size, kind = found
    if kind != b"moov":
        raise IntegrityError(f"offset {begin}: no moov box; the file is damaged or not one of the agent's")
    end = begin + size
    if end > len(view):
        return None
    configs = tuple(map(_read_config, _bodies(view[begin + HEAD.size : end], b"trak")))
    try:
        again = render(configs)
    except IntegrityError as error:
        raise IntegrityError(f"offset {begin}: a moov that no decoder can be opened by ({error})") from error
    _compare(view[:end], again)
    return configs, end


def _read_config(trak: memoryview) -> CodecConfig:
    """Best effort: what was missing or odd comes out as a configuration that does not render to the same bytes."""
    body = trak
    for kind in (b"mdia", b"minf", b"stbl", b"stsd"):
        body = _first(body, kind)
    entries = body[_STSD:]
    if picture := _first(entries, b"avc1"):
        record = bytes(_first(picture[_VISUAL:], b"avcC"))
        return CodecConfig(Track.VIDEO, record, int.from_bytes(picture[24:26]), int.from_bytes(picture[26:28]))
    sound = _first(entries, b"mp4a")
    esds = _first(sound[_SOUND:], b"esds")
    record = bytes(esds[_ASC:-_AFTER_ASC])
    return CodecConfig(Track.AUDIO, record, channels=int.from_bytes(sound[16:18]))


def _first(view: memoryview, kind: bytes) -> memoryview:
    return next(_bodies(view, kind), view[:0])


def _bodies(view: memoryview, kind: bytes) -> Iterator[memoryview]:
    offset = 0
    while len(view) - offset >= HEAD.size:
        size, found = HEAD.unpack_from(view, offset)
        if size < HEAD.size:
            return
        if found == kind:
            yield view[offset + HEAD.size : offset + size]
        offset += size


def _compare(found: memoryview, expected: bytes) -> None:
    if found == expected:
        return
    offset = next((n for n, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b), min(len(found), len(expected)))
    raise IntegrityError(f"offset {offset}: not the head that the agent writes; the file is damaged or not one of the agent's")
