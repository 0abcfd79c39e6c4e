"""The offloader's word, as an enemy would write it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.control.inputs import Delivery
from bwc_agent.evidence.lines import encode
from bwc_agent.live.heard import LONGEST, MOST, SAYS_NOTHING, SILENT, Heard
from bwc_agent.offload.told import OffloadTold

AT_WORK = OffloadTold(True, 17, 3, 1000, 410, "BWC-0001/recordings/000003-0001/0001.tink", "", 1)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
TOLD = st.builds(OffloadTold, st.booleans(), NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.text(), st.text(), NUMBERS)


def test_an_honest_word_is_repeated() -> None:
    assert Heard(None, 0).said(AT_WORK, 5) == Delivery(5, True, 17, 3, 41, "")
    full = replace(AT_WORK, running=False, failing="destination full: make room there")
    assert Heard(AT_WORK, 0).said(full, 5) == Delivery(5, False, 17, 3, 41, full.failing)


def test_what_stood_there_before_the_docking_is_no_word_about_it() -> None:
    heard = Heard(AT_WORK, 0)
    assert heard.said(AT_WORK, 5) == Delivery(5, False, 0, 0, 0, "")
    assert heard.said(replace(AT_WORK, at=2), 6).running


def test_an_offloader_that_says_nothing_does_not_look_like_one_that_is_done() -> None:
    for told in (None, AT_WORK):
        heard = Heard(told, 0)
        assert heard.said(told, SILENT).failing == ""
        assert heard.said(told, SILENT + 1) == Delivery(SILENT + 1, False, 0, 0, 0, SAYS_NOTHING)


def test_one_that_died_while_it_delivered_is_not_believed_for_long_and_one_that_is_done_is() -> None:
    heard = Heard(None, 0)
    assert heard.said(AT_WORK, 1).failing == heard.said(AT_WORK, 1 + SILENT).failing == ""
    assert heard.said(AT_WORK, 2 + SILENT).failing == SAYS_NOTHING
    done = replace(AT_WORK, running=False)
    assert heard.said(done, 3 + SILENT).failing == heard.said(done, 99 * SILENT).failing == ""


@given(st.lists(st.tuples(st.integers(0, SILENT), st.one_of(st.none(), TOLD)), max_size=20))
def test_nothing_that_is_said_is_more_than_a_line_and_a_few_small_numbers(words: list[tuple[int, OffloadTold | None]]) -> None:
    heard, now = Heard(None, 0), 0
    for gap, told in words:
        now += gap
        said = heard.said(told, now)
        assert 0 <= said.done <= said.files <= MOST and 0 <= said.percent <= 100
        assert said.failing.isprintable() and len(said.failing) <= LONGEST
        assert encode({"failing": said.failing})
        assert said.failing or told is None or not told.failing or told == AT_WORK
