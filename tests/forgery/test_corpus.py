"""The public corpus of altered records: any verifier must give these verdicts, and ours does."""

from pathlib import Path

import pytest

from bwc_agent.evidence.verdict import State
from tests.forgery.corpus import FOLDER, Corpus, Vector, make, vectors
from tests.forgery.table import KINDS, UNSEEN
from tests.forgery.tiny import tiny

HONEST, *ALTERED = vectors()
CLASSES = {kind.what: kind for kind in (*KINDS, *(kind for kind, _ in UNSEEN))}
STORED = {"a byte of an open copy of a journal", "a byte of a receipt in the mailbox", "open copies that are none"}
STORED |= {"two lives of one start merged", "two lives of one card merged"}
"""Classes at the agency's storage; the corpus is a card."""
EMPTY = {"a byte of a recipient in trust", "two marks exchanged"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus(FOLDER, tmp_path_factory.mktemp("corpus") / "card")


@pytest.mark.parametrize("vector", [HONEST, *ALTERED], ids=lambda vector: f"{vector.kind}: {vector.what}"[:90])
def test_each_case_gets_its_verdict(corpus: Corpus, vector: Vector) -> None:
    assert corpus.verdict(vector).state.value == vector.verdict


def test_the_honest_record_is_one_that_lost_its_power_once() -> None:
    assert (HONEST.changes, HONEST.verdict) == ((), State.UNSIGNED_TAIL.value)


def test_every_class_of_the_table_is_in_it_and_no_verdict_is_lighter_than_its_class_allows() -> None:
    assert {vector.kind for vector in ALTERED} == CLASSES.keys() - STORED - EMPTY
    for vector in ALTERED:
        least = min(state.gravity for state in CLASSES[vector.kind].allowed)
        assert State(vector.verdict).gravity >= least


def test_it_can_be_made_anew(tmp_path: Path) -> None:
    make(tiny(), tmp_path / "altered")
    again = vectors(tmp_path / "altered")
    assert {vector.kind for vector in again} == {vector.kind for vector in (HONEST, *ALTERED)}
    assert {path.name for path in (tmp_path / "altered").iterdir()} == {path.name for path in FOLDER.iterdir() if path.suffix != ".md"}


def test_it_holds_no_private_key() -> None:
    assert not [path for path in FOLDER.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
