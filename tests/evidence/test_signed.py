"""A signature speaks for every byte before it; a cut leaves a signed prefix, and anything else is noticed."""

import subprocess
from itertools import accumulate
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.lines import Json, decode, encode, sha256_hex, unb64
from bwc_agent.evidence.signed import SignedLines, fingerprint, is_twin, read_signed, spoken_for
from tests.evidence.trial import Agency, device_signer, twin

AGENCY = Agency.new()
SIGNER = device_signer(AGENCY)


def sample() -> list[bytes]:
    """Seven lines: first, two of a kind, sig, one, sig, one unsigned."""
    made = SignedLines("journal", SIGNER)
    return [
        made.first(5, device="BWC-0001"),
        made.add("state", 6, state="filling"),
        made.add("state", 7, state="standby"),
        made.sign(),
        made.add("off", 9),
        made.sign(),
        made.add("state", 11, state="unsigned"),
    ]


LINES = sample()
DATA = b"".join(LINES)
SIGNED = b"".join(LINES[:6])


def test_a_reader_gets_the_signed_lines_and_the_tail_apart() -> None:
    read = read_signed(DATA, SIGNER.certificate)
    assert [line["n"] for line in read.lines] == [0, 1, 2, 3, 4, 5]
    assert read.lines[0] == {"bwc": 1, "device": "BWC-0001", "kind": "journal", "n": 0, "t": 5}
    assert (read.signed_bytes, read.tail, read.kind) == (len(SIGNED), LINES[6], "journal")
    assert [line["state"] for line in read.of_kind("state")] == ["filling", "standby"]


def test_the_builder_knows_its_length_its_digest_and_what_is_unsigned() -> None:
    made = SignedLines("journal", SIGNER)
    data = made.first(0)
    assert made.unsigned
    data += made.sign()
    assert not made.unsigned
    data += made.add("off", 2)
    assert made.unsigned
    assert (made.bytes, made.digest()) == (len(data), sha256_hex(data))


def test_signing_is_deterministic() -> None:
    assert sample() == LINES


