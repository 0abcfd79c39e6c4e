"""A start states what the starts before it left, however often the power was cut meanwhile."""

from pathlib import Path

import pytest

from bwc_agent.evidence.keys import take_key
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.recipients import RecipientPrivate, RecipientPublic
from bwc_agent.evidence.requests import OpenRecording
from bwc_agent.storage.filing import Filing
from bwc_agent.storage.startup import found_files, open_device, open_journal
from tests.bench.device import SERIAL, enrolled


@pytest.fixture
def cut_vault(tmp_path: Path) -> tuple[Vault, list[RecipientPublic]]:
    """Start 0 was cut while it recorded."""
    vault, key, recipients = enrolled(tmp_path / "vault", [RecipientPrivate.generate()])
    device = open_device(vault, SERIAL, key, recipients)
    filing = Filing(device, open_journal(device, 0, []))
    filing.perform(OpenRecording(0, 1, {}))
    filing.abandon()
    return vault, recipients


def start(vault: Vault, recipients: list[RecipientPublic]) -> None:
    device = open_device(vault, SERIAL, take_key(vault.keys, SERIAL), recipients)
    open_journal(device, 0, []).abandon()


def paths(vault: Vault, number: int) -> set[str]:
    return {found.path for found in found_files(vault, number)}


LEFT = {"recordings/000000-0001/log.jsonl", "recordings/000000-0001/signer.pem"}


def test_the_next_start_finds_what_a_cut_left_and_the_one_after_does_not_repeat_it(
    cut_vault: tuple[Vault, list[RecipientPublic]],
) -> None:
    vault, recipients = cut_vault
    assert paths(vault, 1) == LEFT
    start(vault, recipients)
    assert paths(vault, 2) == set()


@pytest.mark.parametrize("kept", [0, 40, -1])
def test_a_journal_cut_before_its_first_signature_stated_nothing_so_it_is_found_again(
    cut_vault: tuple[Vault, list[RecipientPublic]], kept: int
) -> None:
    vault, recipients = cut_vault
    start(vault, recipients)
    whole = vault.journal(1).read_bytes()
    unsigned = whole[: whole.rindex(b'{"by"')]
    vault.journal(1).write_bytes(unsigned if kept < 0 else unsigned[:kept])
    assert paths(vault, 2) == LEFT


@pytest.mark.parametrize("text", ["000000-0001x", "0000-0001", 6 * "\u0660" + "-0001", "0000001-0001", ""])
def test_only_the_one_form_of_a_name_is_a_recording(text: str) -> None:
    assert RecordingName.parse(text) is None


def test_names_longer_than_usual_are_names() -> None:
    assert RecordingName.parse("1000000-12345") == RecordingName(1_000_000, 12_345)


@pytest.mark.parametrize("stem", ["\u00b2", "\u0661", "1a", ""])
def test_a_file_that_only_looks_like_a_journal_stops_no_start(cut_vault: tuple[Vault, list[RecipientPublic]], stem: str) -> None:
    vault, recipients = cut_vault
    (vault.journals / f"{stem}.jsonl").write_bytes(b"{}\n")
    start(vault, recipients)
    assert vault.journal(1).exists()
