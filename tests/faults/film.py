"""What can be opened of a recording on a card, signed or not, sample by sample."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.agency.open import committed_key
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import integer, objects
from bwc_agent.evidence.lines import encode
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import RecordingLog, SealedFile
from bwc_agent.evidence.tink_stream import CHUNK, decrypt, decrypt_prefix
from bwc_agent.evidence.verify_log import Refused, read_signed_log
from bwc_agent.fmp4.reader import read_segment
from bwc_agent.packets import Packet, Track

Sample = tuple[int, bytes]
"""Capture time (ticks), and the SHA-256 of its bytes."""


@dataclass(slots=True)
class Film:
    """The samples of each track that open, and how many of them are signed; `stopped` if the signed log has its `stop`."""

    stored: dict[Track, list[Sample]] = field(default_factory=lambda: {track: [] for track in Track})
    signed: dict[Track, int] = field(default_factory=lambda: dict.fromkeys(Track, 0))
    stopped: bool = False

    def newest(self, track: Track, signed: bool) -> int | None:
        """Capture time of the newest sample, or of the newest signed one; None without any."""
        samples = self.stored[track][: self.signed[track]] if signed else self.stored[track]
        return samples[-1][0] if samples else None


def samples_of(packets: Iterable[Packet]) -> dict[Track, list[Sample]]:
    """The packets of each track as samples."""
    out: dict[Track, list[Sample]] = {track: [] for track in Track}
    for packet in packets:
        out[packet.track].append((packet.pts, hashlib.sha256(packet.data).digest()))
    return out


class Projector:
    """Opens recordings with the agency's key; what it has opened once, byte for byte the same, it remembers."""

    def __init__(self, authority: Certificate, private: RecipientPrivate) -> None:
        self._authority, self._private = authority, private
        self._opened: dict[tuple[bytes, bytes], list[tuple[Track, Sample]]] = {}

    def film(self, folder: Path, elsewhere: Path) -> Film:
        """The recording in `folder`; a sealed file that is not there is looked for `elsewhere`. Empty where nothing is signed."""
        film = Film()
        try:
            log = read_signed_log(folder, self._authority)
        except Refused:
            return film
        film.stopped = log.stop is not None
        _count(log, film)
        for file in log.media:
            path = next((place / file.name for place in (folder, elsewhere) if (place / file.name).is_file()), None)
            for track, sample in self._samples(file, path.read_bytes() if path else b""):
                film.stored[track].append(sample)
        return film

    def _samples(self, file: SealedFile, data: bytes) -> list[tuple[Track, Sample]]:
        line = encode(file.line)
        known = (line, hashlib.sha256(data).digest())
        if known not in self._opened:
            key, associated = committed_key(file.line, file.identity, self._private), hashlib.sha256(line).digest()
            plain = decrypt(key, associated, data) if file.end and len(data) == file.end[0] else _opens(key, associated, data)
            samples = read_segment(plain).samples
            self._opened[known] = [(s.track, (file.base + s.pts, hashlib.sha256(s.data).digest())) for s in samples]
        return self._opened[known]


def _opens(key: bytes, associated: bytes, data: bytes) -> bytes:
    """The plaintext up to the first chunk that is torn."""
    for chunks in range(len(data) // CHUNK, 0, -1):
        try:
            return decrypt_prefix(key, associated, data[: chunks * CHUNK])
        except IntegrityError:
            continue
    return b""


def _count(log: RecordingLog, film: Film) -> None:
    for mark in log.marks:
        for entry in objects(mark, "tracks"):
            film.signed[Track(integer(entry, "track"))] += integer(entry, "samples")
