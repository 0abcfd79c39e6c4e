"""What a vault's `trust` says of itself: used where the authority stands behind it, a finding where it does not.

Whoever verifies brings the authority's certificate; a vault's own copy proves nothing. But a camera that trusts somebody
else's receipts would give up evidence for them, and one with another recipient would seal for him.
"""

from collections.abc import Iterator
from pathlib import Path

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import certificate_from_pem, is_authority
from bwc_agent.evidence.given import Given
from bwc_agent.evidence.layout import Vault
from bwc_agent.evidence.recipients import recipient_from_lines
from bwc_agent.evidence.revocations import own_revocations
from bwc_agent.evidence.verdict import Reason, State
from bwc_agent.evidence.verify_copies import read_file
from bwc_agent.evidence.verify_files import listing
from bwc_agent.evidence.verify_receipts import receipt_certificates


def with_own(given: Given, vault: Vault, authority: Certificate) -> tuple[Given, list[Reason]]:
    """What was given and what stands in the vault, and a finding for all there that is not the agency's. Raises StorageError."""
    revocations, reasons = own_revocations(vault, authority)
    keys = list(given.receipt_keys)
    try:
        keys += receipt_certificates(vault.root, authority)
    except IntegrityError as error:
        reasons.append(Reason(State.ALTERED, f"it is not the agency's: {error}", "trust/receipt.pem"))
    return Given(keys, given.receipts, given.revocations + revocations), reasons


def foreign_trust(vault: Vault, authority: Certificate) -> Iterator[Reason]:
    """What the camera itself was made to trust, or to seal for, and the authority does not know. Raises StorageError."""
    own = vault.trust / "authority.pem"
    if own.exists() or own.is_symlink():
        yield from _foreign_authority(own, authority)
    folder = vault.trust / "recipients"
    files, reasons = listing(folder) if folder.is_dir() else ({}, [])
    yield from reasons
    for name, path in files.items():
        try:
            recipient_from_lines(read_file(path), authority)
        except IntegrityError as error:
            yield Reason(State.ALTERED, f"the camera seals for somebody whom the authority does not name: {error}", f"recipients/{name}")


def _foreign_authority(path: Path, authority: Certificate) -> Iterator[Reason]:
    where = f"trust/{path.name}"
    try:
        if not is_authority(certificate_from_pem(read_file(path)), authority):
            yield Reason(State.ALTERED, "the camera trusts another authority than the one given", where)
    except IntegrityError as error:
        yield Reason(State.ALTERED, str(error), where)
