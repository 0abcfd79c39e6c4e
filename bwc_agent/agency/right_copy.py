"""Which of several copies and versions of a signed file is the device's: what it signed decides, and never who came last.

Whoever has a device's credentials can put anything beside what the device delivered, earlier or later. Bytes that nobody
signed therefore count for nothing and stop nothing. Of those that are signed one is right: the very bytes that a later
journal states, else those that are signed furthest, else the oldest. Two that a key signed and that say different things
are two lives of one device, and no choice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from cryptography.x509 import Certificate

from bwc_agent.agency.cache import Kept
from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.certs import chain_from_pem, verify_chain
from bwc_agent.evidence.lines import decode, sha256_hex
from bwc_agent.evidence.names import StartIdentity
from bwc_agent.evidence.plain import read_plain
from bwc_agent.evidence.recording_reader import State
from bwc_agent.evidence.signed import fingerprint, is_twin, read_signed
from bwc_agent.evidence.verdict import State as Word
from bwc_agent.evidence.verify_log import Refused


@dataclass(frozen=True, slots=True)
class Right:
    """The right copy of a lines file, its bytes, and how many others are not even a beginning of it."""

    kept: Kept
    data: bytes
    foreign: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain that holds, and the certificate of its start."""

    kept: Kept
    digest: str
    leaf: Certificate


def right_chains(chains: Sequence[Kept], who: StartIdentity, authority: Certificate) -> list[Chain]:
    """Those of `chains` that prove the start `who`, in their order. The verifier's reader says what is wrong where none does."""
    found: list[Chain] = []
    for kept in chains:
        data = read_plain(kept.path)
        try:
            chain = chain_from_pem(data)
            if verify_chain(chain, authority) == who:
                found.append(Chain(kept, sha256_hex(data), chain[0]))
        except IntegrityError:
            continue
    return found


def right_copy(copies: Sequence[Kept], chains: Sequence[Chain], stated: Collection[State]) -> Right:
    """The right one of `copies` (at least one; those of one name oldest first) of a file that one of `chains` signs and journals `stated`.

    Where nothing is signed it is the oldest, for a reader to say what is wrong with it. Raises Refused for two lives.
    """
    if len(copies) == 1:
        # Most have one copy: whether it is right is the reader's question, and is not asked twice.
        return Right(copies[0], read_plain(copies[0].path), 0)
    leaves = [chain.leaf for chain in chains]
    kept = _stated(copies, stated) or _furthest(copies, leaves) or min(copies, key=_is_open)
    data, foreign = read_plain(kept.path), 0
    for other in copies:
        if other is not kept and not data.startswith(beside := read_plain(other.path)):
            foreign += 1
            said = beside[: _signed(beside, leaves)]
            if not data.startswith(said) and not is_twin(said, data):
                what = f"{other.version} and {kept.version} are both signed and differ: the device was set back, or it has a double"
                raise Refused(Word.ROLLED_BACK, what, PurePosixPath(kept.version.name).name)
    return Right(kept, data, foreign)


def chain_of(data: bytes, chains: Sequence[Chain]) -> Chain | None:
    """The chain of `chains` that the lines in `data` name: by the digest in their first line, else by their signer."""
    try:
        named = decode(data[: data.find(b"\n") + 1]).get("signer")
    except IntegrityError:
        named = None
    by_digest = (chain for chain in chains if chain.digest == named)
    by_signer = (chain for chain in chains if fingerprint(chain.leaf).encode() in data)
    return next(by_digest, None) or next(by_signer, None) or next(iter(chains), None)


def _stated(copies: Sequence[Kept], stated: Collection[State]) -> Kept | None:
    sizes = {size for size, _ in stated}
    likely = (kept for kept in copies if kept.version.size in sizes)
    return next((kept for kept in likely if (kept.version.size, sha256_hex(read_plain(kept.path))) in stated), None)


def _furthest(copies: Sequence[Kept], leaves: Sequence[Certificate]) -> Kept | None:
    """The one that is signed furthest; a closed one before an open one, an older one before a later."""
    best, signed = None, 0
    for kept in sorted(copies, key=lambda kept: (-kept.version.size, _is_open(kept))):
        if kept.version.size <= signed:
            break
        if (length := _signed(read_plain(kept.path), leaves)) > signed:
            best, signed = kept, length
    return best


def _is_open(kept: Kept) -> bool:
    return "@" in PurePosixPath(kept.version.name).name


def _signed(data: bytes, leaves: Sequence[Certificate]) -> int:
    """Bytes of the signed prefix, 0 where none holds."""
    for leaf in leaves:
        try:
            if fingerprint(leaf).encode() in data:
                return read_signed(data, leaf).signed_bytes
        except IntegrityError:
            continue
    return 0
