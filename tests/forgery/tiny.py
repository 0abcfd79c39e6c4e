"""The same story as small as it can be, by the device's own storage: a tenth of a second of film each, for every byte and the corpus."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.requests import (
    AddFragment,
    CloseRecording,
    CloseSegment,
    EndWindow,
    Note,
    OpenRecording,
    Request,
    Sync,
)
from bwc_agent.offload.engine import offload
from bwc_agent.offload.folder import Folder
from bwc_agent.offload.mailbox import bring_mail
from tests.evidence.trial import SERIAL
from tests.evidence_made import tiny_requests
from tests.forgery.honest import STORAGES, AgencyKeys, Honest, Live, Lives, storage_of, tell
from tests.offload.shift import Desk, Shift, Start, desk

OTHER = "BWC-0002"


def _recorded(number: int) -> Iterator[Request]:
    """A closed recording with a position."""
    for request in tiny_requests():
        if isinstance(request, EndWindow):
            yield Note(4000, "position", {"accuracy": 3000, "latitude": 418781000, "longitude": -876298000})
        yield replace(request, recording=number) if isinstance(request, OpenRecording) else request


def _cut(number: int) -> Iterator[Request]:
    """The same until its segment would be closed, with pictures behind its last mark."""
    for request in _recorded(number):
        if not isinstance(request, CloseSegment | CloseRecording):
            yield request
    yield Sync(1)
    for request in tiny_requests():
        if isinstance(request, AddFragment):
            yield AddFragment(tuple(replace(packet, pts=packet.pts + 9600) for packet in request.packets))


def _first(owner: Desk, storage: Path) -> Live:
    def live(vault: Vault) -> None:
        start = Start(vault, owner, _serial(vault))
        start.perform(*_recorded(1))
        _dock(vault, storage, start)
        start.perform(*_recorded(2), *_cut(3))
        start.cut()

    return live


def _later(owner: Desk, storage: Path) -> Live:
    def live(vault: Vault) -> None:
        start = Start(vault, owner, _serial(vault))
        start.perform(*_recorded(1))
        _dock(vault, storage, start)
        start.end(4800)

    return live


def _dock(vault: Vault, root: Path, start: Start) -> None:
    storage = storage_of(vault, root)
    bring_mail(vault, _serial(vault), Folder(storage))
    list(offload(vault, _serial(vault), Folder(storage), start.number))


def _serial(vault: Vault) -> str:
    return OTHER if vault.root.name == "other" else SERIAL


@cache
def tiny() -> Honest:
    """The story of `honest.py`, played once a test run by the storage alone."""
    root, owner, stranger = Path(mkdtemp(prefix="bwc-forgery-")), desk(), desk("another authority")
    for name, keeper in (("device", owner), ("other", owner), ("foreign", stranger)):
        Shift(root / name, keeper, OTHER if name == "other" else SERIAL)
    lives = Lives(_first(owner, root / "storage"), _later(owner, root / "storage"), _later(owner, root / "strays"))
    for name in STORAGES:
        (root / name).mkdir(parents=True)
    keys = AgencyKeys(owner.agency.signer, owner.receipts, owner.recipient)
    return tell(root, SERIAL, keys, root / "device", root / "other", root / "foreign", lives)
