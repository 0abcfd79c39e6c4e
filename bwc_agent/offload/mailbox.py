"""What the agency left for a device at its destination, brought into the device's inbox: the only way back.

The offloader judges nothing that it carries: the custodian, which has no network, does. Here only form is asked: a
plain object of at most 64 KiB, named by the SHA-256 of its content, so that half a message is not carried.
"""

from dataclasses import dataclass

from bwc_agent.errors import OffloadError
from bwc_agent.evidence.layout import MAILBOX, Vault
from bwc_agent.evidence.names import check_serial
from bwc_agent.evidence.receipts import MAX_RECEIPT, is_receipt_file, receipt_file
from bwc_agent.files import leftover, make_directory, unlink, write_new
from bwc_agent.offload.destination import Destination


@dataclass(frozen=True, slots=True)
class Mail:
    """Names newly `brought` into the inbox, and what was `refused`: name and why."""

    brought: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def bring_mail(vault: Vault, serial: str, destination: Destination) -> Mail:
    """Every message in the device's mailbox is in its inbox, durably, or was stored from there before; twice is once.

    Messages stay in the mailbox. Raises OffloadError if the mailbox cannot be listed, StorageError from the card,
    ConfigError for the serial.
    """
    folder = f"{check_serial(serial)}/{MAILBOX}"
    brought: list[str] = []
    refused: list[tuple[str, str]] = []
    for name in destination.names(folder):
        if _known(vault, name):
            continue
        try:
            data = _message(destination, folder, name)
        except OffloadError as error:
            refused.append((name, str(error)))
            continue
        _keep(vault, name, data)
        brought.append(name)
    return Mail(tuple(brought), tuple(refused))


def _known(vault: Vault, name: str) -> bool:
    """True if the message waits in the inbox, or the custodian has filed it."""
    if not is_receipt_file(name):
        return False
    waiting = vault.inbox / name
    if waiting.exists() and leftover(waiting).exists():
        # A cut within write_new left a second link to the finished file, and the custodian takes files with one link only.
        unlink(leftover(waiting))
    return waiting.exists() or any(vault.recordings.glob(f"*/receipts/{name}"))


def _message(destination: Destination, folder: str, name: str) -> bytes:
    if not is_receipt_file(name):
        raise OffloadError("its name is not a SHA-256 and .jsonl: it is no message; move it away")
    data = destination.read(f"{folder}/{name}", MAX_RECEIPT)
    if receipt_file(data) != name:
        raise OffloadError("its content does not have the SHA-256 that it is named by: copy it there again")
    return data


def _keep(vault: Vault, name: str, data: bytes) -> None:
    if not vault.inbox.is_dir():
        make_directory(vault.inbox)
    write_new(vault.inbox / name, data, shared=True)
