"""Certificates, receipts and journals that any verifier must believe, and those that it must refuse, by the rule that each breaks."""

import json
from pathlib import Path
from typing import Any

import pytest

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import UnknownSigner, certificate_from_pem, chain_from_pem, verify_chain, verify_receipt_signer
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.receipts import read_receipt, receipt_file
from bwc_agent.evidence.verify_journals import read_journals
from bwc_agent.evidence.verify_receipts import read_receipts

FOLDER = Path(__file__).parent.parent / "vectors/evidence"
NAMES = ("certificates", "receipts", "receipts_locked", "journals")
CERTIFICATES, RECEIPTS, LOCKED, JOURNALS = (json.loads((FOLDER / f"{name}.json").read_text()) for name in NAMES)
AUTHORITY = certificate_from_pem(CERTIFICATES["authority"].encode())
RECEIPT_KEY = certificate_from_pem(RECEIPTS["receipt_key"].encode())
LOCKED_KEY = certificate_from_pem(LOCKED["receipt_key"].encode())


def by_rule(vector: dict[str, Any]) -> str:
    return str(vector.get("rule", vector.get("why")))


@pytest.mark.parametrize("vector", CERTIFICATES["chains"], ids=by_rule)
def test_a_right_chain_proves_its_start(vector: dict[str, Any]) -> None:
    assert verify_chain(chain_from_pem(vector["pem"].encode()), AUTHORITY) == StartIdentity(vector["serial"], vector["start"])


@pytest.mark.parametrize("vector", CERTIFICATES["wrong_chains"], ids=by_rule)
def test_a_chain_that_breaks_a_rule_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError) as caught:
        verify_chain(chain_from_pem(vector["pem"].encode()), AUTHORITY)
    assert isinstance(caught.value, UnknownSigner) is vector["unknown_signer"]


def test_a_right_receipt_key_says_whose_it_is() -> None:
    for vector in CERTIFICATES["receipt_keys"]:
        assert verify_receipt_signer(certificate_from_pem(vector["pem"].encode()), AUTHORITY) == vector["label"]


@pytest.mark.parametrize("vector", CERTIFICATES["wrong_receipt_keys"], ids=by_rule)
def test_a_receipt_key_that_breaks_a_rule_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError) as caught:
        verify_receipt_signer(certificate_from_pem(vector["pem"].encode()), AUTHORITY)
    assert isinstance(caught.value, UnknownSigner) is vector["unknown_signer"]


@pytest.mark.parametrize("vector", RECEIPTS["receipts"], ids=by_rule)
def test_a_right_receipt_has_its_name_and_says_what_its_line_says(vector: dict[str, Any]) -> None:
    data = vector["file"].encode()
    found, line = read_receipt(data, RECEIPT_KEY), json.loads(data.splitlines()[0])
    assert receipt_file(data) == vector["name"]
    assert (str(found.recording), found.file, found.bytes, found.sha256) == (line["recording"], line["file"], line["bytes"], line["sha256"])
    assert (found.opened, found.version) == (line["opened"], line["destination"]["version"])


@pytest.mark.parametrize("vector", RECEIPTS["wrong"], ids=by_rule)
def test_a_receipt_that_breaks_a_rule_counts_for_nothing(vector: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / vector["name"]).write_bytes(vector["file"].encode())
    found = read_receipts(tmp_path, [RECEIPT_KEY])
    unknown = vector["rule"] in ("signed by another key", "no signature")
    assert (found.held, len(found.reasons), found.unknown) == ((), int(not unknown), int(unknown))


@pytest.mark.parametrize("vector", LOCKED["receipts"], ids=by_rule)
def test_a_right_receipt_says_until_when_it_is_locked(vector: dict[str, Any]) -> None:
    data = vector["file"].encode()
    found = read_receipt(data, LOCKED_KEY)
    assert receipt_file(data) == vector["name"]
    assert found.locked == json.loads(data.splitlines()[0])["locked"]


@pytest.mark.parametrize("vector", LOCKED["wrong"], ids=by_rule)
def test_a_receipt_with_a_wrong_lock_counts_for_nothing(vector: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / vector["name"]).write_bytes(vector["file"].encode())
    found = read_receipts(tmp_path, [LOCKED_KEY])
    assert (found.held, len(found.reasons), found.unknown) == ((), 1, 0)


@pytest.mark.parametrize("case", JOURNALS["cases"], ids=by_rule)
def test_journals_hold_on_to_each_other(case: dict[str, Any], tmp_path: Path) -> None:
    files = {name: text for name, text in JOURNALS["files"].items() if name not in case["remove"]} | case["put"]
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode())
    _, reasons = read_journals(tmp_path, certificate_from_pem(JOURNALS["authority"].encode()))
    assert [{"state": reason.state.value, "where": reason.where} for reason in reasons] == case["findings"]
