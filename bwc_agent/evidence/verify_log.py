"""The log of a recording, believed or refused: its chain to the authority, its signatures, its lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import UnknownSigner, chain_from_pem, verify_chain
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.recording_reader import RecordingLog, read_log, signer_digest
from bwc_agent.evidence.revocations import NO_REVOCATIONS, Revocations
from bwc_agent.evidence.signed import SignedFile, is_twin, read_signed
from bwc_agent.evidence.verdict import Reason, State
from bwc_agent.evidence.verify_copies import Contradiction, Copy, longest, read_file
from bwc_agent.evidence.verify_files import listing

SIGNER: Final = "signer.pem"
LOG: Final = "log"

_DOCK: Final = "is not here: it was taken away, or the docking was interrupted before it; dock again"


class Refused(IntegrityError):
    """A file of lines that cannot be believed; `reason` is the finding."""

    def __init__(self, state: State, what: str, where: str) -> None:
        self.reason = Reason(state, what, where)
        super().__init__(str(self.reason))


def read_signed_log(folder: Path, authority: Certificate, revocations: Revocations = NO_REVOCATIONS) -> RecordingLog:
    """The log of the recording in `folder`, proven by `authority`; its sealed files need not be here.

    Raises Refused (an IntegrityError: what is wrong with it), StorageError (it cannot be read).
    """
    return signed_log(listing(folder)[0], authority, revocations)


def signed_log(files: Mapping[str, Path], authority: Certificate, revocations: Revocations) -> RecordingLog:
    """The log among the files of a recording's folder, as `read_signed_log`."""
    found = signed_lines(files, SIGNER, LOG, authority, revocations)
    copy, signed = found.copy, found.file
    if not signed.lines:
        # Ciphertext comes only after the first signature: where there is some, somebody took the signature away.
        state = State.ALTERED if any(name.endswith(".tink") for name in files) else State.UNSIGNED_TAIL
        raise Refused(state, "nothing in it is signed, as if a power cut had come before the first signature", copy.path.name)
    try:
        if signer_digest(signed) != found.chain:
            raise IntegrityError(f"{SIGNER} is not the chain whose digest stands in the first line; it was changed")
        return read_log(signed, found.who, (len(copy.data), sha256_hex(copy.data)), copy.open)
    except IntegrityError as error:
        raise Refused(State.ALTERED, str(error), copy.path.name) from error


@dataclass(frozen=True, slots=True)
class SignedLines:
    """A file of lines that is believed: who signed it, the copy that was read, what is signed of it, and its chain's digest."""

    who: StartIdentity
    copy: Copy
    file: SignedFile
    chain: str


def signed_lines(files: Mapping[str, Path], pem: str, stem: str, authority: Certificate, revocations: Revocations) -> SignedLines:
    """The lines file `stem` under the chain in `pem`. Raises Refused, StorageError."""
    if pem not in files:
        raise Refused(State.INCOMPLETE, _DOCK, pem)
    data = read_file(files[pem])
    who, certificate = _signer(data, pem, authority)
    if (revoked := revocations.against(who)) is not None:
        # Not a byte needs to be altered: it is the signer for whom nobody stands any more.
        raise Refused(State.UNKNOWN_SIGNER, f"is the chain of start {who.start}, and {revoked}", pem)
    where = f"{stem}.jsonl"
    try:
        copy = longest(files, stem)
        if copy is not None:
            return SignedLines(who, copy, read_signed(copy.data, certificate), sha256_hex(data))
    except Contradiction as error:
        state = State.ROLLED_BACK if _both_signed(error, certificate) else State.ALTERED
        raise Refused(state, str(error), where) from error
    except IntegrityError as error:
        raise Refused(State.ALTERED, str(error), where) from error
    raise Refused(State.INCOMPLETE, _DOCK, where)


def _signer(data: bytes, pem: str, authority: Certificate) -> tuple[StartIdentity, Certificate]:
    try:
        chain = chain_from_pem(data)
        return verify_chain(chain, authority), chain[0]
    except UnknownSigner as error:
        raise Refused(State.UNKNOWN_SIGNER, str(error), pem) from error
    except IntegrityError as error:
        raise Refused(State.ALTERED, str(error), pem) from error


def _both_signed(contradiction: Contradiction, certificate: Certificate) -> bool:
    """True if one key signed both of what cannot both be: two lives of one start, and no twin of a last signature."""
    try:
        one, other = (data[: read_signed(data, certificate).signed_bytes] for data in contradiction.copies)
    except IntegrityError:
        return False
    if one.startswith(other) or other.startswith(one):
        return False
    return not (is_twin(one, other) or is_twin(other, one))
