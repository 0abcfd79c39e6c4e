"""The receipts that stand in a device's mailbox: signed once, never signed again for the same bytes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError, OffloadError
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.receipts import Receipt, is_receipt_file, read_receipt, receipt_file, write_receipt
from bwc_agent.evidence.signed import Signer

Give = Callable[[str, bytes], None]
"""Leaves a message, by its name, in the device's mailbox."""


class ReceiptsGiven:
    """The receipts of this key for `device` in the folder `mailbox`, which need not be there; other messages in it are left alone."""

    def __init__(self, mailbox: Path, device: str, signer: Signer, give: Give) -> None:
        self._mailbox, self._signer, self._give = mailbox, signer, give
        self._given: dict[tuple[str, str], dict[str, Receipt]] = {}
        for name, receipt in _read(mailbox, signer.certificate):
            # One that somebody carried here from another device's mailbox is right, and says nothing about this device.
            if receipt.device == device:
                self._keep(name, receipt)

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """All of them."""
        return tuple(receipt for given in self._given.values() for receipt in given.values())

    def of(self, recording: str, file: str) -> dict[str, Receipt]:
        """Those for one sealed file, by name."""
        return self._given.get((recording, file), {})

    def find(self, wanted: Receipt, enough: Callable[[int | None], bool]) -> str | None:
        """The name of a receipt that says as much as `wanted`: the same bytes and version, opened if `wanted` is, locked `enough`."""
        return next((name for name, given in self.of(str(wanted.recording), wanted.file).items() if _covers(given, wanted, enough)), None)

    def give(self, receipt: Receipt) -> str:
        """`receipt` stands in the mailbox, signed and durable; returns its name. Raises OffloadError."""
        data = write_receipt(receipt, self._signer)
        name = receipt_file(data)
        self._give(name, data)
        self._keep(name, receipt)
        return name

    def give_again(self, names: Iterable[str]) -> None:
        """Those of `names` that are receipts of this key stand in the mailbox again, for the device to see. Raises OffloadError."""
        for name in sorted({*names} & {name for given in self._given.values() for name in given}):
            self._give(name, read_plain(self._mailbox / name))

    def _keep(self, name: str, receipt: Receipt) -> None:
        self._given.setdefault((str(receipt.recording), receipt.file), {})[name] = receipt


def _covers(given: Receipt, wanted: Receipt, enough: Callable[[int | None], bool]) -> bool:
    # A folder may have another name by now; an id names a version in one bucket alone.
    place = wanted.destination if wanted.version is None else given.destination
    may_differ = replace(given, opened=wanted.opened, at=wanted.at, destination=place, journal=wanted.journal, locked=wanted.locked)
    return may_differ == wanted and given.opened in (True, wanted.opened) and enough(given.locked)


def _read(mailbox: Path, certificate: Certificate) -> Iterator[tuple[str, Receipt]]:
    for path in sorted(mailbox.glob("*.jsonl")):
        if not is_receipt_file(path.name):
            continue
        try:
            data = read_plain(path)
            if receipt_file(data) == path.name:
                yield path.name, read_receipt(data, certificate)
        except IntegrityError:
            # Another key's, or another kind of message: it is not ours to judge, and a receipt of ours goes beside it.
            continue
        except OSError as error:
            raise OffloadError(f"cannot read {path}: {error.strerror or error}; check the destination") from error