def test_openssl_verifies_each_signature_over_the_prefix(tmp_path: Path) -> None:
    public = SIGNER.certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    for index in (3, 5):
        (tmp_path / "prefix").write_bytes(b"".join(LINES[:index]))
        (tmp_path / "signature").write_bytes(unb64(str(decode(LINES[index])["sig"])))
        command = ["openssl", "dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "prefix"]
        assert "Verified OK" in subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


def test_a_signature_names_its_certificate() -> None:
    found = decode(LINES[3])
    assert found["by"] == fingerprint(SIGNER.certificate) == sha256_hex(SIGNER.certificate.public_bytes(Encoding.DER))
    assert found.keys() == {"by", "kind", "n", "sig", "t"}


def test_a_cut_anywhere_leaves_exactly_what_was_signed_before_it() -> None:
    ends = list(accumulate(map(len, LINES)))
    for cut in range(len(DATA) + 1):
        read = read_signed(DATA[:cut], SIGNER.certificate)
        signed = ends[5] if cut >= ends[5] else ends[3] if cut >= ends[3] else 0
        assert read.signed_bytes == signed
        assert DATA[:signed] + read.tail == DATA[:cut]


def test_every_flipped_byte_of_the_signed_part_is_noticed() -> None:
    whole = read_signed(SIGNED, SIGNER.certificate)
    for at in range(len(SIGNED)):
        for bit in range(8):
            altered = SIGNED[:at] + bytes([SIGNED[at] ^ 1 << bit]) + SIGNED[at + 1 :]
            try:
                read = read_signed(altered, SIGNER.certificate)
            except IntegrityError:
                continue
            # A last signature that is none any more (its newline before it included) leaves an earlier prefix, never the whole.
            assert read.signed_bytes < whole.signed_bytes
            assert at >= len(SIGNED) - len(LINES[5]) - 1


@given(st.permutations(range(6)), st.integers(1, 6))
@settings(max_examples=60)
def test_lines_moved_or_left_out_are_noticed(order: list[int], kept: int) -> None:
    picked = order[:kept]
    data = b"".join(LINES[index] for index in picked)
    untouched = picked == list(range(kept))
    if untouched or not {3, 5} & set(picked):
        assert b"".join(LINES[:6]).startswith(data) is untouched
        return
    last = max(picked.index(index) for index in {3, 5} & set(picked))
    if picked[: last + 1] == list(range(last + 1)):
        assert read_signed(data, SIGNER.certificate).signed_bytes == sum(map(len, LINES[: last + 1]))
    else:
        with pytest.raises(IntegrityError, match=r"line \d"):
            read_signed(data, SIGNER.certificate)


def test_the_wrong_line_is_named() -> None:
    with pytest.raises(IntegrityError, match=r"line 2: .*one form"):
        read_signed(LINES[0] + LINES[1].replace(b":", b": ", 1) + b"".join(LINES[2:]), SIGNER.certificate)
    with pytest.raises(IntegrityError, match="line 2: has number 2"):
        read_signed(LINES[0] + b"".join(LINES[2:]), SIGNER.certificate)
    with pytest.raises(IntegrityError, match="line 4: the signature does not fit"):
        read_signed(DATA.replace(b"filling", b"felling"), SIGNER.certificate)


def test_another_certificates_signature_is_refused() -> None:
    with pytest.raises(IntegrityError, match=r"line 4: .*another certificate"):
        read_signed(DATA, device_signer(AGENCY).certificate)


def test_a_file_of_another_version_is_refused() -> None:
    line = encode({"bwc": 2, "kind": "journal", "n": 0, "t": 0})
    signature = encode({"by": SIGNER.fingerprint, "kind": "sig", "n": 1, "sig": "QQ==", "t": 0})
    with pytest.raises(IntegrityError, match="line 1: does not begin a bwc/1 file"):
        read_signed(line + signature, SIGNER.certificate)


@pytest.mark.parametrize("more", [{"more": 1}, {"t": 8}])
def test_a_signature_line_says_nothing_that_nobody_signed(more: dict[str, Json]) -> None:
    assert decode(LINES[3])["t"] == 7
    with pytest.raises(IntegrityError, match="line 4: a signature has foreign fields, or another time"):
        read_signed(b"".join(LINES[:3]) + encode({**decode(LINES[3]), **more}), SIGNER.certificate)


def test_the_formats_own_fields_cannot_be_taken() -> None:
    made = SignedLines("journal", SIGNER)
    with pytest.raises(IntegrityError, match="'n' belongs to the format"):
        made.first(0, n=1)
    with pytest.raises(IntegrityError, match="only sign"):
        made.add("state", 0)
    with pytest.raises(IntegrityError, match="nothing to sign"):
        made.sign()
    made.first(0)
    for wrong in ("sig", "state"):
        with pytest.raises(IntegrityError):
            made.add(wrong, 0, kind="x")
    with pytest.raises(IntegrityError, match="already"):
        made.first(0)
    assert made.bytes == len(encode({"bwc": 1, "kind": "journal", "n": 0, "t": 0}))


def test_a_signature_that_the_other_copy_has_in_its_place_is_a_twin_and_one_that_it_has_not_is_another_life() -> None:
    other = SignedLines("journal", SIGNER)
    sooner = other.first(5, device="BWC-0001") + other.add("state", 6, state="filling") + other.sign()
    assert DATA.startswith(spoken_for(sooner)) and not DATA.startswith(sooner)
    assert not is_twin(sooner, DATA)
    assert is_twin(twin(SIGNED), DATA) and is_twin(twin(b"".join(LINES[:4])), DATA)
    assert not is_twin(SIGNED, sooner) and not is_twin(SIGNED, b"")
