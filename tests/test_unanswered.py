"""What storage did not answer for is said again, in its order, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.evidence.requests import JournalLine, LogLine, Note
from bwc_agent.unanswered import Unanswered


def state(at: int, name: str = "standby") -> JournalLine:
    return JournalLine(at, "state", {"lost": [], "state": name})


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 2)), max_size=30), st.integers(0, 40))
def test_each_line_is_acknowledged_or_said_again_in_its_order(asked: list[tuple[int, int]], answered: int) -> None:
    kept, lines = Unanswered(0), [(n, JournalLine(at, "event", {"n": n})) for n, (at, _) in enumerate(asked)]
    for (number, line), (_, step) in zip(lines, asked, strict=True):
        kept.add(number + step // 2, 0, line)
    kept.answered(answered, None)
    journal, logs = kept.failed()
    assert logs == {} and journal == [line for _, line in lines][len(lines) - len(journal) :]
    assert kept.failed() == ([], {}), "once"


def test_the_next_journal_begins_where_storage_answered_last_and_in_the_state_of_then() -> None:
    kept = Unanswered(5)
    for ticket, line in enumerate([state(5, "filling"), state(20, "standby"), state(30, "recording")], 1):
        kept.add(ticket, 0, line)
    kept.answered(2, newest=25)
    assert kept.since == 25 and kept.stated["state"] == "standby"
    assert kept.failed()[0] == [state(30, "recording")]


def test_no_state_counts_from_before_the_journal_that_says_it_again() -> None:
    kept = Unanswered(0)
    kept.add(1, 0, JournalLine(50, "event", {}))
    kept.add(2, 0, state(40))
    kept.answered(1, None)
    assert kept.failed()[0] == [state(50)]


def test_a_mute_that_holds_is_said_again_though_it_was_acknowledged_and_one_that_ended_is_not() -> None:
    on, off, note = LogLine(3, "mute", {"on": True}), LogLine(9, "mute", {"on": False}), Note(7, "position", {})
    kept = Unanswered(0)
    for ticket, recording, line in ((1, 1, on), (2, 1, note), (2, 2, on), (3, 2, off), (4, 1, off)):
        kept.add(ticket, recording, line)
    kept.answered(1, None)
    kept.answered(3, None)
    assert kept.failed()[1] == {1: [on, off]}


def test_the_end_of_a_journal_is_said_anew_by_the_one_that_is_closed() -> None:
    kept = Unanswered(0)
    kept.add(1, 0, JournalLine(1, "ledger", {}))
    kept.add(1, 0, JournalLine(1, "off", {}))
    assert kept.failed()[0] == []
