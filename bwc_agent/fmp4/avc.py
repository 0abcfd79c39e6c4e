"""Just enough H.264 to open a decoder: find the parameter sets in a keyframe, and write the record that MP4 wants.

The encoder keeps SPS and PPS in band at every IDR, because an export that had to add them would change the stream's
hash. MP4 wants them in its header as well: `avcc` builds that record from the very bytes of the first keyframe.
Access units are as ISO/IEC 14496-15 has them: NAL units, each behind its length in 4 big-endian bytes.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from bwc_agent.errors import IntegrityError

_LENGTH: Final = 4
_IDR, _SPS, _PPS = 5, 7, 8
_WITHOUT_EXTENSION: Final = (66, 77, 88)
_WITH_CHROMA: Final = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)
_LARGEST_SET: Final = 0xFFFF


def nal_units(access_unit: bytes | memoryview) -> Iterator[memoryview]:
    """Each NAL unit in order, without its length and without a copy; together they are exactly the access unit.

    Raises IntegrityError at a length that is 0 or leads past the end, a set forbidden bit, or a trailing zero byte
    (ISO/IEC 14496-10, 7.4.1), naming the offset in `access_unit`.
    """
    view = memoryview(access_unit)
    offset = 0
    while offset < len(view):
        start = offset + _LENGTH
        end = start + int.from_bytes(view[offset:start])
        if not start < end <= len(view):
            raise IntegrityError(
                f"access unit: offset {offset}: the length of a NAL unit does not fit the {len(view)} bytes that are there; "
                "let the encoder write 4-byte lengths (annexb=0)"
            )
        if view[start] & 0x80 or not view[end - 1]:
            raise IntegrityError(
                f"access unit: offset {start}: not a NAL unit (forbidden bit set or trailing zero); "
                "let the encoder write 4-byte lengths and no padding"
            )
        yield view[start:end]
        offset = end


def has_idr(access_unit: bytes | memoryview) -> bool:
    """True where a decoder can start: the access unit holds a slice of an IDR picture. Raises IntegrityError as `nal_units`."""
    return any(_kind(unit) == _IDR for unit in nal_units(access_unit))


def parameter_sets(access_unit: bytes | memoryview) -> tuple[bytes, bytes]:
    """The one SPS and the one PPS in band, without their lengths; a repeated equal one is no harm.

    Raises IntegrityError where one is missing or differs from another of its kind, and as `nal_units`.
    """
    units = list(nal_units(access_unit))
    return _only(units, _SPS, "SPS"), _only(units, _PPS, "PPS")


def _only(units: list[memoryview], kind: int, name: str) -> bytes:
    found = {bytes(unit) for unit in units if _kind(unit) == kind}
    if len(found) != 1:
        raise IntegrityError(
            f"access unit: {len(found)} different {name} in band where one is needed; "
            "let the encoder repeat its one SPS and PPS at each keyframe (repeat-headers=1)"
        )
    return found.pop()


def _kind(unit: bytes | memoryview) -> int:
    return unit[0] & 0x1F


def avcc(sps: bytes, pps: bytes) -> bytes:
    """The body of the `avcC` box for 4-byte lengths (ISO/IEC 14496-15, 5.3.3.1), byte for byte what libavformat writes.

    `sps` and `pps` are NAL units without lengths. Raises IntegrityError where they are not, or where the SPS is torn.
    """
    if not (4 <= len(sps) <= _LARGEST_SET and _kind(sps) == _SPS):
        raise IntegrityError("avcC: not an SPS; take both sets from `parameter_sets` of a keyframe")
    if not (2 <= len(pps) <= _LARGEST_SET and _kind(pps) == _PPS):
        raise IntegrityError("avcC: not a PPS; take both sets from `parameter_sets` of a keyframe")
    return b"".join(
        (
            b"\x01",
            sps[1:4],
            b"\xff\xe1",
            len(sps).to_bytes(2),
            sps,
            b"\x01",
            len(pps).to_bytes(2),
            pps,
            _extension(sps),
        )
    )


def _extension(sps: bytes) -> bytes:
    profile = sps[1]
    if profile in _WITHOUT_EXTENSION:
        return b""
    if profile not in _WITH_CHROMA:
        raise IntegrityError(f"avcC: unknown H.264 profile {profile}; set the encoder to baseline, main or high")
    bits = _bits(sps[4:])
    _exp_golomb(bits)
    chroma = _exp_golomb(bits)
    if chroma == 3:
        next(bits, 0)
    luma_depth, chroma_depth = _exp_golomb(bits), _exp_golomb(bits)
    if chroma > 3 or max(luma_depth, chroma_depth) > 6:
        raise IntegrityError("avcC: the SPS names a picture format that H.264 does not have; the encoder's output is damaged")
    return bytes((0xFC | chroma, 0xF8 | luma_depth, 0xF8 | chroma_depth, 0))


def _bits(payload: bytes) -> Iterator[int]:
    """Bits of an RBSP, most significant first, with the emulation prevention bytes taken out (7.3.1)."""
    zeros = 0
    for byte in payload:
        if zeros >= 2 and byte == 3:
            zeros = 0
            continue
        zeros = 0 if byte else zeros + 1
        yield from (byte >> shift & 1 for shift in range(7, -1, -1))


def _exp_golomb(bits: Iterator[int]) -> int:
    for zeros, bit in enumerate(islice(bits, 32)):
        if bit:
            tail = list(islice(bits, zeros))
            if len(tail) == zeros:
                return (1 << zeros) - 1 + sum(value << place for place, value in enumerate(reversed(tail)))
            break
    raise IntegrityError("avcC: the SPS is torn; take both sets from `parameter_sets` of a whole keyframe")
