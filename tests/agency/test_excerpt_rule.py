"""The rule by which an excerpt takes windows: nothing asked for is left out, nothing needless is taken, and it decodes; pure."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bwc_agent.agency.excerpt_match import Window
from bwc_agent.agency.excerpt_rule import LONGEST_PICTURE, ends, keyframes_around, touched, widened
from bwc_agent.packets import Track
from bwc_agent.units import AAC_FRAME
from tests.agency.windows_made import FRAME, Film, made_film

WINDOW = 15 * FRAME


@st.composite
def films(draw: st.DrawFn) -> tuple[Film, list[Window], set[int]]:
    """Windows whose sound begins before or behind their pictures, some without pictures, and the numbers with a keyframe."""
    count = draw(st.integers(1, 8))
    film, made = made_film(list(range(count)), 0, silent=False)
    lag = draw(st.integers(-9000, 9000))
    dark = draw(st.sets(st.integers(0, count - 1)))
    windows = [_moved(w, lag, w.number in dark) for w in made]
    seen = [u for u in film[Track.VIDEO] if u.at // WINDOW not in dark]
    heard = [type(u)(u.at + lag, u.data) for u in film[Track.AUDIO]]
    keys = draw(st.sets(st.integers(0, count - 1))) - dark
    return {Track.VIDEO: seen, Track.AUDIO: heard}, windows, keys


def _moved(window: Window, lag: int, dark: bool) -> Window:
    first, last = window.spans[Track.AUDIO]
    spans = {track: span for track, span in window.spans.items() if track is Track.VIDEO and not dark} | {
        Track.AUDIO: (first + lag, last + lag)
    }
    tracks = {track: window.tracks[track] for track in spans}
    return Window(window.number, min(f for f, _ in spans.values()), max(t for _, t in spans.values()), tracks, spans)


@settings(max_examples=200, deadline=None)
@given(films(), st.integers(0, 8 * WINDOW), st.integers(1, 4 * WINDOW))
def test_every_picture_and_sound_of_the_time_asked_for_is_in_it(made: tuple[Film, list[Window], set[int]], begin: int, length: int) -> None:
    film, windows, _ = made
    taken = [windows[n] for n in touched(windows, begin, begin + length)]
    for track, lasts in ((Track.AUDIO, AAC_FRAME), (Track.VIDEO, FRAME)):
        for unit in film[track]:
            if unit.at < begin + length and unit.at + lasts > begin and unit.at + lasts <= max(ends(windows)):
                assert any(track in w.spans and w.spans[track][0] <= unit.at <= w.spans[track][1] for w in taken)


@settings(max_examples=200, deadline=None)
@given(films(), st.integers(0, 8 * WINDOW), st.integers(1, 4 * WINDOW))
def test_the_first_picture_is_a_keyframe_and_it_reaches_back_no_further_than_it_must(
    made: tuple[Film, list[Window], set[int]], begin: int, length: int
) -> None:
    _, windows, keys = made
    wanted = touched(windows, begin, begin + length)
    assume(wanted)
    got = widened(windows, wanted, lambda window: window.number in keys)

    def decodes(start: int) -> bool:
        shown = [w.number for w in windows[start : wanted.stop] if Track.VIDEO in w.spans]
        return not shown or shown[0] in keys

    good = [start for start in range(wanted.start + 1) if decodes(start)]
    assert (got.start, got.stop) == (max(good), wanted.stop) if good else not got


@settings(max_examples=100, deadline=None)
@given(films(), st.integers(-WINDOW, 9 * WINDOW))
def test_the_nearest_keyframes_are_the_last_before_and_the_first_behind(made: tuple[Film, list[Window], set[int]], at: int) -> None:
    _, windows, keys = made
    times = [windows[n].spans[Track.VIDEO][0] for n in sorted(keys)]
    expected = [time for time in times if time <= at][-1:] + [time for time in times if time > at][:1]
    assert keyframes_around(windows, at, lambda window: window.number in keys) == expected


def test_a_time_in_which_nothing_was_recorded_touches_nothing() -> None:
    _, made = made_film([0, 1, 2], 0)
    far = 100 * WINDOW
    _, later = made_film([3], 0)
    gone = [*made, *(Window(3, far, far + w.last, w.tracks, {t: (far, far + last) for t, (_, last) in w.spans.items()}) for w in later)]
    assert not touched(gone, 50 * WINDOW, 51 * WINDOW)
    assert touched(gone, 3 * WINDOW, 3 * WINDOW + LONGEST_PICTURE // 2) == range(2, 3)
    assert touched(gone, far + 1, far + 2) == range(3, 4)
