"""Windows are found by size, then by bytes, then by time, wherever a piece was cut; pure, with made-up samples."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.agency.excerpt_match import TOLERANCE, Window, goes_on, showing, windows
from bwc_agent.evidence.lines import Json
from bwc_agent.packets import Track
from tests.agency.windows_made import FRAME, Film, Unit, bound, find_windows, later, made_film, part

films = st.builds(made_film, st.lists(st.integers(0, 2), min_size=1, max_size=6), st.integers(0, 4000))


@settings(max_examples=40, deadline=None)
@given(films, st.integers(-(10**6), 10**6))
def test_all_windows_of_a_whole_film_follow_one_another_whatever_is_alike_in_it(made: tuple[Film, list[Window]], by: int) -> None:
    film, wanted = made
    placed = find_windows(later(film, by), wanted)
    assert [p.window.number for p in placed] == [w.number for w in wanted]
    assert all(goes_on(a, b) for a, b in pairwise(placed))
    assert all(abs(p.shift + by) <= TOLERANCE for p in placed)


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(6)), st.integers(0, 4000), st.integers(0, 5), st.integers(1, 6), st.integers(0, 14))
def test_a_piece_holds_just_the_windows_that_are_whole_in_it(kinds: list[int], late: int, first: int, count: int, extra: int) -> None:
    film, wanted = made_film(kinds, late)
    begin, end = first * 15 * FRAME - extra * FRAME, (first + count) * 15 * FRAME
    piece = part(film, begin, end)
    assert [p.window.number for p in find_windows(piece, wanted)] == [w.number for w in wanted if first <= w.number < first + count]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(5)), st.integers(0, 4000), st.data())
def test_one_changed_sample_takes_its_window_out_and_no_other(kinds: list[int], late: int, data: st.DataObject) -> None:
    film, wanted = made_film(kinds, late)
    at = data.draw(st.integers(0, len(film[Track.VIDEO]) - 1))
    old = film[Track.VIDEO][at]
    film[Track.VIDEO][at] = Unit(old.at, b"\xff" * len(old.data))
    assert [p.window.number for p in find_windows(film, wanted)] == [w.number for w in wanted if w.number != at // 15]


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(4)), st.integers(0, 4000), st.integers(2 * TOLERANCE, 10**6), st.sampled_from(Track))
def test_a_track_moved_against_the_other_fits_nowhere(kinds: list[int], late: int, by: int, track: Track) -> None:
    film, wanted = made_film(kinds, late, silent=False)
    film[track] = [Unit(unit.at + by, unit.data) for unit in film[track]]
    assert find_windows(film, wanted) == []


@settings(max_examples=30, deadline=None)
@given(films)
def test_a_film_without_its_sound_still_follows_itself(made: tuple[Film, list[Window]]) -> None:
    film, wanted = made
    placed = find_windows({Track.VIDEO: film[Track.VIDEO]}, showing(wanted, [Track.VIDEO]))
    assert len(placed) == len(wanted) and all(goes_on(a, b) for a, b in pairwise(placed))


def test_no_sample_is_given_to_two_windows() -> None:
    film, wanted = made_film([1, 1, 1], 0)
    doubled = {track: units[: len(units) // 3] for track, units in film.items()}
    assert len(find_windows(doubled, wanted)) <= 1


def test_marks_without_samples_are_no_windows() -> None:
    track: Json = {"bytes": 4, "from": 3, "samples": 2, "sha256": "0" * 64, "to": 4, "track": 2}
    marks: list[dict[str, Json]] = [
        {"from": 0, "to": 9, "tracks": [track]},
        {"from": 5, "to": 4, "tracks": []},
        {"from": 9, "to": 20, "tracks": [track]},
    ]
    assert [(w.number, w.first, w.last, *w.tracks) for w in windows(marks)] == [(0, 0, 9, Track.AUDIO), (1, 9, 20, Track.AUDIO)]


def test_long_silence_without_pictures_is_found_by_what_stands_around_it() -> None:
    """Its windows are alike, and fit at every sample: were each tried everywhere, minutes of it would fill the memory."""
    film, wanted = made_film([0] * 400, 0)
    heard = {Track.AUDIO: [Unit(0, b"a voice"), *film[Track.AUDIO][1:]], Track.VIDEO: []}
    first = bound(heard[Track.AUDIO][: wanted[0].tracks[Track.AUDIO].samples])
    silent = [
        replace(w, tracks={Track.AUDIO: first if not w.number else w.tracks[Track.AUDIO]}, spans={Track.AUDIO: w.spans[Track.AUDIO]})
        for w in wanted
    ]
    placed = find_windows(later(heard, 5000), silent)
    assert [p.window.number for p in placed] == list(range(400)) and all(goes_on(a, b) for a, b in pairwise(placed))
