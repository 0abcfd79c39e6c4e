"""Segments back into samples, for export and trimming: strict on what is whole, patient with a torn end.

A power cut leaves a file that ends anywhere. What is whole before that is read and must be, byte for byte, what the
writer writes; the box that the cut tore is left out, and so is a `moof` whose `mdat` is not all there. Work and memory
grow with the bytes given and with nothing that they claim.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bwc_agent.fmp4.boxes import HEAD, head
from bwc_agent.fmp4.fragment import LIMIT, Run, refusal, unpack_moof
from bwc_agent.fmp4.header import parse
from bwc_agent.packets import CodecConfig, Track


@dataclass(frozen=True, slots=True)
class Sample:
    """One access unit: `pts` and `duration` in ticks from the segment's base; `data` is a slice, not a copy."""

    track: Track
    pts: int
    duration: int
    keyframe: bool
    data: memoryview


@dataclass(frozen=True, slots=True)
class Fragment:
    """One whole `moof` and `mdat`: bytes `offset` to `end` of the segment, and the samples in it in file order."""

    offset: int
    end: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """All that is whole in a segment.

    `samples` are in file order (video first in each fragment); `whole` is the bytes up to the end of the last whole
    `mdat` or `free` box: data cut there plays. A file cut within its head has no `configs`, and `whole` is 0.
    """

    configs: tuple[CodecConfig, ...]
    samples: list[Sample]
    whole: int


def read_segment(data: bytes | memoryview) -> Segment:
    """Every whole sample of a segment, and where what is whole ends; the samples keep `data` alive.

    Raises IntegrityError, naming the offset, at bytes that the agent's writer does not write.
    """
    view = memoryview(data).cast("B")
    opened = parse(view)
    if opened is None:
        return Segment((), [], 0)
    configs, whole = opened
    samples: list[Sample] = []
    for fragment in _pieces(view, configs, whole):
        samples += fragment.samples
        whole = fragment.end
    return Segment(configs, samples, whole)


def iter_fragments(data: bytes | memoryview) -> Iterator[Fragment]:
    """Each whole fragment in order, read only when asked for; none where the head is torn. Raises as `read_segment`."""
    view = memoryview(data).cast("B")
    opened = parse(view)
    if opened is not None:
        yield from (piece for piece in _pieces(view, *opened) if piece.samples)


def _pieces(view: memoryview, configs: tuple[CodecConfig, ...], offset: int) -> Iterator[Fragment]:
    """Fragments and, as fragments without samples, free boxes, up to the first that is torn."""
    newest = {config.track: -1 for config in configs}
    sequence = 0
    while (found := head(view, offset)) is not None:
        size, kind = found
        end = offset + size
        if kind not in (b"free", b"moof"):
            raise refusal(offset, f"a box of kind {kind!r} where a fragment or a free box belongs")
        if end > len(view):
            return
        if kind == b"free":
            if any(view[offset + HEAD.size : end]):
                raise refusal(offset, "a free box that is not empty")
            piece: Fragment | None = Fragment(offset, end, ())
        else:
            sequence += 1
            piece = _fragment(view, offset, unpack_moof(view, offset, size, sequence), end, newest)
        if piece is None:
            return
        yield piece
        offset = piece.end


def _fragment(view: memoryview, offset: int, runs: list[Run], moof_end: int, newest: dict[Track, int]) -> Fragment | None:
    """The fragment whose `moof` says `runs`, or None where its `mdat` is torn; `newest` goes on to its last times."""
    _check_order(runs, offset, newest)
    found = head(view, moof_end)
    if found is None:
        return None
    data = moof_end + HEAD.size
    end = data + sum(row.size for run in runs for row in run.rows)
    if found != (end - moof_end, b"mdat"):
        raise refusal(moof_end, "not the mdat that the moof before it speaks of")
    if end > len(view):
        return None
    samples: list[Sample] = []
    for run in runs:
        time = run.start
        for row in run.rows:
            samples.append(Sample(run.track, time, row.duration, row.keyframe, view[data : data + row.size]))
            time += row.duration
            data += row.size
    return Fragment(offset, end, tuple(samples))


def _check_order(runs: list[Run], offset: int, newest: dict[Track, int]) -> None:
    numbers = [run.track.value for run in runs]
    if numbers != sorted(numbers):
        raise refusal(offset, "sound before pictures in one fragment")
    for run in runs:
        if run.track not in newest:
            raise refusal(offset, f"a sample of a track without a configuration ({run.track.name.lower()})")
        last = run.start + sum(row.duration for row in run.rows[:-1])
        if not newest[run.track] < run.start or last >= LIMIT:
            raise refusal(offset, f"times that do not rise, or beyond a day ({run.track.name.lower()})")
        newest[run.track] = last
