"""The desk at which one device after the other is looked at: journals, then each recording's log, then each sealed file."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.agency.custody_check import Checked, Word
from bwc_agent.agency.custody_look import Looked, Looking, failed
from bwc_agent.agency.held import Claim, Journals, read_claims, read_journals
from bwc_agent.agency.receipts_given import ReceiptsGiven
from bwc_agent.agency.retention import Keeping
from bwc_agent.agency.store import Held, Store, Version
from bwc_agent.errors import IntegrityError, OffloadError, StorageError
from bwc_agent.evidence.layout import MAILBOX, RecordingName
from bwc_agent.evidence.receipts import Receipt
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.revocations import NO_REVOCATIONS, Revocations
from bwc_agent.evidence.signed import Signer

READERS: Final = 4
"""Sealed files read at once."""
OPENERS: Final = 2
"""Sealed files opened at once: each is in memory whole, twice (a minute at 9.6 Mb/s: some 190 MB)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms the agency signs, and with which key.

    `open_with` opens every file; without it the receipt says that nothing was opened. `lock`: where the store can lock,
    what is not locked gets no receipt. `retention` (microseconds) is the agency's schedule, counted from when the store
    got a version; without it the store's own default counts. `again` reads also what a receipt stands for already.
    """

    authority: Certificate
    signer: Signer
    open_with: RecipientPrivate | None = None
    revocations: Revocations = NO_REVOCATIONS
    lock: bool = True
    retention: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One sealed file: what it turned out to be, and the receipt that now stands for it; `new` if signed in this run.

    Where a device's journals are wrong, `file` is `journal` and `recording` empty; where a log is, `file` is `log.jsonl`.
    `beside` is a sentence where something that the device did not make lies beside it.
    """

    device: str
    recording: str
    file: str
    checked: Checked
    receipt: str | None = None
    new: bool = False
    beside: str = ""

    @property
    def path(self) -> str:
        """Where it is, relative to the destination."""
        return "/".join([self.device, *(["recordings", self.recording] if self.recording else []), self.file])


@dataclass(frozen=True, slots=True)
class _Recording:
    """One recording of one device, while it is looked at."""

    held: Held
    name: RecordingName
    journals: Journals
    given: ReceiptsGiven
    sealed: Mapping[str, Sequence[Version]]

    def item(self, file: str, checked: Checked, beside: str = "") -> Item:
        return Item(self.held.folder.name, str(self.name), file, checked, beside=beside)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who signs, on what terms, for what this store holds; `at` is what receipts state as their time."""

    store: Store
    terms: Terms
    at: int

    def device(self, serial: str) -> Iterator[Item]:
        """Each sealed file of one device. A journal that does not hold stops everything of it: it could hide a rollback."""
        try:
            with self.store.open(serial, self.terms.authority) as held:
                yield from self._device(held)
        except (IntegrityError, OffloadError, StorageError) as error:
            yield Item(serial, "", "journal", failed(error))
        except OSError as error:
            told = f"cannot look at what is of {serial}: {error}; check permissions, the disk and --cache"
            yield Item(serial, "", "journal", failed(StorageError(told)))

    def _device(self, held: Held) -> Iterator[Item]:
        serial, signer = held.folder.name, self.terms.signer
        journals = read_journals(held.folder, self.terms.authority, self.terms.revocations)
        given = ReceiptsGiven(held.folder / MAILBOX, serial, signer, lambda name, data: self.store.give(serial, name, data))
        journals.check_seen(given.receipts, self.terms.revocations)
        given.give_again(held.hidden)
        yield from (Item(serial, "", path, Checked(Word.HELD), beside=told) for path, told in sorted(held.told.items()))
        keeping = Keeping(self.store, self.terms.lock, self.terms.retention, self.at)
        looking = Looking(self.store, keeping, self.terms.open_with, self.terms.again)
        for name in held.names():
            # Without a sealed file there is nothing to give a receipt for. Its log may be torn or missing for ever: a power
            # cut just after the press.
            if sealed := held.sealed(name):
                yield from self._recording(_Recording(held, name, journals, given, sealed), looking)

    def _recording(self, one: _Recording, looking: Looking) -> Iterator[Item]:
        standing = {file: looking.standing(versions, one.given.of(str(one.name), file)) for file, versions in one.sealed.items()}
        if all(standing.values()):
            claims: dict[str, Claim] = {}
        else:
            try:
                claims = self._claims(one, looking.keeping)
            except (IntegrityError, OffloadError, StorageError) as error:
                yield one.item("log.jsonl", failed(error))
                return
            folder = f"recordings/{one.name}/"
            told = [one.held.told[path] for path in (f"{folder}log.jsonl", f"{folder}signer.pem") if path in one.held.told]
            if told:
                yield one.item("log.jsonl", Checked(Word.HELD), "; ".join(told))
        with ThreadPoolExecutor(OPENERS if self.terms.open_with else READERS) as pool:
            looks = pool.map(lambda file: looking.look(one.sealed[file], claims.get(file), standing[file]), one.sealed)
            for file, found in zip(one.sealed, looks, strict=True):
                yield self._answer(one, file, found, looking.keeping)

    def _claims(self, one: _Recording, keeping: Keeping) -> dict[str, Claim]:
        """What the log claims, once log and journals are there, right, and kept. Raises Refused, OffloadError, StorageError."""
        one.held.bring_log(one.name, one.journals.stated(one.name))
        claims = read_claims(one.held.folder, one.name, self.terms.authority, one.journals, self.terms.revocations)
        with ThreadPoolExecutor(READERS) as pool:
            for _ in pool.map(keeping.until, one.held.leaned_on(one.name)):
                pass
        return claims

    def _answer(self, one: _Recording, file: str, found: Looked, keeping: Keeping) -> Item:
        item = one.item(file, found.checked, found.beside)
        if found.version is None:
            return item
        if found.receipt is not None:
            return replace(item, receipt=found.receipt)
        version, (size, digest) = found.version, found.checked.state
        place, newest, opened = self.store.name, one.journals.newest, found.checked.opened
        receipt = Receipt(item.device, one.name, file, size, digest, opened, self.at, place, version.id, newest, found.locked)
        if stood := one.given.find(receipt, lambda locked: keeping.enough(version, locked)):
            return replace(item, receipt=stood)
        try:
            return replace(item, receipt=one.given.give(receipt), new=True)
        except (IntegrityError, OffloadError) as error:
            return replace(item, checked=failed(error))
