"""H.264 as cameras send it (annex B), made into access units that stand for themselves.

Cameras put start codes between NAL units, pad with zeros and filler, and often send their parameter sets only once, when
the stream begins. A ring that may begin at any keyframe needs lengths in place of start codes, and SPS and PPS at every
IDR. Slices and SEI pass through byte for byte; nothing is decoded.
"""

from collections.abc import Iterator
from typing import Final

from hal.errors import HardwareError
from hal.interfaces import AccessUnit

_START: Final = b"\x00\x00\x01"
_SLICES: Final = (1, 2, 5)
_IDR, _SPS, _PPS = 5, 7, 8
# Delimiter, ends of sequence and stream, filler: they say nothing that an access unit with its own length does not.
_DROPPED: Final = (9, 10, 11, 12)


class AccessUnits:
    """Turns one opening's annex B buffers, in the order in which the camera gave them, into access units.

    Parameter sets are kept from wherever they came and put in front of each IDR, once each.
    """

    def __init__(self) -> None:
        self._sps: bytes | None = None
        self._pps: bytes | None = None

    def unit(self, capture_ns: int, data: bytes) -> AccessUnit | None:
        """The picture in `data`, one whole access unit; None where there is none in it (parameter sets alone, padding).

        Raises HardwareError for what is not annex B, for a keyframe whose parameter sets were never sent, and for more
        than one SPS or PPS at a time.
        """
        units = [unit for unit in nal_units(data) if _kind(unit) not in _DROPPED]
        self._sps = _kept(units, _SPS, "SPS") or self._sps
        self._pps = _kept(units, _PPS, "PPS") or self._pps
        if not any(_kind(unit) in _SLICES for unit in units):
            return None
        keyframe = any(_kind(unit) == _IDR for unit in units)
        if keyframe:
            units = [*self._sets(), *(unit for unit in units if _kind(unit) not in (_SPS, _PPS))]
        return AccessUnit(capture_ns, keyframe, b"".join(len(unit).to_bytes(4) + unit for unit in units))

    def _sets(self) -> tuple[bytes, bytes]:
        if self._sps is None or self._pps is None:
            raise HardwareError(
                "camera",
                "its H.264 came without SPS and PPS: let it repeat them at each keyframe (repeat_sequence_header=1), or open it anew",
            )
        return self._sps, self._pps


def nal_units(data: bytes) -> Iterator[bytes]:
    """Each NAL unit of an annex B buffer, without start code and trailing zeros.

    Raises HardwareError where the buffer does not begin with one, or a header is damaged.
    """
    start = data.find(_START)
    if start < 0 or data[:start].strip(b"\x00"):
        raise HardwareError("camera", "what it sends is not H.264 with start codes (annex B): set it to byte-stream H.264")
    while start >= 0:
        end = data.find(_START, start + len(_START))
        unit = data[start + len(_START) : end if end >= 0 else None].rstrip(b"\x00")
        if unit and unit[0] & 0x80:
            raise HardwareError("camera", "its H.264 is damaged (a forbidden bit is set): check its cable")
        if unit:
            yield unit
        start = end


def _kept(units: list[bytes], kind: int, name: str) -> bytes | None:
    found = {unit for unit in units if _kind(unit) == kind}
    if len(found) > 1:
        raise HardwareError(
            "camera", f"it uses {len(found)} different {name} at a time, which one track cannot hold: set a simpler H.264 profile"
        )
    return next(iter(found), None)


def _kind(unit: bytes) -> int:
    return unit[0] & 0x1F
