"""A start states what the starts before it left, however often the power was cut meanwhile."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bwc_agent.control.duty import stated
from bwc_agent.control.status import BOOT
from bwc_agent.errors import StorageError
from bwc_agent.evidence.certs import chain_from_pem
from bwc_agent.evidence.keys import take_key
from bwc_agent.evidence.layout import RecordingName, Vault
from bwc_agent.evidence.plain import digest_plain
from bwc_agent.evidence.recipients import RecipientPrivate, RecipientPublic
from bwc_agent.evidence.requests import CloseRecording, CloseSegment, Fields, JournalLine, LogLine, OpenRecording, OpenSegment
from bwc_agent.evidence.signed import read_signed
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.files import make_durable
from bwc_agent.packets import CodecConfig, Track
from bwc_agent.storage import look_back as look_back_module
from bwc_agent.storage.filing import Filing
from bwc_agent.storage.look_back import look_back
from bwc_agent.storage.startup import open_device, open_journal
from tests.bench.device import SERIAL, authority_of, enrolled
from tests.bench.packets_to_disk import AVCC
from tests.faults.cuts import replayed
from tests.faults.fates import WORST
from tests.faults.taped import taped

FILLING: tuple[str, Fields] = ("state", stated(BOOT))


def pressed(filing: Filing) -> None:
    """A press as the recorder files it."""
    recording = {"state": "recording"}
    filing.perform(JournalLine(0, "event", {"answers": [], "event": "double press", **recording}))
    filing.perform(JournalLine(0, "state", {"lost": [], **recording}))
    filing.perform(OpenRecording(0, 1, {}))


@pytest.fixture
def cut_vault(tmp_path: Path) -> tuple[Vault, list[RecipientPublic]]:
    """Start 0 was cut while it recorded."""
    vault, key, recipients = enrolled(tmp_path / "vault", [RecipientPrivate.generate()])
    device = open_device(vault, SERIAL, key, recipients)
    filing = Filing(device, open_journal(device, 0, [FILLING]))
    pressed(filing)
    filing.abandon()
    return vault, recipients


def start(vault: Vault, recipients: list[RecipientPublic]) -> None:
    device = open_device(vault, SERIAL, take_key(vault.keys, SERIAL), recipients)
    open_journal(device, 0, [FILLING]).abandon()


def paths(vault: Vault, number: int) -> set[str]:
    return {found.path for found in look_back(vault, number).found}


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


def test_what_a_dead_process_left_with_the_kernel_is_durable_before_it_is_stated(
    cut_vault: tuple[Vault, list[RecipientPublic]], tmp_path: Path
) -> None:
    vault, recipients = cut_vault
    with taped(vault.root, lambda: None) as tape:
        device = open_device(vault, SERIAL, take_key(vault.keys, SERIAL), recipients)
        filing = Filing(device, open_journal(device, 0, [FILLING]))
        pressed(filing)
        filing.perform(LogLine(1, "marker", {"edges": [1]}))
        filing.abandon()
        start(vault, recipients)
    (_, disk), *_ = replayed(tape, [len(tape.calls)])
    _, nothing_unsynced = WORST[0]
    disk.materialise(nothing_unsynced, tmp_path / "card")
    left = Vault(tmp_path / "card")
    assert b'"marker"' in left.recording(RecordingName(1, 1)).joinpath("log.jsonl").read_bytes()
    verdict = verify_device(left.root, authority_of(vault.root))
    assert [reason for reason in verdict.reasons if reason.state is State.ALTERED] == []


def test_a_recording_whose_closing_nobody_signed_is_stated_by_the_next_start(cut_vault: tuple[Vault, list[RecipientPublic]]) -> None:
    vault, recipients = cut_vault
    device = open_device(vault, SERIAL, take_key(vault.keys, SERIAL), recipients)
    filing = Filing(device, open_journal(device, 0, [FILLING]))
    pressed(filing)
    filing.perform(CloseRecording(1, {}))
    filing.abandon()
    assert paths(vault, 2) == set()
    whole = vault.journal(1).read_bytes()
    vault.journal(1).write_bytes(whole[: whole.rindex(b'{"by"')])
    assert paths(vault, 2) == {name.replace("000000", "000001") for name in LEFT}


def test_a_file_that_the_card_does_not_give_back_is_stated_as_unread_and_holds_up_nobody(
    cut_vault: tuple[Vault, list[RecipientPublic]], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, recipients = cut_vault
    bad = (vault.recording(RecordingName(0, 1)) / "log.jsonl", vault.journal(0))
    _make_unreadable(monkeypatch, bad)
    start(vault, recipients)
    monkeypatch.undo()
    lines = read_signed(vault.journal(1).read_bytes(), chain_from_pem(vault.journal_signer(1).read_bytes())[0])
    unread = {str(line["path"]): str(line["why"]) for line in lines.of_kind("unread")}
    assert unread.keys() == {str(path.relative_to(vault.root)) for path in bad}
    assert all("card failed" in why for why in unread.values())
    assert (lines.lines[0]["previous"], lines.lines[0]["missing"]) == (None, [0])
    assert {line["path"] for line in lines.of_kind("found")} == {"recordings/000000-0001/signer.pem"}
    reasons = verify_device(vault.root, authority_of(vault.root)).reasons
    assert [(reason.state, reason.where) for reason in reasons] == [(State.END_UNPROVEN, "000000.jsonl")]


def _make_unreadable(patch: pytest.MonkeyPatch, bad: Sequence[Path]) -> None:
    def refused(path: Path) -> None:
        if path in bad:
            raise StorageError(f"cannot sync {path}: the card failed")
        make_durable(path)

    patch.setattr(look_back_module, "make_durable", refused)


@pytest.mark.parametrize("lay", [Path.write_bytes, lambda path, _: path.symlink_to("/")])
def test_what_is_named_as_a_recording_and_is_none_holds_up_no_start(
    cut_vault: tuple[Vault, list[RecipientPublic]], lay: Callable[[Path, bytes], object]
) -> None:
    vault, recipients = cut_vault
    lay(vault.recordings / "000000-0002", b"x")
    start(vault, recipients)
    assert vault.journal(1).read_bytes().count(b'"path":"recordings/000000-0002"') == 1


def test_a_file_whose_name_is_no_text_holds_up_no_start(cut_vault: tuple[Vault, list[RecipientPublic]]) -> None:
    vault, recipients = cut_vault
    (vault.recording(RecordingName(0, 1)) / "\udcff.tink").write_bytes(b"x")
    start(vault, recipients)
    assert paths(vault, 1) == LEFT


def test_a_finished_segment_is_stated_by_its_log_and_not_read_again(
    cut_vault: tuple[Vault, list[RecipientPublic]], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, recipients = cut_vault
    device = open_device(vault, SERIAL, take_key(vault.keys, SERIAL), recipients)
    filing = Filing(device, open_journal(device, 0, [FILLING]))
    pressed(filing)
    config = CodecConfig(Track.VIDEO, AVCC, 320, 180)
    for number in (1, 2):
        filing.perform(OpenSegment(0, number, 0, (config,)))
        if number == 1:
            filing.perform(CloseSegment(0))
    filing.sync()
    filing.abandon()
    folder, read = vault.recording(RecordingName(1, 1)), list[str]()

    def reading(path: Path) -> tuple[int, str]:
        read.append(path.name)
        return digest_plain(path)

    monkeypatch.setattr(look_back_module, "digest_plain", reading)
    found = {Path(item.path).name: (item.bytes, item.sha256) for item in look_back(vault, 2).found}
    assert found == {path.name: digest_plain(path) for path in folder.iterdir()} and read == ["0002.tink", "log.jsonl", "signer.pem"]
    read.clear()
    with (folder / "0001.tink").open("ab") as file:
        file.write(b"more")
    look_back(vault, 2)
    assert read[0] == "0001.tink", "it is longer than its log says"
