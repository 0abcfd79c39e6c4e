"""Space runs out in steps that are each told once, and come back only where there really is more."""

from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.control.capacity import CLOSING, EVENTS, STEADY, Capacity, Level, Needs
from bwc_agent.control.events import Event

RATE = 1_000_000
NEEDS = Needs(RATE, owed=60_000_000, low=120, scarce=30)
MINUTE = 60 * RATE
AMOUNTS = st.integers(0, NEEDS.reserve + 200 * MINUTE)


def test_the_alarm_is_early_the_picture_coarser_later_and_the_reserve_is_for_ends() -> None:
    assert NEEDS.over == CLOSING + 60_000_000 and NEEDS.reserve == NEEDS.over + 5 * MINUTE
    levels = [NEEDS.level(NEEDS.reserve + minutes * MINUTE) for minutes in (121, 120, 119, 30, 29)]
    assert levels == [Level.PLENTY, Level.PLENTY, Level.LOW, Level.LOW, Level.SCARCE]
    assert [NEEDS.level(free) for free in (NEEDS.reserve, NEEDS.over + 1, NEEDS.over, 0)] == [Level.FULL] * 2 + [Level.OVER] * 2


def test_a_card_that_fills_at_once_tells_every_step_in_order() -> None:
    told = list(Capacity(NEEDS).free(0))
    assert told == [Event.STORAGE_LOW, Event.STORAGE_SCARCE, Event.STORAGE_FULL, Event.STORAGE_OVER]


@given(st.lists(AMOUNTS, max_size=30))
def test_what_was_told_is_never_more_hopeful_than_the_truth_nor_much_less(amounts: list[int]) -> None:
    capacity, told = Capacity(NEEDS), Level.PLENTY
    names = {event: level for level, event in EVENTS.items()}
    for free in amounts:
        for event in capacity.free(free):
            assert names[event] == told + 1 or event is Event.STORAGE_FREED
            told = names[event]
        assert NEEDS.level(free) <= told <= NEEDS.level(int(free / STEADY))


@given(AMOUNTS, st.lists(st.floats(0.96, 1.04), max_size=20))
def test_an_alarm_does_not_flutter(free: int, wobbles: list[float]) -> None:
    capacity = Capacity(NEEDS)
    list(capacity.free(free))
    told = [event for wobble in wobbles for event in capacity.free(int(free * wobble))]
    assert Event.STORAGE_FREED not in told and len(told) <= 1
