"""No input breaks a parser: it is taken or refused by the error that is documented, in memory that its own length bounds."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.measured import takes_in_bounds
from tests.fuzz.mutations import mutated
from tests.fuzz.target import FOUND, Target
from tests.fuzz.targets import TARGETS

EVERY = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


@EVERY
def test_real_material_is_taken_so_that_mutations_begin_where_the_parser_goes_deep(target: Target) -> None:
    seeds = target.seeds()
    assert seeds and all(len(seed) <= target.longest and target.takes(seed) for seed in seeds)


@EVERY
def test_no_mutation_breaks_a_parser_or_takes_more_memory_than_it_is_worth(target: Target) -> None:
    seeds = target.seeds()

    @settings(max_examples=target.examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(mutated(seeds, target.longest))
    def taken_or_refused(data: bytes) -> None:
        takes_in_bounds(target, data)

    taken_or_refused()


ONCE = [(target, path) for target in TARGETS for path in target.found()]


@pytest.mark.parametrize(("target", "path"), ONCE, ids=[f"{path.parent.name}/{path.name}" for _, path in ONCE])
def test_what_once_broke_a_parser_is_taken_or_refused_and_costs_what_it_is_worth(target: Target, path: Path) -> None:
    data = path.read_bytes()
    takes_in_bounds(target, data)


def test_every_folder_of_found_inputs_belongs_to_a_target() -> None:
    assert {folder.name for folder in FOUND.iterdir()} == {target.folder.name for target in TARGETS if target.found()}
