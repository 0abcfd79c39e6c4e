"""Windows are found by size, then by bytes, then by time, wherever a piece was cut; pure, with made-up samples."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.agency.excerpt_match import TOLERANCE, Binding, Placed, Samples, Window, candidates, goes_on, place, showing, windows
from bwc_agent.evidence.lines import Json, sha256_hex
from bwc_agent.packets import Track

FRAME, TONE = 1600, 1024


@dataclass(frozen=True)
class Unit:
    """A sample at a time."""

    at: int
    data: bytes


Film = dict[Track, list[Unit]]


def _film(kinds: list[int], late: int, silent: bool = True) -> tuple[Film, list[Window]]:
    """Windows of 15 pictures and the sounds that fall into them; equal numbers in `kinds` make equal pictures."""
    film: Film = {Track.VIDEO: [], Track.AUDIO: []}
    found: list[Window] = []
    sounds = [Unit(at, b"\1\2" if silent else at.to_bytes(4)) for at in range(late, late + len(kinds) * 15 * FRAME, TONE)]
    for number, kind in enumerate(kinds):
        begin = number * 15 * FRAME
        new = {
            Track.VIDEO: [Unit(begin + n * FRAME, bytes([kind, n]) * (n + 2)) for n in range(15)],
            Track.AUDIO: [unit for unit in sounds if begin <= unit.at < begin + 15 * FRAME],
        }
        times = [unit.at for units in new.values() for unit in units]
        bound = {track: _binding(units) for track, units in new.items() if units}
        spans = {track: (units[0].at, units[-1].at) for track, units in new.items() if units}
        found.append(Window(number, min(times), max(times), bound, spans))
        for track, units in new.items():
            film[track] += units
    return film, found


def _binding(units: list[Unit]) -> Binding:
    data = b"".join(unit.data for unit in units)
    return Binding(len(units), len(data), sha256_hex(data))


def _find(film: Film, wanted: list[Window]) -> list[Placed]:
    tracks = {track: units for track, units in film.items() if units}
    hits: dict[Track, dict[Binding, list[int]]] = {}
    for track, units in tracks.items():
        hits[track] = {}
        for begin, binding in candidates({w.tracks[track] for w in wanted if track in w.tracks}, [len(u.data) for u in units]):
            if _binding(units[begin : begin + binding.samples]) == binding:
                hits[track].setdefault(binding, []).append(begin)
    return place(wanted, {track: Samples([len(u.data) for u in units], [u.at for u in units]) for track, units in tracks.items()}, hits)


def _later(film: Film, by: int) -> Film:
    return {track: [Unit(unit.at + by, unit.data) for unit in units] for track, units in film.items()}


films = st.builds(_film, st.lists(st.integers(0, 2), min_size=1, max_size=6), st.integers(0, 4000))


@settings(max_examples=40, deadline=None)
@given(films, st.integers(-(10**6), 10**6))
def test_all_windows_of_a_whole_film_follow_one_another_whatever_is_alike_in_it(made: tuple[Film, list[Window]], by: int) -> None:
    film, wanted = made
    placed = _find(_later(film, by), wanted)
    assert [p.window.number for p in placed] == [w.number for w in wanted]
    assert all(goes_on(a, b) for a, b in pairwise(placed))
    assert all(abs(p.shift + by) <= TOLERANCE for p in placed)


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 4000), st.integers(0, 5), st.integers(1, 6), st.integers(0, 14))
def test_a_piece_holds_just_the_windows_that_are_whole_in_it(kinds: list[int], late: int, first: int, count: int, extra: int) -> None:
    film, wanted = _film(kinds, late)
    begin, end = first * 15 * FRAME - extra * FRAME, (first + count) * 15 * FRAME
    piece = {track: [unit for unit in units if begin <= unit.at < end] for track, units in film.items()}
    assert [p.window.number for p in _find(piece, wanted)] == [w.number for w in wanted if first <= w.number < first + count]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(5)), st.integers(0, 4000), st.data())
def test_one_changed_sample_takes_its_window_out_and_no_other(kinds: list[int], late: int, data: st.DataObject) -> None:
    film, wanted = _film(kinds, late)
    at = data.draw(st.integers(0, len(film[Track.VIDEO]) - 1))
    old = film[Track.VIDEO][at]
    film[Track.VIDEO][at] = Unit(old.at, b"\xff" * len(old.data))
    assert [p.window.number for p in _find(film, wanted)] == [w.number for w in wanted if w.number != at // 15]


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(4)), st.integers(0, 4000), st.integers(2 * TOLERANCE, 10**6), st.sampled_from(Track))
def test_a_track_moved_against_the_other_fits_nowhere(kinds: list[int], late: int, by: int, track: Track) -> None:
    film, wanted = _film(kinds, late, silent=False)
    film[track] = [Unit(unit.at + by, unit.data) for unit in film[track]]
    assert _find(film, wanted) == []


@settings(max_examples=30, deadline=None)
@given(films)
def test_a_film_without_its_sound_still_follows_itself(made: tuple[Film, list[Window]]) -> None:
    film, wanted = made
    placed = _find({Track.VIDEO: film[Track.VIDEO]}, showing(wanted, [Track.VIDEO]))
    assert len(placed) == len(wanted) and all(goes_on(a, b) for a, b in pairwise(placed))


def test_no_sample_is_given_to_two_windows() -> None:
    film, wanted = _film([1, 1, 1], 0)
    doubled = {track: units[: len(units) // 3] for track, units in film.items()}
    assert len(_find(doubled, wanted)) <= 1


def test_marks_without_samples_are_no_windows() -> None:
    track: Json = {"bytes": 4, "from": 3, "samples": 2, "sha256": "0" * 64, "to": 4, "track": 2}
    marks: list[dict[str, Json]] = [
        {"from": 0, "to": 9, "tracks": [track]},
        {"from": 5, "to": 4, "tracks": []},
        {"from": 9, "to": 20, "tracks": [track]},
    ]
    assert [(w.number, w.first, w.last, *w.tracks) for w in windows(marks)] == [(0, 0, 9, Track.AUDIO), (1, 9, 20, Track.AUDIO)]
