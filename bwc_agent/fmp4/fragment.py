"""The head of a fragment: `moof`, its tables, and the head of the `mdat` that follows; one layout for writer and reader.

A fragment is runs of samples, video first; the bytes of their samples stand in `mdat` in the same order. A run is one
`traf` with a fixed head, so that one `Struct` writes it and reads it. Each sample has a row of three numbers.
"""

from dataclasses import dataclass
from struct import Struct, pack, unpack_from
from typing import Final

from bwc_agent.errors import IntegrityError
from bwc_agent.fmp4.boxes import HEAD
from bwc_agent.packets import Track

LIMIT: Final = 1 << 32
"""Times in a segment stay under this many ticks (a day): then each duration fits its 32 bits."""
LARGEST: Final = 1 << 30
"""Bytes of samples in one fragment stay under this: then each offset fits its 31 bits."""
_SYNC: Final = 0x02000000
_NON_SYNC: Final = 0x01010000
"""Sample flags: depends on no other sample; depends on others and is not a sync sample (ISO/IEC 14496-12, 8.8.3.1)."""
_BASE_IS_MOOF: Final = 0x020000
_ROWS: Final = 0x000701
"""trun flags: a data offset, and for each sample its duration, size and flags."""
_MOOF: Final = Struct(">I4s I4sII")
_TRAF: Final = Struct(">I4s I4sII I4sIQ I4sIIi")
_ROW: Final = 12
_TFHD, _TFDT, _TRUN = 16, 20, 20


@dataclass(frozen=True, slots=True)
class Row:
    """One sample: `duration` in ticks, `size` in bytes, both over 0."""

    duration: int
    size: int
    keyframe: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Samples of one track without a gap: the first is at `start`, each next one a duration later (ticks from the base)."""

    track: Track
    start: int
    rows: list[Row]


def pack_head(sequence: int, runs: list[Run]) -> bytes:
    """`moof` and the head of `mdat` for these runs; `sequence` counts the fragments of a segment from 1 (8.8.4 to 8.8.12)."""
    size = _MOOF.size + sum(_TRAF.size + _ROW * len(run.rows) for run in runs)
    parts = [_MOOF.pack(size, b"moof", 16, b"mfhd", 0, sequence)]
    data = size + HEAD.size
    for run in runs:
        parts.append(_pack_run(run, data))
        data += sum(row.size for row in run.rows)
    parts.append(HEAD.pack(data - size, b"mdat"))
    return b"".join(parts)


def _pack_run(run: Run, data: int) -> bytes:
    flat = [number for row in run.rows for number in (row.duration, row.size, _SYNC if row.keyframe else _NON_SYNC)]
    return _traf_head(run.track, run.start, len(run.rows), data) + pack(f">{len(flat)}I", *flat)


def _traf_head(track: Track, start: int, count: int, data: int) -> bytes:
    table = _ROW * count
    tfhd = (_TFHD, b"tfhd", _BASE_IS_MOOF, track.value)
    tfdt = (_TFDT, b"tfdt", 1 << 24, start)
    trun = (_TRUN + table, b"trun", _ROWS, count, data)
    return _TRAF.pack(_TRAF.size + table, b"traf", *tfhd, *tfdt, *trun)


def unpack_moof(view: memoryview, offset: int, size: int, sequence: int) -> list[Run]:
    """The runs of the whole `moof` of `size` bytes at `offset`, the exact reverse of `pack_head`.

    Raises IntegrityError, naming the offset, where `pack_head` would have written something else.
    """
    end = offset + size
    if size < _MOOF.size or bytes(view[offset : offset + _MOOF.size]) != _MOOF.pack(size, b"moof", 16, b"mfhd", 0, sequence):
        raise refusal(offset, f"not the head of fragment {sequence}")
    runs: list[Run] = []
    at, data = offset + _MOOF.size, size + HEAD.size
    while at < end:
        run = _unpack_run(view, at, end, data)
        runs.append(run)
        at += _TRAF.size + _ROW * len(run.rows)
        data += sum(row.size for row in run.rows)
        if data > size + HEAD.size + LARGEST:
            raise refusal(offset, "a fragment over one GiB")
    if not runs:
        raise refusal(offset, "a fragment without samples")
    return runs


def _unpack_run(view: memoryview, at: int, end: int, data: int) -> Run:
    if end - at < _TRAF.size:
        raise refusal(at, "not a run of samples")
    fields = _TRAF.unpack_from(view, at)
    number, start, count = fields[5], fields[9], fields[13]
    if number not in (Track.VIDEO.value, Track.AUDIO.value) or not 0 < count <= (end - at - _TRAF.size) // _ROW:
        raise refusal(at, "a run of an unknown track, without samples, or longer than its fragment")
    track = Track(number)
    if bytes(view[at : at + _TRAF.size]) != _traf_head(track, start, count, data):
        raise refusal(at, "not a run of samples")
    return Run(track, start, _unpack_rows(view, at + _TRAF.size, count))


def _unpack_rows(view: memoryview, at: int, count: int) -> list[Row]:
    flat = unpack_from(f">{3 * count}I", view, at)
    rows: list[Row] = []
    for duration, size, flags in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
        if not duration or not 0 < size < LARGEST or flags not in (_SYNC, _NON_SYNC):
            raise refusal(at + _ROW * len(rows), "a sample without duration or bytes, too large, or with unknown flags")
        rows.append(Row(duration, size, flags == _SYNC))
    return rows


def refusal(offset: int, what: str) -> IntegrityError:
    """The error for bytes at `offset` that the agent's writer does not write."""
    return IntegrityError(f"offset {offset}: {what}; the file is damaged or not one of the agent's")
