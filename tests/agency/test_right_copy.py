"""Of copies and versions of a signed file, in any order and beside any garbage, the right one is taken, or none."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.agency.cache import Cache, Kept
from bwc_agent.agency.right_copy import Chain, chain_of, right_chains, right_copy
from bwc_agent.agency.store import Version
from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.evidence.software_key import SoftwareKey
from bwc_agent.evidence.verify_log import Refused
from tests.evidence.trial import SERIAL, Agency, twin

KEY, AGENCY = new_key(), Agency.new()
ENROLLED = AGENCY.enrolment(KEY, SERIAL)
SIGNER = Signer(SoftwareKey(KEY), ENROLLED)


@cache
def folder() -> Cache:
    return Cache(Path(mkdtemp(prefix="bwc-right-copy-")))


def kept(data: bytes, name: str = "log.jsonl", number: str = "") -> Kept:
    version = Version(f"{SERIAL}/recordings/000000-0001/{name}", number or sha256_hex(data + name.encode()), len(data))
    return folder().get(version, lambda _: [data])


def chains() -> list[Chain]:
    return right_chains([kept(chain_to_pem([ENROLLED]), "signer.pem")], StartIdentity(SERIAL, 0), AGENCY.certificate)


def log(signatures: int, what: str = "mark") -> bytes:
    """A signed file of so many signatures; each longer one begins with each shorter one of the same `what`."""
    lines = SignedLines("recording", SIGNER)
    data = lines.first(0) + lines.sign()
    for number in range(1, signatures):
        data += lines.add(what, number) + lines.sign()
    return data


GARBAGE = st.one_of(
    st.binary(max_size=200),
    st.integers(1, 4).map(lambda n: log(n)[:-1]),
    st.integers(1, 4).map(lambda n: bytes(len(log(n)))),
    st.integers(1, 4).map(lambda n: b"x" + log(n)[1:]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(GARBAGE, max_size=5), st.lists(st.integers(1, 4), min_size=1, max_size=4), st.randoms())
def test_what_is_signed_furthest_is_taken_from_among_any_garbage(garbage: list[bytes], signed: list[int], random: object) -> None:
    copies = [kept(data) for data in dict.fromkeys([*garbage, *(log(n) for n in signed)])]
    assert hasattr(random, "shuffle")
    random.shuffle(copies)
    right = right_copy(copies, chains(), ())
    assert right.data[: len(log(max(signed)))] == log(max(signed))
    beginnings = sum(right.data.startswith(each.path.read_bytes()) for each in copies)
    assert right.foreign == len(copies) - beginnings


@given(st.permutations([1, 2, 3, 4]), st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_what_a_later_journal_states_is_taken_to_the_byte(order: Sequence[int], stated: int) -> None:
    torn, padded = log(stated) + b'{"kind":"ma', log(stated) + b'{"kind":"mb' + bytes(9)
    copies = [*(kept(log(number)) for number in order if number <= stated), kept(padded), kept(torn)]
    assert right_copy(copies, chains(), [(len(torn), sha256_hex(torn))]).data == torn


def test_what_is_signed_further_than_a_later_journal_found_was_set_back() -> None:
    with pytest.raises(Refused, match="set back"):
        right_copy([kept(log(3)), kept(log(2))], chains(), [(len(log(2)), sha256_hex(log(2)))])


def test_of_the_same_bytes_the_closed_name_and_the_oldest_version_are_taken() -> None:
    data = log(2)
    open_copy, first, second = kept(data, f"log@{len(data)}.jsonl"), kept(data, number="1"), kept(data, number="2")
    assert right_copy([open_copy, first, second], chains(), ()).kept is first


def test_where_nothing_is_signed_the_oldest_is_left_to_the_reader() -> None:
    copies = [kept(b"one"), kept(b"another"), kept(b"")]
    right = right_copy(copies, chains(), ())
    assert (right.kept, right.foreign) == (copies[0], 1)


def test_two_that_one_key_signed_and_that_differ_are_no_choice() -> None:
    with pytest.raises(Refused, match="are both signed and differ"):
        right_copy([kept(log(3)), kept(log(2, "marker"))], chains(), ())


def test_a_chain_is_right_only_for_its_device_its_start_and_under_its_authority() -> None:
    pem, other = kept(chain_to_pem([ENROLLED]), "signer.pem"), Agency.new("another")
    foreign = kept(chain_to_pem([other.enrolment(KEY, SERIAL)]), "signer.pem")
    garbage = kept(b"-----BEGIN CERTIFICATE-----\n", "signer.pem")
    assert [chain.kept for chain in right_chains([garbage, foreign, pem], StartIdentity(SERIAL, 0), AGENCY.certificate)] == [pem]
    for who in (StartIdentity(SERIAL, 1), StartIdentity("BWC-0002", 0)):
        assert right_chains([pem], who, AGENCY.certificate) == []


def test_lines_name_their_chain_by_digest_before_signer() -> None:
    (chain,) = chains()
    twin = Chain(kept(b"twin", "signer.pem"), "0" * 64, ENROLLED)
    lines = SignedLines("recording", SIGNER)
    named = lines.first(0, signer=chain.digest) + lines.sign()
    assert chain_of(named, [twin, chain]) is chain
    assert chain_of(log(1), [twin, chain]) is twin
    assert chain_of(b"", [twin, chain]) is twin and chain_of(b"", []) is None


def test_what_one_life_signed_sooner_than_the_other_are_two_lives() -> None:
    """All its lines are in the other copy, but for the signature: that one nobody but the key could write."""
    lines = SignedLines("recording", SIGNER)
    long = lines.first(0) + lines.add("mark", 1) + lines.add("mark", 2) + lines.sign()
    sooner = SignedLines("recording", SIGNER)
    short = sooner.first(0) + sooner.add("mark", 1) + sooner.sign()
    with pytest.raises(Refused, match="both signed and differ"):
        right_copy([kept(long), kept(short)], chains(), ())
    assert right_copy([kept(long), kept(twin(long))], chains(), ()).foreign == 1
