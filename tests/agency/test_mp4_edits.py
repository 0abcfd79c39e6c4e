"""An honest edit list shows one run of what is there; which run, does not depend on how alike the samples are."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.agency.excerpt_match import Samples
from bwc_agent.agency.mp4_edits import honest
from bwc_agent.packets import Track

STEP = 1024


def track(sizes: Sequence[int], begin: int = 0) -> dict[Track, Samples]:
    return {Track.AUDIO: Samples(list(sizes), [begin + index * STEP for index in range(len(sizes))])}


@given(st.lists(st.integers(1, 3), min_size=1, max_size=30), st.data())
def test_any_run_is_honest_and_one_with_a_sample_left_out_or_changed_is_not(sizes: list[int], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(sizes) - 1))
    end = data.draw(st.integers(begin + 1, len(sizes)))
    assert honest(track(sizes), track(sizes[begin:end], begin * STEP))
    assert not honest(track(sizes), track([*sizes[begin:end], 4]))
    assert not honest(track(sizes), {})


def test_among_samples_of_one_size_the_times_decide() -> None:
    there = Samples([6] * 10, [0, 1, 2, 3, 90, 91, 92, 93, 94, 95])
    behind_the_gap = Samples([6] * 4, [90, 91, 92, 93])
    across_it = Samples([6] * 4, [2, 3, 900, 901])
    assert honest({Track.AUDIO: there}, {Track.AUDIO: behind_the_gap})
    assert not honest({Track.AUDIO: there}, {Track.AUDIO: across_it})
