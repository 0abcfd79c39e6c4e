"""Second by second what a film is: whole, cut, joined in any order, doubled, with one track replaced or moved."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.agency.excerpt_match import Window
from bwc_agent.agency.excerpt_stretches import Stretch, What, find, stretches
from bwc_agent.packets import Track
from tests.agency.windows_made import FRAME, Film, Unit, hits_of, joined, later, made_film, part, samples_of

WINDOW = 15 * FRAME
FILM, WANTED = made_film(list(range(8)), 0, silent=False)


def _rows(film: Film, wanted: list[Window] = WANTED, torn: bool = False) -> list[Stretch]:
    return stretches(find(wanted, samples_of(film), hits_of(film, wanted)), samples_of(film), torn, torn)


def _short(rows: list[Stretch]) -> list[tuple[What, int | None]]:
    """What each is, and in which window of the recording it begins."""
    return [(row.what, None if row.recorded is None else row.recorded[0] // WINDOW) for row in rows]


def _windows(first: int, end: int) -> Film:
    """Whole windows of both tracks, as an excerpt has them."""
    return part(FILM, first * WINDOW, end * WINDOW)


def _spoilt(film: Film, track: Track, begin: int, end: int) -> Film:
    """The samples of one track in these windows replaced by others of the same number."""
    inside = range(begin * WINDOW, end * WINDOW)
    return {**film, track: [Unit(u.at, b"\xff" * len(u.data)) if u.at in inside else u for u in film[track]]}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 7), st.integers(1, 8), st.integers(-(10**6), 10**6))
def test_whole_windows_in_a_row_are_one_original_stretch_at_their_own_times(first: int, count: int, by: int) -> None:
    (row,) = _rows(later(_windows(first, first + count), by))
    assert row.what is What.ORIGINAL and row.film is not None and row.recorded is not None
    assert [at - by for at in row.film] == list(row.recorded) and row.recorded[0] == first * WINDOW


def test_seconds_removed_are_missing_between_whether_the_rest_moves_up_or_not() -> None:
    gap = joined(_windows(0, 2), _windows(5, 8))
    moved = joined(_windows(0, 2), later(_windows(5, 8), -3 * WINDOW))
    for film in (gap, moved):
        assert _short(_rows(film)) == [(What.ORIGINAL, 0), (What.MISSING, 1), (What.ORIGINAL, 5)]
        missing = _rows(film)[1]
        assert missing.film is None and missing.recorded == (WANTED[1].spans[Track.VIDEO][1], WANTED[5].spans[Track.VIDEO][0])


def test_pieces_out_of_order_and_doubled_ones_are_told_in_the_order_of_the_film() -> None:
    swapped = joined(later(_windows(5, 8), -5 * WINDOW), later(_windows(0, 2), 3 * WINDOW))
    assert _short(_rows(swapped)) == [(What.ORIGINAL, 5), (What.ORIGINAL, 0)]
    doubled = joined(_windows(0, 3), later(_windows(0, 3), 3 * WINDOW))
    assert _short(_rows(doubled)) == [(What.ORIGINAL, 0), (What.ORIGINAL, 0)]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6))
def test_seconds_encoded_anew_are_not_original_just_those(first: int, count: int) -> None:
    end = min(first + count, 7)
    film = _spoilt(_spoilt(FILM, Track.VIDEO, first, end), Track.AUDIO, first, end)
    assert _short(_rows(film)) == [(What.ORIGINAL, 0), (What.CHANGED, first), (What.ORIGINAL, end)]


def test_a_track_replaced_for_some_seconds_leaves_the_other_original_there() -> None:
    assert _short(_rows(_spoilt(FILM, Track.AUDIO, 2, 4))) == [(What.ORIGINAL, 0), (What.PICTURES, 2), (What.ORIGINAL, 4)]
    assert _short(_rows(_spoilt(FILM, Track.VIDEO, 2, 4))) == [(What.ORIGINAL, 0), (What.SOUND, 2), (What.ORIGINAL, 4)]
    assert _short(_rows({**FILM, Track.AUDIO: []})) == [(What.PICTURES, 0)]


def test_sound_moved_against_the_pictures_is_told_with_how_far() -> None:
    (row,) = _rows({**FILM, Track.AUDIO: [Unit(u.at + 4800, u.data) for u in FILM[Track.AUDIO]]})
    assert (row.what, row.apart) == (What.APART, 4800)


def test_sound_replaced_throughout_and_some_pictures_too() -> None:
    film = _spoilt(_spoilt(FILM, Track.AUDIO, 0, 9), Track.VIDEO, 3, 5)
    assert [row.what for row in _rows(film)] == [What.PICTURES, What.CHANGED, What.PICTURES]


def test_what_a_cut_tears_at_the_ends_is_not_proven_and_more_is_not_original() -> None:
    film = part(FILM, WINDOW // 2, 5 * WINDOW + WINDOW // 2)
    torn = _rows(film, torn=True)
    assert [row.what for row in torn] == [What.UNPROVEN, What.ORIGINAL, What.UNPROVEN]
    assert torn[0].film == torn[0].recorded and _rows(film)[0].what is What.CHANGED


def test_a_film_of_something_else_is_not_original() -> None:
    other, _ = made_film([100, 101], 0, silent=False)
    (row,) = _rows({track: [Unit(u.at, b"?" + u.data) for u in units] for track, units in other.items()})
    assert (row.what, row.recorded) == (What.CHANGED, None)


def test_sound_that_goes_on_while_the_camera_is_away_stays_in_one_stretch() -> None:
    away = {**FILM, Track.VIDEO: [u for u in FILM[Track.VIDEO] if not 3 * WINDOW <= u.at < 5 * WINDOW]}
    wanted = [
        Window(w.number, *w.spans[Track.AUDIO], {Track.AUDIO: w.tracks[Track.AUDIO]}, {Track.AUDIO: w.spans[Track.AUDIO]})
        if w.number in (3, 4)
        else w
        for w in WANTED
    ]
    assert _short(_rows(away, wanted)) == [(What.ORIGINAL, 0)]
