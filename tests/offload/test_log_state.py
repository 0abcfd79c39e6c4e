"""What the offloader reads off a log: how far it is signed, whether it is closed, which files are ended."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.evidence.off_time import Claim
from bwc_agent.evidence.signed import SignedLines
from bwc_agent.offload.log_state import LogState, log_state, signed_length
from tests.evidence.trial import Agency, device_signer

SIGNER = device_signer(Agency.new())


def log(*kinds: str) -> list[bytes]:
    lines = SignedLines("recording", SIGNER)
    out = [lines.first(0)]
    for kind in kinds:
        fields = {"file": "0001.tink", "note": '"kind":"sig" "kind":"stop"'} if kind == "end" else {}
        out.append(lines.sign(0) if kind == "sig" else lines.add(kind, 0, **fields))
    return out


def test_an_unsigned_log_is_signed_nowhere() -> None:
    assert log_state(b"") == LogState(0, False, frozenset())
    assert log_state(b"".join(log("end", "stop"))) == LogState(0, False, frozenset())


def test_a_log_counts_up_to_its_last_signature() -> None:
    lines = log("sig", "end", "sig", "stop")
    assert log_state(b"".join(lines)) == LogState(len(b"".join(lines[:4])), False, frozenset({"0001.tink"}))
    closed = b"".join(log("sig", "end", "stop", "sig"))
    assert log_state(closed) == LogState(len(closed), True, frozenset({"0001.tink"}))


def test_text_that_looks_like_a_signature_is_none() -> None:
    lines = log("sig", "end")
    assert signed_length(b"".join(lines)) == len(b"".join(lines[:2]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["mark", "end", "sig", "stop"]), max_size=8), st.integers(0, 4000), st.binary(max_size=12))
def test_cut_anywhere_with_any_tail_the_signed_part_is_a_prefix_that_ends_with_a_signature(kinds: list[str], cut: int, tail: bytes) -> None:
    lines = log(*kinds)
    data = b"".join(lines)[:cut]
    ends = [len(b"".join(lines[: index + 1])) for index, line in enumerate(lines) if b'"kind":"sig","n"' in line]
    assert signed_length(data + tail.replace(b"\n", b"")) == max((end for end in ends if end <= len(data)), default=0)


def test_marks_of_the_officer_and_the_begin_of_each_media_file_are_seen_and_only_as_far_as_signed() -> None:
    lines = SignedLines("recording", SIGNER)
    data = lines.first(0, anchor={"at": 5, "source": "trial", "uncertainty": 1, "utc": 7})
    data += lines.add("segment", 0, file="0001.tink", base=-3) + lines.add("segment", 0, file="0001.notes.tink")
    data += lines.add("marker", 0, edges=[1]) + lines.sign(0)
    unsigned = lines.add("segment", 0, file="0002.tink", base=9)
    found = log_state(data + unsigned)
    assert (found.marked, found.begins, found.claim) == (True, {"0001.tink": -3}, Claim(5, 7, 1, "trial"))
    assert log_state(data[:-1]) == LogState(0, False, frozenset())
