"""The samples of somebody's MP4: their sizes and times, and their hashes where asked; the file is streamed, never held."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer

from bwc_agent.agency.excerpt_match import Binding, Samples
from bwc_agent.agency.memory_limit import at_most
from bwc_agent.errors import IntegrityError
from bwc_agent.packets import Track
from bwc_agent.units import TICKS

_KINDS: Final = {"video": Track.VIDEO, "audio": Track.AUDIO}
_PLAIN: Final = {"advanced_editlist": "0"}
"""Why: see mp4_edits.py."""
_ALONE: Final = {"format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm", "protocol_whitelist": "file"}
"""A film, and nothing else: libav would take a playlist for one as well, and open what that names."""
_LEAST_MEMORY: Final = 32 << 20
_A_BYTE: Final = 32
_MOST_MEMORY: Final = 4 << 30
"""Bytes of memory for a film. One of the shortest samples, silence and a still picture, took 14 for each byte of the file (measured)."""
_CODECS: Final = {Track.VIDEO: "h264", Track.AUDIO: "aac"}


@dataclass(frozen=True, slots=True)
class Mp4Samples:
    """Both tracks of a file: `tracks` their sizes and times, `whole` their totals and digests, `others` what else is in it.

    `shown` is what a player shows of the tracks, by the file's edit lists.
    """

    tracks: Mapping[Track, Samples]
    whole: Mapping[Track, Binding]
    others: tuple[str, ...]
    shown: Mapping[Track, Samples]


def read_samples(path: Path) -> Mp4Samples:
    """The file, read through. Raises IntegrityError if it cannot be read as MP4."""
    with _opened(path, _PLAIN) as file:
        streams, others = _streams(file)
        running = {track: _Running() for track in streams.values()}
        for track, packet in _packets(file, streams):
            running[track].take(packet)
    tracks = {track: Samples(of.sizes, of.times) for track, of in running.items() if of.sizes}
    whole = {track: Binding(len(of.sizes), sum(of.sizes), of.hash.hexdigest()) for track, of in running.items() if of.sizes}
    return Mp4Samples(tracks, whole, others, _shown(path))


def hash_candidates(path: Path, wanted: Mapping[Track, Iterable[tuple[int, Binding]]]) -> dict[Track, dict[Binding, list[int]]]:
    """Of the (index, binding) pairs that fit by size, those whose bytes fit too; the file, read once more. Raises IntegrityError."""
    search = {track: _Search(pairs) for track, pairs in wanted.items()}
    with _opened(path, _PLAIN) as file:
        streams, _ = _streams(file)
        for track, packet in _packets(file, streams):
            if track in search:
                search[track].take(bytes(packet))
    return {track: of.found for track, of in search.items()}


def _shown(path: Path) -> dict[Track, Samples]:
    """The samples that a player shows, by the whole edit list."""
    shown: dict[Track, tuple[list[int], list[int]]] = {}
    with _opened(path, {}) as file:
        streams, _ = _streams(file)
        for track, packet in _packets(file, streams):
            if not packet.is_discard:
                sizes, times = shown.setdefault(track, ([], []))
                sizes.append(packet.size)
                times.append(_time(packet))
    return {track: Samples(sizes, times) for track, (sizes, times) in shown.items()}


@contextmanager
def _opened(path: Path, options: dict[str, str]) -> Iterator[InputContainer]:
    try:
        with (
            at_most(min(_LEAST_MEMORY + _A_BYTE * path.stat().st_size, _MOST_MEMORY)),
            av.open(str(path), options={**_ALONE, **options}, metadata_errors="replace") as file,
        ):
            yield file
    except MemoryError as error:
        raise IntegrityError(f"{path.name} claims more samples than a film of its size can hold; it is damaged, or a trap") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise IntegrityError(f"{path.name} cannot be read as a film: {error}; it is damaged, or something else") from error


def _streams(file: InputContainer) -> tuple[dict[int, Track], tuple[str, ...]]:
    """The first picture and the first sound stream by index, if they are of our codecs, and a name for each other one."""
    chosen: dict[int, Track] = {}
    others: list[str] = []
    for stream in file.streams:
        track = _KINDS.get(stream.type)
        codec = getattr(stream.codec_context, "name", "unknown")
        if track is not None and track not in chosen.values() and codec == _CODECS[track]:
            chosen[stream.index] = track
        else:
            others.append(f"{stream.type} ({codec})")
    return chosen, tuple(others)


def _packets(file: InputContainer, streams: Mapping[int, Track]) -> Iterator[tuple[Track, "av.Packet[Any]"]]:
    if not streams:
        return
    for packet in file.demux(*(file.streams[index] for index in streams)):
        if packet.size:
            yield streams[packet.stream_index], packet


def _time(packet: "av.Packet[Any]") -> int:
    if packet.pts is None or packet.time_base is None:
        raise IntegrityError("a sample has no time; it was not exported by this program")
    return round(packet.pts * packet.time_base * TICKS)


class _Running:
    """What is known of one track so far."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.times: list[int] = []
        self.hash = hashlib.sha256()

    def take(self, packet: "av.Packet[Any]") -> None:
        """The next sample. Raises IntegrityError for one without a time."""
        self.hash.update(bytes(packet))
        self.sizes.append(packet.size)
        self.times.append(_time(packet))


class _Search:
    """Hashes the stretches of one track in which a window may stand, all that overlap at once."""

    def __init__(self, pairs: Iterable[tuple[int, Binding]]) -> None:
        self.found: dict[Binding, list[int]] = {}
        self._begins: dict[int, dict[int, list[Binding]]] = {}
        for begin, binding in pairs:
            self._begins.setdefault(begin, {}).setdefault(begin + binding.samples, []).append(binding)
        self._active: list[tuple[int, int, list[Binding], Any]] = []
        self._index = 0

    def take(self, data: bytes) -> None:
        """The next sample's bytes."""
        for end, bindings in self._begins.pop(self._index, {}).items():
            self._active.append((self._index, end, bindings, hashlib.sha256()))
        self._index += 1
        for begin, end, bindings, running in self._active:
            running.update(data)
            if end == self._index:
                digest = running.hexdigest()
                for binding in bindings:
                    if binding.sha256 == digest:
                        self.found.setdefault(binding, []).append(begin)
        self._active = [active for active in self._active if active[1] > self._index]
