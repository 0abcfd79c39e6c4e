"""What an offloader says is news as long as it is honest; what it says to flood is not."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.control.controller import step
from bwc_agent.control.delivery import APART, AT_ONCE, EACH, Deliveries
from bwc_agent.control.events import Event
from bwc_agent.control.inputs import Delivery
from bwc_agent.control.policy import Policy
from bwc_agent.control.status import State, Status
from bwc_agent.units import TICKS, seconds

DOCKED = Status(State.DOCKED)
WORDS = st.tuples(st.integers(0, seconds(5)), st.booleans(), st.sampled_from(["", "full", "gone"]))


def word(at: int, running: bool = False, failing: str = "", done: int = 0) -> Delivery:
    return Delivery(at, running, 9, done, 0, failing)


def told(words: list[Delivery]) -> list[tuple[int, Event]]:
    """What a docked camera is told of these."""
    deliveries, status, out = Deliveries(), DOCKED, list[tuple[int, Event]]()
    for said in words:
        if (event := deliveries.news(said, status.flags)) is not None:
            status, _ = step(status, event, Policy(), None)
            out.append((said.at, event))
    return out


def test_an_honest_docking_is_told_by_its_beginning_its_failure_and_its_end_and_not_by_each_percent() -> None:
    words = [word(k * TICKS, True, done=k) for k in range(1, 60)]
    words += [word(k * TICKS, True, "destination full") for k in range(60, 90)]
    words += [word(k * TICKS, k < 100) for k in range(90, 120)]
    began, failed, ended = Event.DELIVERY_BEGAN, Event.DELIVERY_FAILED, Event.DELIVERY_ENDED
    assert told(words) == [(1 * TICKS, began), (60 * TICKS, failed), (90 * TICKS, began), (100 * TICKS, ended)]


def test_another_reason_is_news_and_the_same_one_is_not() -> None:
    words = [word(k * TICKS, failing=why) for k, why in enumerate(["full", "full", "full", "gone", "gone"])]
    assert [at // TICKS for at, _ in told(words)] == [0, 3]


def test_nothing_said_is_no_news_and_the_same_words_at_the_next_docking_are() -> None:
    deliveries = Deliveries()
    assert deliveries.news(word(0), DOCKED.flags) is None
    assert deliveries.news(word(seconds(9), failing="full"), DOCKED.flags) is Event.DELIVERY_FAILED
    assert deliveries.news(word(seconds(99), failing="full"), DOCKED.flags) is Event.DELIVERY_FAILED


def test_a_thousand_changes_a_second_for_twelve_hours_cost_a_few_hundred_lines_and_no_flicker() -> None:
    deliveries, status, times = Deliveries(), DOCKED, list[int]()
    hours = 12
    for k in range(hours * 3600 * 10):  # each tenth of a second a burst's last word
        said = word(k * TICKS // 10, k % 2 == 0, f"reason {k}" if k % 3 == 0 else "")
        if (event := deliveries.news(said, status.flags)) is not None:
            status, _ = step(status, event, Policy(), None)
            times.append(said.at)
    assert len(times) <= hours * 60 + AT_ONCE // EACH + 1
    assert all(after - before >= APART for before, after in pairwise(times))


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=80))
def test_no_two_pieces_of_news_are_closer_than_a_light_may_change_and_none_repeats(steps: list[tuple[int, bool, str]]) -> None:
    at, words = 0, list[Delivery]()
    for gap, running, failing in steps:
        at += gap
        words.append(word(at, running, failing))
    found = told(words)
    assert all(after - before >= APART for (before, _), (after, _) in pairwise(found))
    assert all(before is not after or after is Event.DELIVERY_FAILED for (_, before), (_, after) in pairwise(found))


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, max_size=40), st.booleans(), st.sampled_from(["", "full"]))
def test_whatever_was_said_before_what_is_said_on_is_shown_in_the_end(
    steps: list[tuple[int, bool, str]], running: bool, failing: str
) -> None:
    at, words = 0, list[Delivery]()
    for gap, ran, failed in steps:
        at += gap
        words.append(word(at, ran, failed))
    words += [word(at + k * TICKS, running, failing) for k in range(1, AT_ONCE // TICKS + 100)]
    last = ([event for _, event in told(words)] or [Event.DELIVERY_ENDED])[-1]
    assert last is (Event.DELIVERY_FAILED if failing else Event.DELIVERY_BEGAN if running else Event.DELIVERY_ENDED)
