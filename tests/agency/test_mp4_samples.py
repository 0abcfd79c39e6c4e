"""Somebody's film is read alone, and for what it holds, not for what it claims."""

from pathlib import Path
from struct import pack

import pytest

from bwc_agent.agency.mp4_samples import read_samples
from bwc_agent.errors import IntegrityError
from bwc_agent.packets import Track
from tests.fuzz.film_targets import export, whole_segment


def written(folder: Path, data: bytes, name: str = "film.mp4") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def claiming(film: bytes, kind: bytes, at: int, count: int) -> bytes:
    """`film` with another number of 4 bytes, `at` bytes behind the first `kind`."""
    place = film.index(kind) + at
    return film[:place] + pack(">I", count) + film[place + 4 :]


def test_an_export_and_a_segment_are_read_whole(tmp_path: Path) -> None:
    for data in (export(), whole_segment()):
        found = read_samples(written(tmp_path, data))
        assert {track: len(samples.sizes) for track, samples in found.tracks.items()} == {Track.VIDEO: 4, Track.AUDIO: 5}


def test_a_run_of_50_million_samples_in_16_kb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="claims more samples than a film of its size can hold"):
        read_samples(written(tmp_path, claiming(whole_segment(), b"trun", 8, 50_000_000)))


def test_a_table_of_50_million_samples_in_16_kb_gives_none_of_them(tmp_path: Path) -> None:
    table = claiming(claiming(export(), b"stsz", 8, 1), b"stsz", 12, 50_000_000)
    found = read_samples(written(tmp_path, claiming(table, b"stsc", 16, 50_000_000)))
    assert Track.VIDEO not in found.tracks


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfilm.mp4\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile film.mp4\n"),
    ],
)
def test_a_list_of_other_files_is_no_film(tmp_path: Path, name: str, text: str) -> None:
    written(tmp_path, export())
    with pytest.raises(IntegrityError, match="cannot be read as a film"):
        read_samples(written(tmp_path, text.encode(), name))
