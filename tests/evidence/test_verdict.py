"""The gravest finding decides, and each state has one exit code for ever."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.evidence.verdict import DeviceVerdict, Protection, Reason, Span, State, Verdict, merged, worst

CODES = {
    "complete": 0,
    "truncated": 10,
    "end unproven": 11,
    "unsigned tail": 12,
    "altered": 13,
    "incomplete": 14,
    "rolled back or forked": 15,
    "unknown signer": 16,
    "not a recording": 2,
}

reasons = st.lists(st.builds(Reason, st.sampled_from(State), st.text(max_size=3)))


def test_the_exit_codes_are_these() -> None:
    assert {state.value: state.exit_status for state in State} == CODES


@given(reasons, reasons)
def test_more_findings_never_make_a_verdict_better(some: list[Reason], more: list[Reason]) -> None:
    assert worst([*some, *more]).gravity == max(worst(some).gravity, worst(more).gravity)


def test_an_alteration_is_graver_than_a_gap_and_a_gap_than_a_cut() -> None:
    order = [State.COMPLETE, State.TRUNCATED, State.UNSIGNED_TAIL, State.INCOMPLETE, State.ROLLED_BACK, State.ALTERED, State.UNKNOWN_SIGNER]
    assert sorted(order, key=lambda state: state.gravity) == order


def test_a_device_is_as_bad_as_its_worst_recording_or_journal() -> None:
    good, bad = Verdict("a"), Verdict("b", (Reason(State.ALTERED, "x"),))
    assert (good.state, bad.exit_status) == (State.COMPLETE, 13)
    assert DeviceVerdict("d", (), (good, bad)).state is State.ALTERED
    assert DeviceVerdict("d", (Reason(State.ROLLED_BACK, "x"),), (good,)).exit_status == 15


@pytest.mark.parametrize(("where", "said"), [("log.jsonl", "log.jsonl: is gone"), ("", "is gone")])
def test_a_reason_reads_as_a_sentence(where: str, said: str) -> None:
    assert str(Reason(State.INCOMPLETE, "is gone", where)) == said


@given(st.lists(st.sampled_from(Protection), max_size=20))
def test_neighbours_of_one_kind_are_one_stretch_and_nothing_is_lost(kinds: list[Protection]) -> None:
    spans = merged(Span(n, n + 1, kind) for n, kind in enumerate(kinds))
    assert [kind for span in spans for kind in [span.protection] * (span.last - span.first)] == kinds
    assert all(a.protection is not b.protection for a, b in pairwise(spans))


@given(st.text(min_size=1))
def test_a_name_that_somebody_else_gave_says_nothing_to_a_terminal(name: str) -> None:
    assert str(Reason(State.ALTERED, "was put there", name)).isprintable()
    assert str(Reason(State.ALTERED, "was put there", "\x1b[2Jheld")) == r"'\x1b[2Jheld': was put there"
