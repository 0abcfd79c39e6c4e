"""Words become verbs and numbers, and events that cannot follow each other are told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.units import TICKS
from simulator.order import misplaced
from simulator.verbs import OPTIONAL, TAKES, Event, Verb, parse_do

GOOD = [
    ("hold", Verb.HOLD, ()),
    ("hold 3 s", Verb.HOLD, (3.0,)),
    (" hold  3.5s ", Verb.HOLD, (3.5,)),
    ("hold both 4", Verb.HOLD_BOTH, (4.0,)),
    ("battery 15%", Verb.BATTERY, (15.0,)),
    ("stall storage 10", Verb.STALL_STORAGE, (10.0,)),
    ("fix 41.8781 -87.6298", Verb.FIX, (41.8781, -87.6298)),
    ("set clock 1970", Verb.SET_CLOCK, (1970.0,)),
    ("fix -0.5 180", Verb.FIX, (-0.5, 180.0)),
]
REFUSED = [
    ("", "nothing that can be done; known: press"),
    ("dance", "nothing that can be done; known: press"),
    ("HOLD", "did you mean 'hold'?"),
    ("press s", "did you mean 'press'?"),
    ("hold three", "did you mean 'hold"),
    ("3", "nothing that can be done"),
    ("press 3", "'press' takes 0 numbers; leave them out"),
    ("press %", "'press' takes 0 numbers"),
    ("battery", "'battery' takes 1 number: write \"battery N %\""),
    ("battery 5 s", "'battery' takes 1 number"),
    ("battery 5 % 6 %", "'battery' takes 1 number"),
    ("fix 1", "'fix' takes 2 numbers: write \"fix N N\""),
    ("fix 41.8.1", "'fix' takes 2 numbers"),
    ("fix 99 0", "'fix' takes -90 to 90, not 99: the nearest allowed is 90"),
    ("fix 9 -181", "'fix' takes -180 to 180, not -181: the nearest allowed is -180"),
    ("set clock 1969", "'set clock' takes 1970 to 2199, not 1969: the nearest allowed is 1970"),
    ("hold 0 s", "'hold' takes 0.05 to 60 s, not 0 s: the nearest allowed is 0.05 s"),
    ("hold -3 s", "not -3 s"),
    ("stall storage -1 s", "'stall storage' takes 0.01 to 3600 s"),
    ("hold " + "9" * 400, "'hold' takes 1 number"),
]


@pytest.mark.parametrize(("text", "verb", "numbers"), GOOD)
def test_what_can_be_done_is_read(text: str, verb: Verb, numbers: tuple[float, ...]) -> None:
    assert parse_do(text) == (verb, numbers)


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_cannot_be_done_is_refused_with_the_mend(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_do(text)
    assert said in str(refused.value)


@settings(max_examples=100)
@given(verb=st.sampled_from(list(Verb)), shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_every_verb_is_read_back_with_what_it_takes(verb: Verb, shares: tuple[float, float]) -> None:
    numbers = [round(a.least + share * (a.most - a.least), 4) for a, share in zip(TAKES.get(verb, ()), shares, strict=False)]
    units = [a.unit for a in TAKES.get(verb, ())]
    text = " ".join([verb.value, *(f"{number:.4f} {unit}" for number, unit in zip(numbers, units, strict=True))])
    assert parse_do(text) == (verb, tuple(numbers))
    assert verb not in OPTIONAL or parse_do(verb.value) == (verb, ())


@settings(max_examples=100)
@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_by_value(text: str) -> None:
    try:
        verb, _ = parse_do(text)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert text.split()[0] in verb.value


def test_two_hands_may_use_two_buttons_but_not_one() -> None:
    hold, mute = Event(TICKS, Verb.HOLD), Event(2 * TICKS, Verb.FUNCTION_HOLD)
    assert misplaced([hold, mute]) is None
    wrong = misplaced([hold, mute, Event(3 * TICKS, Verb.HOLD_BOTH)])
    assert wrong is not None and wrong[0] == 2 and "a hand is on the event button" in wrong[1]
    assert misplaced([hold, mute, Event(6 * TICKS, Verb.HOLD_BOTH)]) is None
