"""The vectors that any other implementation can run: signed files and chains, whole, cut and altered."""

import json
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import UnknownSigner, certificate_from_pem, chain_from_pem, verify_chain
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.signed import read_signed

VECTORS = json.loads((Path(__file__).parent.parent / "vectors/evidence/signed.json").read_text())
AUTHORITY = certificate_from_pem(VECTORS["authority"].encode())
CHAIN = chain_from_pem(VECTORS["chain"].encode())


def test_the_chain_proves_its_start() -> None:
    assert verify_chain(CHAIN, AUTHORITY) == StartIdentity(VECTORS["serial"], VECTORS["start"])


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda v: str(v["why"]))
def test_a_file_is_signed_as_far_as_it_says(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["file_hex"])
    read = read_signed(data, CHAIN[0])
    assert read.signed_bytes == vector["signed_bytes"]
    assert read.tail == data[vector["signed_bytes"] :]


@pytest.mark.parametrize("vector", VECTORS["altered"], ids=lambda v: str(v["why"]))
def test_an_altered_file_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=r"line \d"):
        read_signed(bytes.fromhex(vector["file_hex"]), CHAIN[0])


@pytest.mark.parametrize("vector", VECTORS["chains"], ids=lambda v: str(v["why"]))
def test_a_shorter_chain_proves_its_own_start(vector: dict[str, Any]) -> None:
    assert verify_chain(chain_from_pem(vector["pem"].encode()), AUTHORITY).start == vector["start"]


@pytest.mark.parametrize("vector", VECTORS["wrong_chains"], ids=lambda v: str(v["why"]))
def test_a_wrong_chain_is_refused_and_an_unknown_signer_told_apart(vector: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError) as caught:
        verify_chain(chain_from_pem(vector["pem"].encode()), AUTHORITY)
    assert isinstance(caught.value, UnknownSigner) is vector["unknown_signer"]
