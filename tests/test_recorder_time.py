"""Whatever happens to a recorder, its journal's time adds up to the tick, wherever a cut ends it; and a number that was changed shows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.duty import read_duty
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.verify_recorded import check_recorded
from bwc_agent.units import TICKS
from tests.worn import GESTURES, Worn

DEEDS = ["see", "see", *GESTURES, "double press", "hold", "sleep or wake", "camera lost", "camera back", "docked", "undocked"]
DEEDS.remove("power hold")
Journal = list[dict[str, Json]]


@st.composite
def journals(draw: st.DrawFn) -> Journal:
    """That of a start, from boot to its orderly end."""
    worn = Worn(draw(st.integers(-TICKS, 10**12)), draw(st.integers(0, TICKS)))
    if draw(st.booleans()):
        worn.pass_time(32)
    for deed in draw(st.lists(st.sampled_from(DEEDS), max_size=12)):
        worn.do(deed)
    worn.do(draw(st.sampled_from(["off", "power hold"])))
    return worn.journal


def totals(line: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in line.items() if name not in ("kind", "n", "t", "elapsed")}


@settings(max_examples=60, deadline=None)
@given(journals())
def test_every_tick_is_in_one_account_and_the_ledger_agrees(journal: Journal) -> None:
    duty = read_duty(journal)
    check_recorded(journal, {})
    (ledger,) = (line for line in journal if line["kind"] == "ledger")
    assert duty.orderly and duty.totals == totals(ledger)
    assert sum(duty.totals.values()) == duty.elapsed == ledger["elapsed"]
    assert [spell.end for spell in duty.spells[:-1]] == [spell.begin for spell in duty.spells[1:]]


@settings(max_examples=25, deadline=None)
@given(journals())
def test_a_journal_that_is_cut_at_any_line_adds_up_to_its_last_time(journal: Journal) -> None:
    for length in range(1, len(journal)):
        cut = journal[:length]
        duty = read_duty(cut)
        check_recorded(cut, {})
        assert sum(duty.totals.values()) == duty.elapsed
        assert duty.orderly or duty.ended == max(int(str(line["t"])) for line in cut)


@settings(max_examples=60, deadline=None)
@given(journals(), st.data(), st.integers(1, TICKS))
def test_a_number_of_the_time_that_was_changed_is_found(journal: Journal, data: st.DataObject, by: int) -> None:
    places = [(k, "t") for k, line in enumerate(journal) if line["kind"] in ("state", "opened")]
    places += [(k, name) for k, line in enumerate(journal) if line["kind"] == "ledger" for name in line if name not in ("kind", "n", "t")]
    k, name = data.draw(st.sampled_from(places))
    line = journal[k]
    journal[k] = {**line, name: int(str(line[name])) + by}
    with pytest.raises(IntegrityError, match="line"):
        read_duty(journal)
        check_recorded(journal, {})


def changes_state(journal: Journal, k: int) -> bool:
    before = [line["state"] for line in journal[:k] if line["kind"] == "state"]
    return journal[k]["kind"] == "state" and before[-1:] != [journal[k]["state"]]


@settings(max_examples=60, deadline=None)
@given(journals(), st.data())
def test_a_state_line_or_a_recording_that_was_left_out_is_found(journal: Journal, data: st.DataObject) -> None:
    places = [k for k, line in enumerate(journal) if line["kind"] in ("opened", "closed", "ledger") or changes_state(journal, k)]
    del journal[data.draw(st.sampled_from(places))]
    with pytest.raises(IntegrityError):
        read_duty(journal)
        check_recorded(journal, {})


def test_a_shift_by_hand() -> None:
    worn = Worn()
    worn.pass_time(40)
    deeds = ["double press", "see", "camera lost", "see", "camera back", "hold", "hold", "sleep or wake", "see", "docked", "see", "off"]
    times = {deed: worn_at(worn, deed) for deed in deeds}
    totals = read_duty(worn.journal).totals
    assert totals["fault"] == pytest.approx(times["camera back"] - times["camera lost"], abs=TICKS)
    assert totals["docked"] == times["off"] - times["docked"]
    assert totals["asleep"] == pytest.approx(times["docked"] - times["sleep or wake"] - 3 * TICKS, abs=TICKS)
    assert totals["standby"] > 0 and sum(totals.values()) == times["off"]


def worn_at(worn: Worn, deed: str) -> int:
    """When it was done."""
    at = worn.now
    worn.do(deed)
    return at
