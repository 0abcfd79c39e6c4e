"""HPKE's steps by hand give what the draft's own vector says, what our vector says, and what the library's one-shot does."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey

from bwc_agent.evidence.hpke import wrap
from bwc_agent.evidence.identity import Identity, key_info
from bwc_agent.evidence.lines import unb64
from bwc_agent.evidence.recipients import RecipientPrivate
from tests.evidence.foreign_hpke import Steps, opened, steps

VECTORS = json.loads((Path(__file__).parent.parent / "vectors/evidence/hpke_steps.json").read_text())
ENCAPSULATED = 1665


def private(case: dict[str, Any]) -> RecipientPrivate:
    mlkem = MLKEM1024PrivateKey.from_seed_bytes(bytes.fromhex(case["mlkem1024_seed_hex"]))
    return RecipientPrivate(mlkem, ec.derive_private_key(int(case["p384_private_hex"], 16), ec.SECP384R1()))


def walked(case: dict[str, Any]) -> Steps:
    pair = private(case)
    return steps(pair.mlkem, pair.p384, bytes.fromhex(case["enc_hex"]), bytes.fromhex(case["info_hex"]))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["why"])[:24])
def test_each_step_is_the_vectors(case: dict[str, Any]) -> None:
    found = walked(case)
    assert {f"{name}_hex": value.hex() for name, value in asdict(found).items()} == case["steps"]
    assert opened(found, bytes.fromhex(case["aad_hex"]), bytes.fromhex(case["ciphertext_hex"])).hex() == case["plaintext_hex"]


def test_both_keys_and_the_info_are_needed() -> None:
    case, other = VECTORS["cases"][0], RecipientPrivate.generate()
    pair, enc, info = private(case), bytes.fromhex(case["enc_hex"]), bytes.fromhex(case["info_hex"])
    for found in (
        steps(other.mlkem, pair.p384, enc, info),
        steps(pair.mlkem, other.p384, enc, info),
        steps(pair.mlkem, pair.p384, enc, b""),
    ):
        with pytest.raises(InvalidTag):
            opened(found, bytes.fromhex(case["aad_hex"]), bytes.fromhex(case["ciphertext_hex"]))


@pytest.mark.parametrize("kind", ["media", "notes"])
def test_what_the_library_wraps_opens_by_hand(kind: str) -> None:
    pair, identity, key = RecipientPrivate.generate(), Identity("BWC-0001", 7, 2, 1, kind), bytes(range(32))
    wrapped = unb64(str(wrap([pair.public("")], key, identity)[0]["wrapped"]))
    found = steps(pair.mlkem, pair.p384, wrapped[:ENCAPSULATED], key_info(identity))
    assert opened(found, b"", wrapped[ENCAPSULATED:]) == key
