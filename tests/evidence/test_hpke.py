"""A wrapped key opens for its recipient and its sealed file, for nobody and nothing else."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey

from bwc_agent.errors import ConfigError, IntegrityError
from bwc_agent.evidence.hpke import RecipientPrivate, commitment, unwrap, wrap
from bwc_agent.evidence.identity import Identity, identity_from_fields, key_info
from bwc_agent.evidence.lines import Json, b64, decode, encode, unb64

KEY = bytes(range(32))
IDENTITY = Identity("BWC-0001", 3, 1, 2, "media")
ONE, TWO = RecipientPrivate.generate(), RecipientPrivate.generate()
WRAPPED = wrap([ONE.public("one"), TWO.public("two")], KEY, IDENTITY)


def test_each_recipient_opens_what_was_wrapped_for_it() -> None:
    assert [entry["recipient"] for entry in WRAPPED] == [ONE.public("").id, TWO.public("").id]
    assert unwrap(ONE, WRAPPED, IDENTITY) == unwrap(TWO, WRAPPED, IDENTITY) == KEY
    assert [len(unb64(str(entry["wrapped"]))) for entry in WRAPPED] == [1665 + 48] * 2


def test_what_is_wrapped_stands_in_a_line() -> None:
    keys: list[Json] = list(WRAPPED)
    assert decode(encode({"keys": keys}))["keys"] == WRAPPED


def test_wrapping_twice_gives_two_ciphertexts() -> None:
    assert wrap([ONE.public("")], KEY, IDENTITY) != wrap([ONE.public("")], KEY, IDENTITY)


def test_a_stranger_is_told_who_could_open() -> None:
    with pytest.raises(IntegrityError, match=f"sealed for {ONE.public('').id}, {TWO.public('').id}, not for"):
        unwrap(RecipientPrivate.generate(), WRAPPED, IDENTITY)


@pytest.mark.parametrize(
    "other", [{"device": "BWC-0002"}, {"start": 4}, {"recording": 2}, {"segment": 1}, {"kind": "notes"}], ids=lambda o: next(iter(o))
)
def test_a_key_cannot_be_moved_to_another_sealed_file(other: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="another file's"):
        unwrap(ONE, WRAPPED, replace(IDENTITY, **other))


def test_a_changed_or_short_wrapping_does_not_open() -> None:
    sealed = unb64(str(WRAPPED[0]["wrapped"]))
    flipped = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in (0, 1600, 1700)]
    for altered in (b"", sealed[:-1], sealed + b"\0", *flipped):
        entry: dict[str, Json] = {"recipient": WRAPPED[0]["recipient"], "wrapped": b64(altered)}
        with pytest.raises(IntegrityError, match="does not open"):
            unwrap(ONE, [entry], IDENTITY)


def test_nothing_is_sealed_for_nobody() -> None:
    with pytest.raises(ConfigError, match="no recipient"):
        wrap([], KEY, IDENTITY)


def test_the_commitment_is_a_digest_of_the_key() -> None:
    assert commitment(KEY) == hashlib.sha256(b"bwc/1 commit" + KEY).hexdigest()


def test_the_vector_opens() -> None:
    vector = json.loads((Path(__file__).parent.parent / "vectors/evidence/hpke.json").read_text())
    seed, number = bytes.fromhex(vector["mlkem1024_seed_hex"]), int(vector["p384_private_hex"], 16)
    private = RecipientPrivate(MLKEM1024PrivateKey.from_seed_bytes(seed), ec.derive_private_key(number, ec.SECP384R1()))
    identity = identity_from_fields(vector["identity"])
    assert key_info(identity).hex() == vector["info_hex"]
    assert [spki.hex() for spki in private.public("").spkis] == [vector["mlkem1024_spki_hex"], vector["p384_spki_hex"]]
    key = unwrap(private, [{"recipient": vector["recipient"], "wrapped": vector["wrapped"]}], identity)
    assert key.hex() == vector["segment_key_hex"]
    assert commitment(key) == vector["commit"]
