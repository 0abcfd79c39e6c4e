"""What can be opened of a recording on a card, signed or not, sample by sample."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.evidence.lines import encode
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import SealedFile
from bwc_agent.evidence.verify_log import Refused, read_signed_log
from bwc_agent.fmp4.reader import read_segment
from bwc_agent.packets import Packet, Track
from tests.faults.opened import opened, signed

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
        film.signed |= {track: samples for track, (samples, _) in signed(log).items()}
        for file in log.media:
            path = next((place / file.name for place in (folder, elsewhere) if (place / file.name).is_file()), None)
            for track, sample in self._samples(file, path.read_bytes() if path else b""):
                film.stored[track].append(sample)
        return film

    def _samples(self, file: SealedFile, data: bytes) -> list[tuple[Track, Sample]]:
        known = (encode(file.line), hashlib.sha256(data).digest())
        if known not in self._opened:
            samples = read_segment(opened(file, data, self._private)).samples
            self._opened[known] = [(s.track, (file.base + s.pts, hashlib.sha256(s.data).digest())) for s in samples]
        return self._opened[known]
