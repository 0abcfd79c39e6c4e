"""A revocation counts if the authority signed exactly it, and leaves standing what was signed before."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.revocations import (
    NO_START,
    Revocation,
    Revocations,
    read_revocation,
    read_revocations,
    revocation_file,
    write_revocation,
)
from bwc_agent.evidence.signed import SignedLines
from bwc_agent.evidence.verdict import State
from tests.evidence.trial import SERIAL, Agency, device_signer

AGENCY = Agency.new()
AT = 1_767_225_600_000_000
LOST = Revocation(SERIAL, 3, (1000, "ab" * 32), AT, "stolen from a car")

revocations = st.builds(
    Revocation,
    st.sampled_from([SERIAL, "BWC-0002"]),
    st.integers(NO_START, 9),
    st.none() | st.tuples(st.integers(0, 99), st.just("0" * 64)),
    st.integers(0, 1 << 52),
    st.text(max_size=9).filter(str.isprintable),
)


@given(revocations)
def test_what_was_written_is_read(revocation: Revocation) -> None:
    assert read_revocation(write_revocation(revocation, AGENCY.signer), AGENCY.certificate) == revocation


def test_two_revocations_of_one_device_up_to_one_start_have_names_of_their_own() -> None:
    both = (LOST, replace(LOST, at=AT + 1))
    names = {revocation_file(each.device, write_revocation(each, AGENCY.signer)) for each in both}
    assert len(names) == 2 and all(name.startswith(f"{SERIAL}-") and name.endswith(".jsonl") for name in names)


def test_each_changed_byte_is_refused() -> None:
    written = write_revocation(LOST, AGENCY.signer)
    for at in range(len(written)):
        with pytest.raises(IntegrityError):
            read_revocation(written[:at] + bytes((written[at] ^ 1,)) + written[at + 1 :], AGENCY.certificate)


def test_a_device_cannot_revoke_nor_can_another_agency() -> None:
    for signer in (device_signer(AGENCY), Agency.new("another").signer):
        with pytest.raises(IntegrityError):
            read_revocation(write_revocation(LOST, signer), AGENCY.certificate)


def test_a_line_with_a_field_of_its_own_is_none() -> None:
    lines = SignedLines("revocation", AGENCY.signer)
    data = lines.first(0, at=AT, device=SERIAL, journal=None, start=3, until=5, why="x") + lines.sign()
    with pytest.raises(IntegrityError, match="foreign fields"):
        read_revocation(data, AGENCY.certificate)


def test_only_later_starts_of_that_device_are_refused() -> None:
    known = Revocations((LOST,))
    refused = [who for serial in (SERIAL, "BWC-0002") for n in range(6) if known.against(who := StartIdentity(serial, n))]
    assert refused == [StartIdentity(SERIAL, 4), StartIdentity(SERIAL, 5)]
    assert Revocations((replace(LOST, start=NO_START),)).against(StartIdentity(SERIAL, 0)) is not None


@given(st.lists(revocations, max_size=6))
def test_of_several_the_one_that_leaves_least_counts_in_any_order(held: list[Revocation]) -> None:
    for device in {revocation.device for revocation in held}:
        found, turned = Revocations(tuple(held)).of(device), Revocations(tuple(reversed(held))).of(device)
        assert found is not None and turned is not None
        assert (found.start, found.journal) == (turned.start, turned.journal)
        assert found.start == min(revocation.start for revocation in held if revocation.device == device)


def test_it_says_since_when_why_and_what_still_counts() -> None:
    said = str(LOST)
    assert "2026-01-01T00:00:00+00:00" in said and "stolen from a car" in said
    assert "start that counts is 3 up to byte 1000 of its journal" in said
    assert "none of its starts counts" in str(replace(LOST, start=NO_START))


def test_a_folder_gives_those_of_the_authority_and_a_finding_for_each_other_file(tmp_path: Path) -> None:
    (tmp_path / "right.jsonl").write_bytes(write_revocation(LOST, AGENCY.signer))
    (tmp_path / "wrong.jsonl").write_bytes(write_revocation(LOST, device_signer(AGENCY)))
    (tmp_path / "link").symlink_to(tmp_path / "right.jsonl")
    found, wrong = read_revocations(tmp_path, AGENCY.certificate)
    assert found == Revocations((LOST,))
    assert [reason.state for reason in wrong] == [State.ALTERED, State.ALTERED]
    assert read_revocations(tmp_path / "nothing", AGENCY.certificate) == (Revocations(), [])


def test_a_verdict_names_the_newest_that_it_knew() -> None:
    assert Revocations().unknown() == "revocations: none were given"
    said = Revocations((replace(LOST, at=0), LOST)).unknown()
    assert said.startswith("revocations after the 2 that were given") and "2026-01-01" in said
