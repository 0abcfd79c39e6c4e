"""The way back: messages from the mailbox into the inbox, form checked, nothing judged, and never too many."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bwc_agent.errors import OffloadError, StorageError
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.receipts import MAX_RECEIPT, receipt_file
from bwc_agent.files import leftover
from bwc_agent.offload import mailbox as mailbox_module
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import MOST, Mail, bring_mail
from tests.evidence.trial import SERIAL
from tests.offload.shift import tree
from tests.striking import refusing_disk

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


def test_what_the_custodian_has_filed_as_a_revocation_does_not_come_again(vault: Vault, mailbox: Path) -> None:
    (mailbox / NAME).write_bytes(MESSAGE)
    filed = vault.trust / "revocations"
    filed.mkdir(parents=True)
    (filed / NAME).write_bytes(MESSAGE)
    assert bring(vault, mailbox) == Mail()


class Hostile:
    """A store that has as many messages as it likes, or as many names and nothing behind them."""

    def __init__(self, count: int, size: int | None) -> None:
        self.messages = [b"%d %s" % (number, bytes(size or 0)) for number in range(count)]
        self.content = {receipt_file(data): data for data in self.messages}
        self.empty, self.reads = size is None, 0

    def names(self, folder: str) -> list[str]:
        return sorted(self.content)

    def read(self, name: str, limit: int) -> bytes:
        self.reads += 1
        return b"rubbish" if self.empty else self.content[name.split("/")[-1]]

    def sizes(self, folder: str) -> dict[str, int]:
        raise AssertionError("mail asks for no sizes")

    def put(self, name: str, size: int, pieces: object) -> Iterator[int]:
        raise AssertionError("mail puts nothing")


def test_a_hundred_thousand_names_cost_so_many_reads_a_look_and_bring_nothing(vault: Vault) -> None:
    store = Hostile(100_000, None)
    mail = bring_mail(vault, SERIAL, store)
    assert (mail.brought, len(mail.refused), mail.left, store.reads) == ((), MOST, 100_000 - MOST, MOST)
    again = bring_mail(vault, SERIAL, store, passed={name for name, _ in mail.refused})
    assert not {name for name, _ in again.refused} & {name for name, _ in mail.refused}


def test_more_than_a_look_takes_comes_with_the_next_looks(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_module, "MOST", 3)
    store = Hostile(8, 10)
    mails = [bring_mail(vault, SERIAL, store) for _ in range(4)]
    assert [(len(mail.brought), mail.left) for mail in mails] == [(3, 5), (3, 2), (2, 0), (0, 0)]
    assert tree(vault.inbox) == store.content


def test_rubbish_fills_the_inbox_up_to_its_bound_and_no_further(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_module, "INBOX_BYTES", 200_000)
    store = Hostile(20, 60_000)
    for _ in range(3):
        mail = bring_mail(vault, SERIAL, store)
        assert mail.full and mail.left == 17
        assert sum(map(len, tree(vault.inbox).values())) <= 200_000
    for path in vault.inbox.iterdir():
        path.unlink()
    assert len(bring_mail(vault, SERIAL, store).brought) == 3


def test_a_full_inbox_is_said_and_is_no_error(vault: Vault, mailbox: Path) -> None:
    (mailbox / NAME).write_bytes(MESSAGE)
    vault.inbox.mkdir()
    with refusing_disk(1, errno.ENOSPC):
        assert bring(vault, mailbox) == Mail(left=1, full=True)
    assert tree(vault.inbox) == {}
    assert bring(vault, mailbox) == Mail((NAME,))


def test_an_inbox_that_cannot_be_written_is_an_error(vault: Vault, mailbox: Path) -> None:
    (mailbox / NAME).write_bytes(MESSAGE)
    vault.inbox.mkdir()
    with refusing_disk(1, errno.EACCES), pytest.raises(StorageError, match="check owner and mode"):
        bring(vault, mailbox)


def test_a_destination_that_fails_in_the_middle_is_no_refused_message(vault: Vault, mailbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (mailbox / NAME).write_bytes(MESSAGE)

    def gone(self: Folder, name: str, limit: int) -> bytes:
        raise OffloadError("the store does not answer")

    monkeypatch.setattr(Folder, "read", gone)
    with pytest.raises(OffloadError, match="does not answer"):
        bring(vault, mailbox)


def test_rubbish_that_fills_the_inbox_cannot_keep_out_what_comes_behind_it(
    vault: Vault, mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bwc_agent.offload.mailbox.INBOX_BYTES", 3 * 4096)
    messages = {receipt_file(data): data for data in (bytes([number]) * 100 for number in range(10))}
    for name, data in messages.items():
        (mailbox / name).write_bytes(data)
    seen, before = set[str](), list[str]()
    for _ in range(7):
        mail = bring_mail(vault, SERIAL, Folder(mailbox.parent.parent), before=before)
        before = [*(name for name in before if name not in mail.brought), *mail.brought]
        seen |= set(mail.brought)
        assert sum(path.stat().st_blocks * 512 for path in vault.inbox.iterdir()) <= 3 * 4096
    assert seen == set(messages)
