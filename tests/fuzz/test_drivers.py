"""The drivers themselves: inputs are bent but bounded, a parser runs in a process of its own, and what breaks one is kept."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.mutations import EDITS, at_random, mutated
from tests.fuzz.rows import rows
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS, target
from tests.fuzz.watch import Watch, told


@given(st.data(), st.binary(max_size=40), st.sampled_from([b"", b'{"a":1,"b":"c"}\n', bytes(range(50))]))
def test_any_edit_of_any_input_gives_bytes(data: st.DataObject, other: bytes, whole: bytes) -> None:
    a, b = data.draw(st.integers(0, 2**32 - 1)), data.draw(st.integers(0, 2**32 - 1))
    for edit in EDITS:
        assert isinstance(edit(whole, other, a, b), bytes)
    assert isinstance(at_random(whole, Random(a)), bytes)
    assert len(data.draw(mutated([whole], 20))) <= 20


def test_targets_have_names_of_their_own() -> None:
    assert len({each.name for each in TARGETS}) == len(TARGETS) == len({each.folder for each in TARGETS})


def test_a_parser_is_fuzzed_in_a_process_of_its_own() -> None:
    (row,) = rows(1, [target("dock rule")])
    assert (row.what, row.crashes) == ("dock rule", 0) and row.inputs > 0 and row.note.startswith("slowest")


def _unknown(data: bytes) -> None:
    raise KeyError(data)


def test_what_breaks_a_parser_is_kept_and_told(tmp_path: Path) -> None:
    broken = Target("broken", _unknown, (), lambda: [])
    with pytest.raises(KeyError):
        Watch(tmp_path).run(broken, b"x")
    (found,) = told(tmp_path).found
    assert found.read_bytes() == b"x" and told(tmp_path).inputs == 1


def test_a_refusal_that_is_documented_breaks_nothing(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    refusing = Target("refusing", _unknown, (KeyError,), lambda: [])
    watch.run(refusing, b"x")
    assert told(tmp_path).found == ()
