"""A receipt file says one thing in one form, and a reader takes no other."""

import dataclasses
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.layout import RecordingName, notes_file, segment_file
from bwc_agent.evidence.lines import Json, decode, sha256_hex, unb64
from bwc_agent.evidence.receipts import (
    MAX_RECEIPT,
    JournalSeen,
    Receipt,
    is_receipt_file,
    is_sealed_file,
    read_receipt,
    receipt_file,
    write_receipt,
)
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.evidence.software_key import SoftwareKey
from tests.evidence.trial import Agency

KEY = new_key()
CERTIFICATE = Agency.new().receipt(KEY)
SIGNER = Signer(SoftwareKey(KEY), CERTIFICATE)
SHA = sha256_hex(b"segment")
GOOD = Receipt("BWC-0001", RecordingName(3, 1), "0001.tink", 4096, SHA, True, 1_767_225_600_000_000, "dock", None, JournalSeen(3, 900, SHA))

SIZES = st.integers(0, (1 << 53) - 1)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
RECEIPTS = st.builds(
    Receipt,
    device=st.text(st.characters(codec="utf-8"), max_size=20),
    recording=st.builds(RecordingName, st.integers(0, 999_999), st.integers(0, 9999)),
    file=st.builds("{:04d}{}.tink".format, st.integers(0, 9999), st.sampled_from(["", ".notes"])),
    bytes=SIZES,
    sha256=DIGESTS,
    opened=st.sampled_from([True, False, None]),
    at=SIZES,
    destination=st.text(st.characters(codec="utf-8"), max_size=20),
    version=st.none() | st.text(st.characters(codec="utf-8"), max_size=20),
    journal=st.none() | st.builds(JournalSeen, start=SIZES, bytes=SIZES, sha256=DIGESTS),
    locked=st.none() | SIZES,
)


@settings(max_examples=60, deadline=None)
@given(RECEIPTS)
def test_what_is_written_is_read_back(receipt: Receipt) -> None:
    assert read_receipt(write_receipt(receipt, SIGNER), CERTIFICATE) == receipt


def test_the_same_receipt_is_the_same_file_named_by_its_digest() -> None:
    data = write_receipt(GOOD, SIGNER)
    assert data == write_receipt(GOOD, SIGNER)
    assert receipt_file(data) == f"{sha256_hex(data)}.jsonl"
    assert is_receipt_file(receipt_file(data))


def test_openssl_verifies_a_receipt(tmp_path: Path) -> None:
    first, signature = write_receipt(GOOD, SIGNER).splitlines(keepends=True)
    (tmp_path / "line").write_bytes(first)
    (tmp_path / "sig").write_bytes(unb64(str(decode(signature)["sig"])))
    (tmp_path / "key").write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    command = ["openssl", "dgst", "-sha256", "-verify", str(tmp_path / "key"), "-signature", str(tmp_path / "sig"), str(tmp_path / "line")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"Verified OK\n"


def test_no_byte_of_a_receipt_can_change() -> None:
    data = write_receipt(GOOD, SIGNER)
    for position in range(len(data)):
        for bit in (1, 0x20):
            other = bytearray(data)
            other[position] ^= bit
            with pytest.raises(IntegrityError):
                read_receipt(bytes(other), CERTIFICATE)


def test_no_part_of_a_receipt_is_one_and_nothing_may_follow() -> None:
    data = write_receipt(GOOD, SIGNER)
    for end in range(len(data)):
        with pytest.raises(IntegrityError):
            read_receipt(data[:end], CERTIFICATE)
    for more in (b"\n", b"{", data):
        with pytest.raises(IntegrityError):
            read_receipt(data + more, CERTIFICATE)


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"file": "log.jsonl"},
        {"file": "../0001.tink"},
        {"file": "1.tink"},
        {"recording": "3-1"},
        {"recording": "../../x"},
        {"recording": "\u0660\u0660\u0660\u0660\u0660\u0663-0001"},
        {"bytes": True},
        {"bytes": -1},
        {"bytes": "1"},
        {"sha256": "AB" * 32},
        {"opened": 1},
        {"opened": "true"},
        {"destination": "dock"},
        {"destination": {"name": "dock"}},
        {"destination": {"name": "dock", "version": None, "more": 1}},
        {"destination": {"name": "dock", "version": 1}},
        {"locked": "never"},
        {"locked": True},
        {"locked": -1},
        {"journal": {}},
        {"journal": {"bytes": 1, "sha256": SHA, "start": 1, "more": 1}},
    ],
)
def test_a_signed_line_of_any_other_form_is_no_receipt(changes: dict[str, Json]) -> None:
    fields = {
        k: v for k, v in decode(write_receipt(GOOD, SIGNER).splitlines(keepends=True)[0]).items() if k not in ("bwc", "kind", "n", "t")
    }
    assert _signed(fields)
    with pytest.raises(IntegrityError):
        _signed(fields | changes)


@pytest.mark.parametrize("missing", ["at", "bytes", "destination", "device", "file", "journal", "opened", "recording", "sha256"])
def test_a_receipt_without_a_field_is_none(missing: str) -> None:
    fields = {
        k: v for k, v in decode(write_receipt(GOOD, SIGNER).splitlines(keepends=True)[0]).items() if k not in ("bwc", "kind", "n", "t")
    }
    del fields[missing]
    with pytest.raises(IntegrityError):
        _signed(fields)


def test_a_receipt_from_before_there_was_a_lock_still_counts_and_says_that_nothing_locks() -> None:
    whole = decode(write_receipt(GOOD, SIGNER).splitlines(keepends=True)[0])
    assert whole["locked"] is None
    assert _signed({k: v for k, v in whole.items() if k not in ("bwc", "kind", "n", "t", "locked")}) == GOOD


def _signed(fields: dict[str, Any]) -> Receipt:
    lines = SignedLines("receipt", SIGNER)
    return read_receipt(lines.first(0, **fields) + lines.sign(0), CERTIFICATE)


def test_a_receipt_longer_than_64_kib_is_not_looked_into() -> None:
    long = write_receipt(dataclasses.replace(GOOD, destination="x" * MAX_RECEIPT), SIGNER)
    with pytest.raises(IntegrityError, match="at most 65536"):
        read_receipt(long, CERTIFICATE)


def test_names_of_sealed_files_and_receipts_are_exactly_those_of_the_format() -> None:
    for number in (1, 9999, 10_000):
        assert is_sealed_file(segment_file(number)) and is_sealed_file(notes_file(number))
    for name in ("0001.tink\n", "00001.tink", "0001.mp4", "a001.tink", "0001.notes", ".0001.tink.tmp", "x/0001.tink"):
        assert not is_sealed_file(name)
    for name in (SHA, f"{SHA.upper()}.jsonl", f"{SHA}.jsonl\n", f"x/{SHA}.jsonl"):
        assert not is_receipt_file(name)
