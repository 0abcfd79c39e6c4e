"""No alteration goes unseen, none gets a wrong word, none hangs; what leaves no trace is listed, and said to be unchecked.

A part of the table, drawn by lot, of the simulated shift and of a tiny one; `rows.py` tries all of it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from bwc_agent.evidence.given import Given
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from tests.forgery import taken_away
from tests.forgery.exchanged import whole_recordings
from tests.forgery.honest import NEWEST_START, Honest
from tests.forgery.judge import Judge
from tests.forgery.kinds import Case, Kind, Make, kind
from tests.forgery.rows import drawn, tried
from tests.forgery.simulated import simulated
from tests.forgery.table import KINDS, UNSEEN
from tests.forgery.tiny import tiny
from tests.forgery.trees import Ground, without

SHIFTS: tuple[tuple[Callable[[], Honest], int], ...] = ((simulated, 3), (tiny, 10))
"""Each with how many alterations of a class are tried here."""
EMPTY = {"a byte of a recipient in trust", "two marks exchanged"}
"""Classes that the tiny shift has no material for: it provisions no recipients, and a mark each."""


@pytest.fixture(scope="module", params=SHIFTS, ids=lambda shift: str(shift[0].__name__))
def shift(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Honest, int, Judge]:
    make, budget = request.param
    return make(), budget, Judge(tmp_path_factory.mktemp("judge"), make())


def _name(kind: object) -> str:
    return kind.what if isinstance(kind, Kind) else ""


@pytest.mark.parametrize("kind", [*KINDS, *(kind for kind, _ in UNSEEN)], ids=_name)
def test_each_alteration_gets_one_of_the_verdicts_of_its_class(shift: tuple[Honest, int, Judge], kind: Kind) -> None:
    honest, budget, judge = shift
    answers = [judge.missed(kind, case) for case in drawn(honest, kind, 0, budget)]
    assert [missed for missed in answers if missed] == []
    assert answers or (honest is tiny() and kind.what in EMPTY)


def test_no_class_of_forgery_may_be_called_complete() -> None:
    assert not any(State.COMPLETE in kind.allowed for kind in KINDS)
    assert all(kind.allowed == {State.COMPLETE} and why for kind, why in UNSEEN)
    names = [kind.what for kind in (*KINDS, *(kind for kind, _ in UNSEEN))]
    assert len(set(names)) == len(names)


def test_an_alteration_that_the_verifier_missed_would_be_told(tmp_path: Path) -> None:
    """A class of nothing changed, and one whose verdict is another than the one that is wanted."""
    honest = tiny()
    nothing = kind("nothing", lambda honest, draw: iter([Case("as it was", honest.vault)]), State.ALTERED)
    other = kind("another verdict", whole_recordings, State.TRUNCATED)
    for row in tried(honest, tmp_path / "x", 0, 3, [nothing, other]):
        assert row.tried and len(row.missed) == row.tried
        assert {missed.said for missed in row.missed} == {"complete" if row.what == "nothing" else "altered"}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (taken_away.unseen_start, f"whether the device started again after start {NEWEST_START - 1}"),
        (taken_away.unseen_end, f"what start {NEWEST_START} did after its last signature"),
    ],
)
def test_what_nobody_has_seen_can_go_and_the_verdict_says_that_it_cannot_tell(tmp_path: Path, make: Make, said: str) -> None:
    honest = tiny()
    ground = Ground(tmp_path / "vault", honest.vault)
    for case in drawn(honest, kind("unseen", make, State.COMPLETE), 0, 10):
        with ground.laid(case.tree) as root:
            verdict = verify_device(root, honest.authority, Given([honest.keys.receipts.certificate]))
        assert any(what.startswith(said) for what in verdict.not_checked)


def test_without_its_newest_start_a_card_is_what_it_once_was() -> None:
    honest = tiny()
    aside = ("keys", "inbox", "released.jsonl")
    assert without(taken_away.without_start(honest.vault, NEWEST_START), *aside) == without(honest.middle, *aside)
