"""What drivers count is told when it has changed."""

from bwc_agent.control.inputs import Counts, Source
from bwc_agent.live.counters import EVERY, Counters


def test_a_count_is_told_once_it_has_changed_and_not_before_its_time() -> None:
    lost = [0]
    counters = Counters({Source.CAMERA: lambda: lost[0]})
    assert list(counters.tick(0)) == []
    lost[0] = 3
    assert list(counters.tick(EVERY - 1)) == []
    assert list(counters.tick(EVERY)) == [Counts(EVERY, 3, 0, 0)]
    assert list(counters.tick(2 * EVERY)) == []
