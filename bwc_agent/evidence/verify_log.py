"""The log of a recording, believed or refused: its chain to the authority, its signatures, its lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import UnknownSigner, chain_from_pem, verify_chain
from bwc_agent.evidence.lines import sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.recording_reader import RecordingLog, read_log, signer_digest
from bwc_agent.evidence.signed import SignedFile, read_signed
from bwc_agent.evidence.verdict import Reason, State
from bwc_agent.evidence.verify_copies import Copy, longest, read_file
from bwc_agent.evidence.verify_files import listing

SIGNER: Final = "signer.pem"
LOG: Final = "log"

_DOCK: Final = "is not here: it was taken away, or the docking was interrupted before it; dock again"


class Refused(IntegrityError):
    """A file of lines that cannot be believed; `reason` is the finding."""

    def __init__(self, state: State, what: str, where: str) -> None:
        super().__init__(f"{where}: {what}")
        self.reason = Reason(state, what, where)


def read_signed_log(folder: Path, authority: Certificate) -> RecordingLog:
    """The log of the recording in `folder`, proven by `authority`; its sealed files need not be here.

    Raises Refused (an IntegrityError: what is wrong with it), StorageError (it cannot be read).
    """
    return signed_log(listing(folder)[0], authority)


def signed_log(files: Mapping[str, Path], authority: Certificate) -> RecordingLog:
    """The log among the files of a recording's folder, as `read_signed_log`."""
    who, copy, signed, digest = signed_lines(files, SIGNER, LOG, authority)
    if not signed.lines:
        # Ciphertext comes only after the first signature: where there is some, somebody took the signature away.
        state = State.ALTERED if any(name.endswith(".tink") for name in files) else State.UNSIGNED_TAIL
        raise Refused(state, "nothing in it is signed, as if a power cut had come before the first signature", copy.path.name)
    try:
        if signer_digest(signed) != digest:
            raise IntegrityError(f"{SIGNER} is not the chain whose digest stands in the first line; it was changed")
        return read_log(signed, who, (len(copy.data), sha256_hex(copy.data)), copy.open)
    except IntegrityError as error:
        raise Refused(State.ALTERED, str(error), copy.path.name) from error


def signed_lines(files: Mapping[str, Path], pem: str, stem: str, authority: Certificate) -> tuple[StartIdentity, Copy, SignedFile, str]:
    """Who signed the lines file `stem` by the chain in `pem`, the copy that was read, its signed part, and the chain's digest.

    Raises Refused, StorageError.
    """
    if pem not in files:
        raise Refused(State.INCOMPLETE, _DOCK, pem)
    data = read_file(files[pem])
    try:
        chain = chain_from_pem(data)
        who = verify_chain(chain, authority)
    except UnknownSigner as error:
        raise Refused(State.UNKNOWN_SIGNER, str(error), pem) from error
    except IntegrityError as error:
        raise Refused(State.ALTERED, str(error), pem) from error
    where = f"{stem}.jsonl"
    try:
        copy = longest(files, stem)
        if copy is None:
            raise Refused(State.INCOMPLETE, _DOCK, where)
        return who, copy, read_signed(copy.data, chain[0]), sha256_hex(data)
    except Refused:
        raise
    except IntegrityError as error:
        raise Refused(State.ALTERED, str(error), where) from error
