"""Running digests over the samples of each track: what binds a mark, an excerpt and an exported MP4 to the log."""

import hashlib
from collections.abc import Iterable

from bwc_agent.evidence.lines import Json
from bwc_agent.packets import Track


class TrackDigest:
    """Number, bytes and SHA-256 of the samples of one track, in order, without anything between them."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.samples = 0
        self.bytes = 0

    def add(self, data: bytes | memoryview) -> None:
        """Take the next sample's bytes."""
        self._hash.update(data)
        self.samples += 1
        self.bytes += len(data)

    @property
    def sha256(self) -> str:
        """The digest so far, hex."""
        return self._hash.hexdigest()

    def line(self, track: Track) -> dict[str, Json]:
        """As it stands in `mark` and `stop`."""
        return {"bytes": self.bytes, "samples": self.samples, "sha256": self.sha256, "track": track.value}


class SampleDigests:
    """The digests of both tracks; a track without samples does not appear."""

    def __init__(self) -> None:
        self._tracks: dict[Track, TrackDigest] = {}

    def add(self, track: Track, data: bytes | memoryview) -> None:
        """Take the next sample of `track`."""
        found = self._tracks.get(track)
        if found is None:
            found = self._tracks[track] = TrackDigest()
        found.add(data)

    def lines(self) -> list[Json]:
        """One object a track, video first."""
        return [self._tracks[t].line(t) for t in Track if t in self._tracks]


class WindowDigests:
    """The digests of one window, with the smallest and largest pts (ticks) of each track: no track can be moved alone."""

    def __init__(self) -> None:
        self._digests = SampleDigests()
        self._spans: dict[Track, tuple[int, int]] = {}

    def add(self, track: Track, pts: int, data: bytes | memoryview) -> None:
        """Take the next sample of `track`; its pts rise."""
        self._digests.add(track, data)
        first, _ = self._spans.get(track, (pts, pts))
        self._spans[track] = first, pts

    def lines(self) -> list[Json]:
        """As `mark` has them: one object a track, video first."""
        out: list[Json] = []
        for track, line in zip(sorted(self._spans, key=lambda t: t.value), self._digests.lines(), strict=True):
            first, last = self._spans[track]
            assert isinstance(line, dict)
            out.append({**line, "from": first, "to": last})
        return out


def sample_lines(samples: Iterable[tuple[Track, bytes | memoryview]]) -> list[Json]:
    """The digests over `samples`, as lines carry them."""
    digests = SampleDigests()
    for track, data in samples:
        digests.add(track, data)
    return digests.lines()
