"""The way back: messages from the mailbox into the inbox, form checked, nothing judged."""

import os
from pathlib import Path

import pytest

from bwc_agent.errors import OffloadError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.receipts import MAX_RECEIPT, receipt_file
from bwc_agent.files import leftover
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import Mail, bring_mail
from tests.evidence.trial import SERIAL
from tests.offload.shift import tree

MESSAGE = b'{"kind":"anything"}\n'
NAME = receipt_file(MESSAGE)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    (tmp_path / "vault").mkdir()
    return Vault(tmp_path / "vault")


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    folder = tmp_path / "dock" / SERIAL / "mailbox"
    folder.mkdir(parents=True)
    return folder


def bring(vault: Vault, mailbox: Path) -> Mail:
    return bring_mail(vault, SERIAL, Folder(mailbox.parent.parent))


def test_messages_come_into_the_inbox_and_stay_in_the_mailbox(vault: Vault, mailbox: Path) -> None:
    (mailbox / NAME).write_bytes(MESSAGE)
    assert bring(vault, mailbox) == Mail((NAME,), ())
    assert tree(vault.inbox) == tree(mailbox) == {NAME: MESSAGE}


def test_brought_twice_is_brought_once(vault: Vault, mailbox: Path) -> None:
    (mailbox / NAME).write_bytes(MESSAGE)
    bring(vault, mailbox)
    assert bring(vault, mailbox) == Mail((), ())
    assert tree(vault.inbox) == {NAME: MESSAGE}


def test_what_the_custodian_has_filed_does_not_come_again(vault: Vault, mailbox: Path) -> None:
    (mailbox / NAME).write_bytes(MESSAGE)
    filed = vault.recordings / "000000-0001" / "receipts"
    filed.mkdir(parents=True)
    (filed / NAME).write_bytes(MESSAGE)
    assert bring(vault, mailbox) == Mail((), ())
    assert not vault.inbox.exists()


def test_without_a_mailbox_there_is_no_mail(vault: Vault, mailbox: Path) -> None:
    mailbox.rmdir()
    assert bring(vault, mailbox) == Mail((), ())


def test_what_has_not_the_form_of_a_message_is_refused_by_name_and_the_rest_comes(vault: Vault, mailbox: Path) -> None:
    big = bytes(MAX_RECEIPT + 1)
    whole = bytes(MAX_RECEIPT)
    for name, data in {receipt_file(big): big, receipt_file(whole): whole, "0" * 64 + ".jsonl": b"half", "notes.txt": b"x"}.items():
        (mailbox / name).write_bytes(data)
    (mailbox / ("1" * 64 + ".jsonl")).mkdir()
    os.mkfifo(mailbox / ("2" * 64 + ".jsonl"))
    (mailbox / ("3" * 64 + ".jsonl")).symlink_to(mailbox / "notes.txt")
    leftover(mailbox / NAME).write_bytes(MESSAGE)
    mail = bring(vault, mailbox)
    assert mail.brought == (receipt_file(whole),)
    assert {name for name, _ in mail.refused} == {path.name for path in mailbox.iterdir()} - {receipt_file(whole), f".{NAME}.tmp"}
    assert tree(vault.inbox) == {receipt_file(whole): whole}


def test_a_second_link_that_a_cut_left_in_the_inbox_is_removed(vault: Vault, mailbox: Path) -> None:
    (mailbox / NAME).write_bytes(MESSAGE)
    bring(vault, mailbox)
    os.link(vault.inbox / NAME, leftover(vault.inbox / NAME))
    assert bring(vault, mailbox) == Mail((), ())
    assert (vault.inbox / NAME).stat().st_nlink == 1
    assert tree(vault.inbox) == {NAME: MESSAGE}


def test_an_unplugged_destination_is_said(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(OffloadError, match="plug the destination in"):
        bring_mail(vault, SERIAL, Folder(tmp_path / "gone"))
