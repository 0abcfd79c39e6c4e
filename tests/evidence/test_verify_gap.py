"""A gap between starts is as wide as two chains say, and nobody counts it one by one."""

from pathlib import Path

from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.issue import new_key
from bwc_agent.evidence.lines import Json, sha256_hex
from bwc_agent.evidence.signed import SignedLines, Signer
from bwc_agent.evidence.software_key import SoftwareKey
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from tests.evidence_made import tiny_shift

FAR = 10**14


def test_a_journal_that_claims_a_gap_of_a_hundred_million_million_starts_is_a_finding(tmp_path: Path) -> None:
    shift = tiny_shift(tmp_path / "vault")
    before, key = shift.vault.journal(1).read_bytes(), new_key()
    certificate = shift.desk.agency.enrolment(key, shift.serial, FAR)
    lines = SignedLines("journal", Signer(SoftwareKey(key), certificate))
    previous: dict[str, Json] = {"bytes": len(before), "sha256": sha256_hex(before), "start": 1}
    first = lines.first(0, device=shift.serial, start=FAR, missing=[2, 3], previous=previous)
    shift.vault.journal(FAR).write_bytes(first + lines.sign())
    shift.vault.journal_signer(FAR).write_bytes(chain_to_pem([certificate]))
    verdict = verify_device(shift.vault.root, shift.authority)
    assert verdict.state is State.ALTERED
    assert [reason.what for reason in verdict.reasons] == ["its list of starts without a journal is not the gap before it"]
