"""What lies on the card, in the inbox and in the mailbox: names that somebody gave, lists, messages."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from bwc_agent.errors import IntegrityError, OffloadError, StorageError
from bwc_agent.evidence.layout import MAILBOX, Vault
from bwc_agent.evidence.receipts import read_receipt, receipt_file
from bwc_agent.evidence.verify_device import verify_device
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from bwc_agent.offload.plan import latest_start, plan
from bwc_agent.storage.inbox import open_inbox
from bwc_agent.storage.look_back import look_back
from bwc_agent.storage.released import Released
from tests.evidence.trial import SERIAL
from tests.fuzz.material import material
from tests.fuzz.target import Target


def _names(data: bytes) -> Iterator[str]:
    """Names that a file can have."""
    for piece in data.split(b"\n")[:40]:
        name = os.fsdecode(piece[:200].replace(b"/", b"").replace(b"\0", b""))
        if name not in ("", ".", ".."):
            yield name


def _card(data: bytes) -> None:
    """Files and folders of these names, wherever a reader lists any."""
    with TemporaryDirectory() as folder:
        vault = Vault(Path(folder))
        recording = vault.recordings / "000000-0001"
        for place in (vault.journals, recording, vault.inbox):
            place.mkdir(parents=True)
        for name in _names(data):
            for place in (vault.journals, recording):
                (place / name).write_bytes(b"{}\n")
            with suppress(FileExistsError):
                (vault.recordings / name).mkdir()
        _listed(vault)


def _listed(vault: Vault) -> None:
    for start in (latest_start(vault), 0, None):
        plan(vault, SERIAL, start)
    look_back(vault, 5)
    verify_device(vault.root, material().authority)


def _inbox(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        name = receipt_file(data)
        (Path(folder) / name).write_bytes(data)
        with open_inbox(Path(folder)) as inbox:
            assert inbox.names() == [name] and inbox.read(name) == data


def _mail(data: bytes) -> None:
    """A message under its right name, beside others that only have these names."""
    with TemporaryDirectory() as root, TemporaryDirectory() as dock:
        mailbox = Path(dock) / SERIAL / MAILBOX
        mailbox.mkdir(parents=True)
        for name in _names(data):
            (mailbox / name).write_bytes(data)
        (mailbox / receipt_file(data)).write_bytes(data)
        assert bring_mail(Vault(Path(root)), SERIAL, Folder(Path(dock))).brought == (receipt_file(data),)


def _released(data: bytes) -> None:
    """A list that is there already; what is stated anew must come to stand in it."""
    receipt = read_receipt(material().receipt(), material().shift.desk.receipts.certificate)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "released.jsonl"
        path.write_bytes(data)
        Released(path).state(receipt, "0" * 64 + ".jsonl")
        assert path.read_bytes().startswith(data)


def _list() -> list[bytes]:
    receipt = read_receipt(material().receipt(), material().shift.desk.receipts.certificate)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "released.jsonl"
        Released(path).state(receipt, "0" * 64 + ".jsonl")
        return [path.read_bytes()]


_FILES = b"000000.jsonl\n000001@120.jsonl\n000001.pem\nlog.jsonl\nlog@20480.jsonl\n0001.tink\n0001.notes.tink\n.0001.tink.tmp\n000003-0001"
TARGETS = (
    Target("names on the card", _card, (IntegrityError, StorageError, OffloadError), lambda: [_FILES], examples=80, longest=2048),
    Target("inbox", _inbox, (IntegrityError, StorageError), lambda: [material().receipt()], examples=60),
    Target("mailbox", _mail, (OffloadError, StorageError), lambda: [_FILES, material().receipt()], examples=60),
    Target("released list", _released, (StorageError,), _list, examples=60),
)
