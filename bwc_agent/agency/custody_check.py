"""Is a sealed file, as the agency's storage gives it back, the one that the device signed? Read once, answered in one word."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bwc_agent.agency.held import Claim
from bwc_agent.agency.open import unseal
from bwc_agent.errors import IntegrityError, OffloadError
from bwc_agent.evidence.fields import objects, text
from bwc_agent.evidence.lines import decode
from bwc_agent.evidence.recipients import RecipientPrivate
from bwc_agent.evidence.recording_reader import State
from bwc_agent.fmp4.reader import read_segment

MAX_OPENED: Final = 1 << 30
"""Bytes of the largest file that is opened, which is in memory meanwhile: a minute at 100 Mb/s has 750 MB."""


class Word(Enum):
    """What custody found of a file, or of a whole recording's log."""

    HELD = "held"
    """Every byte is what the device signed."""
    UNSIGNED_TAIL = "held, with an unsigned tail"
    """A power cut ended it: the bytes up to the last mark, and its length and digest in a later journal, are signed."""
    UNPROVEN = "unproven"
    """Nothing that is signed and here yet speaks for all of it; the next docking brings the journal that does."""
    ALTERED = "altered"
    """Its bytes, or the log's, are not what the device signed, or do not open."""
    UNKNOWN_SIGNER = "unknown signer"
    """The signer was not enrolled under this authority."""
    UNREADABLE = "unreadable"
    """The destination did not give it back, or did not take the receipt."""
    NOT_LOCKED = "not locked"
    """It is what was signed, and the store lets somebody remove it too early."""
    STANDS = "stands"
    """Its receipt names this very version, which never changes: it was not read again."""
    SEALED_FOR_OTHERS = "sealed for others"
    """It is what was signed, but the key given is none of those that it was sealed for."""

    @property
    def exit_status(self) -> int:
        """0 where a receipt may be signed; the others are those of a verdict or an error of the same meaning."""
        return _EXIT.get(self, 0)

    @property
    def good(self) -> bool:
        """True if a receipt may be signed."""
        return self.exit_status == 0


_EXIT: Final = {
    Word.SEALED_FOR_OTHERS: IntegrityError.exit_status,
    Word.UNREADABLE: OffloadError.exit_status,
    Word.NOT_LOCKED: OffloadError.exit_status,
    Word.UNPROVEN: 11,
    Word.ALTERED: 13,
    Word.UNKNOWN_SIGNER: 16,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file turned out to be: `state` is its length and SHA-256 as read, `why` a sentence where something is wrong."""

    word: Word
    state: State = (0, "")
    opened: bool | None = None
    why: str = ""


def check_file(data: Iterable[bytes], claim: Claim, open_with: RecipientPrivate | None) -> Checked:
    """Compare a file's `data` (in pieces, read once) with what was signed; open it too if a key is given.

    Without a key memory stays at a piece; with one, a segment is held whole, if that is what it can be. What is longer than
    what was signed is not read to its end. Raises what reading raises.
    """
    kept: list[bytes] = []
    boundary = claim.mark[0] if claim.mark else 0
    most = (claim.end or claim.found or (boundary, ""))[0]
    read = _no_further(data, most)
    state, marked = _digests(_keeping(read, kept) if open_with and most <= MAX_OPENED else read, boundary)
    checked = _compare(state, marked, claim)
    if open_with is None or not checked.word.good:
        return checked
    if most > MAX_OPENED:
        return Checked(Word.UNREADABLE, state, why=f"it is what was signed, but what has more than {MAX_OPENED} bytes is not opened")
    try:
        if not _is_for(claim, open_with):
            return Checked(Word.SEALED_FOR_OTHERS, state, why="the key given is none of those that it was sealed for; give one of them")
        whole = b"".join(kept)
        kept.clear()
        _open(whole, claim, open_with)
    except IntegrityError as error:
        return Checked(Word.ALTERED, state, False, f"its bytes are those that were signed, but it does not open: {error}")
    return Checked(checked.word, state, True, checked.why)


def _no_further(data: Iterable[bytes], most: int) -> Iterator[bytes]:
    """`data` up to the piece in which it proves to be longer than `most` bytes: whoever put more there shall not keep custody at it."""
    size = 0
    for piece in data:
        size += len(piece)
        yield piece
        if size > most:
            return


def _keeping(data: Iterable[bytes], kept: list[bytes]) -> Iterator[bytes]:
    for piece in data:
        kept.append(piece)
        yield piece


def _digests(data: Iterable[bytes], boundary: int) -> tuple[State, State]:
    """State of all of `data`, and of its first `boundary` bytes (of all, where it is shorter)."""
    running, size = hashlib.sha256(), 0
    first = (0, running.hexdigest())
    for piece in data:
        if size < boundary:
            until = running.copy()
            until.update(piece[: boundary - size])
            first = (min(size + len(piece), boundary), until.hexdigest())
        running.update(piece)
        size += len(piece)
    return (size, running.hexdigest()), first


def _compare(state: State, marked: State, claim: Claim) -> Checked:
    if claim.mark is not None and marked != claim.mark:
        return Checked(Word.ALTERED, state, why=f"its first {claim.mark[0]} bytes are not those that the last mark binds")
    whole = claim.end or claim.found
    if whole is None:
        return Checked(Word.UNPROVEN, state, why="the log does not end it and no journal here has found it: dock the device again")
    if state != whole:
        size = f"more than {whole[0]}" if state[0] > whole[0] else state[0]
        return Checked(Word.ALTERED, state, why=f"it has {size} bytes and another content than the {whole[0]} bytes that were signed")
    return Checked(Word.HELD if claim.end else Word.UNSIGNED_TAIL, state)


def _is_for(claim: Claim, private: RecipientPrivate) -> bool:
    own = private.public("").id
    return any(text(entry, "recipient") == own for entry in objects(claim.line, "keys"))


def _open(data: bytes, claim: Claim, private: RecipientPrivate) -> None:
    """Commitment, then Tink, then the plaintext's form. Raises IntegrityError at the first that does not hold."""
    # What a cut left behind the last mark may be anything, pages of zeros included.
    bound = data if claim.end else memoryview(data)[: claim.mark[0] if claim.mark else 0]
    plain = unseal(bound, claim.line, claim.identity, private, whole=bool(claim.end))
    if claim.identity.kind == "notes":
        _check_notes(plain)
    elif (found := read_segment(plain)).whole != len(plain):
        raise IntegrityError(f"only {found.whole} of its {len(plain)} bytes are whole boxes")


def _check_notes(plain: bytes) -> None:
    for line in plain.split(b"\n")[:-1]:
        decode(line + b"\n")
