"""A start's time by its journal's lines: what adds up, and what no recorder writes."""

import pytest

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.duty import ACCOUNTS, read_duty
from bwc_agent.evidence.lines import Json

Lines = list[dict[str, Json]]


def event(t: int, state: str) -> dict[str, Json]:
    return {"answers": [], "event": "hold", "kind": "event", "state": state, "t": t}


def state(t: int, name: str, *lost: str) -> dict[str, Json]:
    return {"kind": "state", "lost": list(lost), "state": name, "t": t}


def ledger(t: int, **ticks: int) -> dict[str, Json]:
    sums = {**dict.fromkeys(ACCOUNTS, 0), **ticks}
    return {"kind": "ledger", "t": t, **sums, "elapsed": sum(sums.values())}


BEGIN: Lines = [{"kind": "journal", "t": 100}, state(100, "filling")]
SHIFT: Lines = [
    *BEGIN,
    event(150, "standby"),
    state(150, "standby"),
    event(140, "asleep"),
    state(150, "asleep"),
    {"kind": "counts", "t": 190},
]
END: Lines = [event(200, "off"), state(200, "off"), ledger(200, filling=50, asleep=50), {"kind": "off", "t": 200}]


def test_an_orderly_start_ends_where_it_goes_off_and_what_overtook_counts_from_the_line_before() -> None:
    duty = read_duty([*SHIFT, *END])
    assert duty.orderly and (duty.began, duty.ended, duty.elapsed) == (100, 200, 100)
    assert duty.totals == dict.fromkeys(ACCOUNTS, 0) | {"filling": 50, "asleep": 50}


def test_a_start_that_was_cut_ends_with_its_last_line_or_with_what_its_recordings_signed_later() -> None:
    assert not read_duty(SHIFT).orderly
    assert read_duty(SHIFT).totals["asleep"] == 40
    assert read_duty(SHIFT, 195).totals["asleep"] == 45
    assert read_duty(SHIFT, 160).ended == 190
    assert read_duty(BEGIN[:1]).elapsed == 0


def test_a_lost_part_takes_its_time_from_the_state_that_should_have_seen() -> None:
    lost = [*BEGIN, event(120, "filling"), state(120, "filling", "camera"), event(130, "asleep"), state(130, "asleep", "camera")]
    assert read_duty(lost, 150).totals == dict.fromkeys(ACCOUNTS, 0) | {"filling": 20, "fault": 10, "asleep": 20}


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([BEGIN[0], state(101, "filling")], "line 2: the state filling counts from tick 101, and what caused it was at 100"),
        ([BEGIN[0], {"kind": "counts", "t": 190}], "90 ticks passed, and no line says in which state"),
        ([BEGIN[0], event(110, "standby"), state(110, "standby")], "line 2: an event comes before any state"),
        ([*BEGIN, state(110, "standby")], "line 3: the state becomes standby, and no event before it says so"),
        ([*BEGIN, event(110, "asleep"), state(110, "standby")], "line 4: the state becomes standby, and no event"),
        ([*BEGIN, event(110, "standby"), state(111, "standby")], "line 4: .* tick 111, and what caused it was at 110"),
        ([*SHIFT, event(160, "filling"), event(170, "filling")], "line 9: the event before it leads to 'filling', and no state line"),
        ([*BEGIN, event(110, "fault"), state(110, "fault")], "'fault' is no state of the camera"),
        ([*SHIFT, ledger(190, filling=50, asleep=40)], "the ledger is closed, and the camera is not off"),
        (
            [*SHIFT, *END[:2], ledger(200, filling=49, asleep=51)],
            "line 10: the ledger has 49 ticks of filling, and .* add up to 50",
        ),
        ([*SHIFT, *END[:2], {**END[2], "elapsed": 101}], "101 ticks of elapsed"),
        ([*SHIFT, *END[:2], END[3]], "an orderly end states no ledger"),
        ([*BEGIN, {"kind": "counts"}], "line 3: the field 't'"),
        ([BEGIN[0], {"kind": "state", "state": "filling", "t": 100}], "the field 'lost'"),
    ],
)
def test_what_no_recorder_writes_is_refused_by_its_line(lines: Lines, what: str) -> None:
    with pytest.raises(IntegrityError, match=what):
        read_duty(lines)
