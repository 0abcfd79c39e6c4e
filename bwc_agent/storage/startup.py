"""A start of the recorder, as FORMAT.md orders it: take the key, open the journal, state what was found, sign, sync.

Nothing that is found is touched: the old start's key is gone, so nobody could honestly close it. What is found is
stated with length and SHA-256, torn tails included, and only the export trims; what cannot be read is stated, too.
"""

import hashlib
from collections.abc import Sequence

from bwc_agent.evidence.certs import chain_to_pem
from bwc_agent.evidence.keys import StartKey
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.lines import Json
from bwc_agent.evidence.recipients import RecipientPublic
from bwc_agent.evidence.requests import Fields
from bwc_agent.evidence.signed import Signer
from bwc_agent.files import make_directory, write_new
from bwc_agent.storage.device import Device
from bwc_agent.storage.lines_file import LinesFile
from bwc_agent.storage.look_back import Before, look_back


def _predecessor(before: Before, start: int) -> dict[str, Json]:
    if before.previous is None:
        return {"missing": list(range(start)), "previous": None}
    number, size, digest = before.previous
    return {"missing": list(range(number + 1, start)), "previous": {"bytes": size, "sha256": digest, "start": number}}


def open_device(vault: Vault, serial: str, key: StartKey, recipients: Sequence[RecipientPublic]) -> Device:
    """The device as this start knows it, its signing key in RAM."""
    pem = chain_to_pem(key.chain)
    return Device(vault, serial, key.start, Signer(key.key, key.chain[0]), pem, hashlib.sha256(pem).hexdigest(), recipients)


def open_journal(device: Device, at: int, lines: Sequence[tuple[str, Fields]]) -> LinesFile:
    """The start's journal: what was before, what was found, then `lines`; signed and durable. Raises StorageError."""
    vault = device.vault
    for folder in (vault.journals, vault.recordings):
        if not folder.is_dir():
            make_directory(folder)
    before = look_back(vault, device.start)
    write_new(vault.journal_signer(device.start), device.chain_pem, shared=True)
    first: dict[str, Json] = {"device": device.serial, "start": device.start, **_predecessor(before, device.start)}
    journal = LinesFile(vault.journal(device.start), "journal", device.signer, at, first)
    told: list[tuple[str, Fields]] = [("found", {"bytes": f.bytes, "path": f.path, "sha256": f.sha256}) for f in before.found]
    told += [("unread", {"path": path, "why": why}) for path, why in before.unreadable.items()]
    try:
        for kind, fields in (*told, *lines):
            journal.add(kind, at, **fields)
        journal.sync()
    except BaseException:
        journal.abandon()
        raise
    return journal
