"""One sealed file at the desk: of its versions the oldest that is right and that the store keeps, and what stands for it already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bwc_agent.agency.custody_check import Checked, Word, check_file
from bwc_agent.agency.held import Claim
from bwc_agent.agency.retention import Keeping, NotLockedError
from bwc_agent.agency.store import Store, Version
from bwc_agent.errors import BwcError, IntegrityError, OffloadError
from bwc_agent.evidence.receipts import Receipt
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.verdict import State
from bwc_agent.evidence.verify_log import Refused


@dataclass(frozen=True, slots=True)
class Standing:
    """A receipt, by its name, that says all that is asked of a version that never changes."""

    version: Version
    name: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file turned out to be; `version` that it was found right in, None where it was not, locked until `locked`.

    `receipt` is the name of one that stands for it unread, `beside` a sentence about the other versions.
    """

    checked: Checked
    version: Version | None = None
    locked: int | None = None
    receipt: str | None = None
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Looking:
    """How files are looked at; `again` also those that a receipt stands for."""

    store: Store
    keeping: Keeping
    open_with: RecipientPrivate | None
    again: bool

    def standing(self, versions: Sequence[Version], receipts: Mapping[str, Receipt]) -> Standing | None:
        """The receipt that makes reading a file anew needless."""
        if self.again or not self.store.keeps_versions:
            return None
        opened = (True,) if self.open_with else (True, None)
        for version in versions:
            for name, receipt in receipts.items():
                place = (self.store.name, version.id, version.size)
                same = version.id is not None and (receipt.destination, receipt.version, receipt.bytes) == place
                if same and receipt.opened in opened and self.keeping.enough(version, receipt.locked):
                    return Standing(version, name, receipt)
        return None

    def look(self, versions: Sequence[Version], claim: Claim | None, standing: Standing | None) -> Looked:
        """The file that `versions` (at least one, oldest first) are of, against what was signed of it.

        With `standing` and no claim all of the recording stands, and its log was not read.
        """
        whole = (claim.end or claim.found) if claim is not None else None
        if standing is not None and whole in (None, (standing.receipt.bytes, standing.receipt.sha256)):
            state = (standing.receipt.bytes, standing.receipt.sha256)
            checked = Checked(Word.STANDS, state, standing.receipt.opened)
            return Looked(checked, standing.version, standing.receipt.locked, standing.name, _beside(versions, standing.version))
        if claim is None:
            return Looked(Checked(Word.ALTERED, why="no signed log announces it: it was put there, or the log was cut"))
        wrong: Checked | None = None
        for version in [each for each in versions if whole and each.size == whole[0]] or versions[:1]:
            found = self._one(version, claim, versions)
            if found.version is not None:
                return found
            if wrong is None or found.checked.word is Word.NOT_LOCKED:
                wrong = found.checked
        return Looked(wrong or Checked(Word.UNREADABLE))

    def _one(self, version: Version, claim: Claim, versions: Sequence[Version]) -> Looked:
        try:
            checked = check_file(self.store.read(version), claim, self.open_with)
            if not checked.word.good:
                return Looked(checked)
            return Looked(checked, version, self.keeping.until(version), beside=_beside(versions, version))
        except OffloadError as error:
            return Looked(failed(error))


def _beside(versions: Sequence[Version], right: Version) -> str:
    others = len(versions) - 1
    if not others:
        return ""
    return f"{others} other {'version lies' if others == 1 else 'versions lie'} beside the right one, {right.id}: the device put only one"


def failed(error: BwcError) -> Checked:
    """What went wrong, as custody calls it."""
    if isinstance(error, Refused) and error.reason.state is State.UNKNOWN_SIGNER:
        return Checked(Word.UNKNOWN_SIGNER, why=str(error))
    if isinstance(error, NotLockedError):
        return Checked(Word.NOT_LOCKED, why=str(error))
    return Checked(Word.ALTERED if isinstance(error, IntegrityError) else Word.UNREADABLE, why=str(error))
