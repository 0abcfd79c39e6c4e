"""A short run of every section of `make faults`, and what it must notice."""

from dataclasses import replace
from pathlib import Path

import pytest

from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.media import assembler
from bwc_agent.storage import startup
from bwc_agent.storage.look_back import Before, look_back
from bwc_agent.units import TICKS
from tests.e2e.played import go_on
from tests.faults import error_rows, scenario_rows
from tests.faults.kept import Kept, missing
from tests.faults.recovery import booted, complaints, unstated
from tests.faults.run import SECTIONS, Amount, Section
from tests.faults.simulated import a_device, films, scene, taken

SEED = 20260101
TRIED_ELSEWHERE = ("disk", "forgery", "fuzz")
"""By tests of their own, beside what they try."""


@pytest.mark.parametrize("section", [s for s in SECTIONS if s.name not in TRIED_ELSEWHERE], ids=lambda section: section.name)
def test_a_short_run_breaks_no_bound(section: Section) -> None:
    rows = list(section.rows(Amount(SEED, kills=6, runs=1)))
    assert rows and [row for row in rows if row.broken] == []


def test_after_a_single_failure_both_recordings_together_have_every_picture() -> None:
    with a_device() as shift:
        assert error_rows.after_one_failure(shift) == 0


def test_a_recorder_that_cuts_its_fragments_too_late_breaks_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembler, "FRAGMENT", 3 * TICKS)
    row = next(scenario_rows.rows(SEED, 1))
    assert row.broken and row.stored is not None and row.stored > 0.5


@pytest.fixture
def cut(tmp_path: Path) -> tuple[Kept, list[tuple[int, int]]]:
    """A recording that a cut ended, and what the camera gave."""
    with a_device() as shift:
        go_on(shift, scene(shift, 12, [(3, "double press"), (10, "cut power")]))
        return films(shift)[RecordingName(0, 1)], taken(shift, 0, 10 * TICKS)


def test_a_picture_that_is_lost_doubled_or_another_is_noticed(cut: tuple[Kept, list[tuple[int, int]]]) -> None:
    film, given = cut
    assert missing(film, given) == 0
    whole = film.pictures
    film.pictures = [*whole[:50], *whole[51:]]
    assert missing(film, given) == 1
    film.pictures = [*whole[:51], *whole[50:]]
    assert missing(film, given) == 1
    film.pictures = [*whole[:50], (whole[50][0] + 7, whole[50][1]), *whole[51:]]
    assert missing(film, given) == 2


def test_sound_with_a_hole_is_noticed(cut: tuple[Kept, list[tuple[int, int]]]) -> None:
    film, given = cut
    film.sound = [*film.sound[:50], *film.sound[51:]]
    assert missing(film, given) == 1


def test_a_start_that_does_not_state_what_it_found_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(vault: Vault, start: int) -> Before:
        return replace(look_back(vault, start), found=())

    monkeypatch.setattr(startup, "look_back", blind)
    with a_device() as shift:
        go_on(shift, scene(shift, 8, [(3, "double press"), (6, "cut power")]))
        booted(shift.vault, "SIM-0001")
        assert len(unstated(shift.vault)) == 3 and complaints(shift.vault.root, shift.authority) == []


def test_a_start_that_states_another_file_than_lies_there_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(vault: Vault, start: int) -> Before:
        before = look_back(vault, start)
        return replace(before, found=tuple(replace(item, bytes=item.bytes + 1) for item in before.found))

    monkeypatch.setattr(startup, "look_back", mistaken)
    with a_device() as shift:
        go_on(shift, scene(shift, 8, [(3, "double press"), (6, "cut power")]))
        booted(shift.vault, "SIM-0001")
        assert len(unstated(shift.vault)) == 3


def test_an_altered_file_is_complained_of() -> None:
    with a_device() as shift:
        go_on(shift, scene(shift, 8, [(3, "double press"), (6, "cut power")]))
        path = shift.folder() / "0001.tink"
        path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
        (complaint,) = complaints(shift.vault.root, shift.authority)
        assert complaint.startswith("000000-0001: altered: 0001.tink: ")
