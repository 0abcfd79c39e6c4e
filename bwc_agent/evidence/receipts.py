"""Receipts: the agency's signed word that its storage gave back a sealed file, byte for byte.

A receipt is a signed lines file of two lines, named by its own SHA-256, so that several of them for one file stand side
by side and a name can never lie about its content. It is the only thing against which a device frees space, and once
the space is free it is what proves that the file was there; therefore the reader here takes nothing but what the writer
here writes.
"""

import re
from dataclasses import dataclass
from typing import Final

from cryptography.x509 import Certificate

from bwc_agent.errors import IntegrityError
from bwc_agent.evidence.fields import Line, digest, fields, integer, text
from bwc_agent.evidence.layout import RecordingName
from bwc_agent.evidence.lines import Json, sha256_hex
from bwc_agent.evidence.signed import SignedLines, Signer, read_signed

MAX_RECEIPT: Final = 64 * 1024
"""Bytes of the largest receipt file; a reader refuses more before it looks inside."""
KIND: Final = "receipt"
"""Kind of the first line."""

_SEALED: Final = re.compile(r"([0-9]{4}|[1-9][0-9]{4,14})(\.notes)?\.tink")
_NAME: Final = re.compile(r"[0-9a-f]{64}\.jsonl")
# The agency's machine has no clock that a recording knows: `at` is its claim, `t` only satisfies the form of a line.
_NO_TIME: Final = 0


@dataclass(frozen=True, slots=True)
class JournalSeen:
    """The newest journal of the device that custody saw: its start, and length and SHA-256 of what its last signature speaks for.

    That `sig` line itself is left out, because anybody can write its twin (FORMAT.md, section 12): a twin that custody was
    shown must not make the device look set back.

    What the device shows later must begin with these bytes, or it was rolled back.
    """

    start: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One sealed file as the agency's storage gave it back.

    `opened` is True if custody opened it with the agency's key, None if no key was there, False if it did not open.
    `at` is microseconds since 1970, by the agency's clock. `version` is the store's own name for the object's version, and
    `locked` until when the store lets nobody remove that version (microseconds since 1970, the store's clock); None where
    nothing locks it, and in receipts from before there was this field.
    """

    device: str
    recording: RecordingName
    file: str
    bytes: int
    sha256: str
    opened: bool | None
    at: int
    destination: str
    version: str | None = None
    journal: JournalSeen | None = None
    locked: int | None = None


def is_sealed_file(name: str) -> bool:
    """True for the name of a segment or of its notes: the only files that a receipt can be for."""
    return _SEALED.fullmatch(name) is not None


def is_receipt_file(name: str) -> bool:
    """True for a name that a receipt file can have: 64 hexadecimal digits and `.jsonl`."""
    return _NAME.fullmatch(name) is not None


def receipt_file(data: bytes) -> str:
    """The name of the receipt file that holds `data`: its SHA-256 and `.jsonl`."""
    return f"{sha256_hex(data)}.jsonl"


def write_receipt(receipt: Receipt, signer: Signer) -> bytes:
    """The whole receipt file, signed. Raises IntegrityError for what a line cannot hold, HardwareError from the key."""
    lines = SignedLines(KIND, signer)
    return lines.first(_NO_TIME, **_to_fields(receipt)) + lines.sign(_NO_TIME)


def read_receipt(data: bytes, certificate: Certificate) -> Receipt:
    """What `certificate`'s key signed, if `data` is exactly that. Raises IntegrityError.

    Whether that key may speak for the agency is `verify_receipt_signer`'s question; ask it first.
    """
    if len(data) > MAX_RECEIPT:
        raise IntegrityError(f"a receipt has at most {MAX_RECEIPT} bytes, this has {len(data)}")
    signed = read_signed(data, certificate)
    if signed.tail or [line["kind"] for line in signed.lines] != [KIND, "sig"]:
        raise IntegrityError("a receipt is one line and its signature, nothing else")
    return _from_line(signed.lines[0])


def _to_fields(receipt: Receipt) -> dict[str, Json]:
    seen = receipt.journal
    journal: Json = {"bytes": seen.bytes, "sha256": seen.sha256, "start": seen.start} if seen else None
    return {
        "at": receipt.at,
        "bytes": receipt.bytes,
        "destination": {"name": receipt.destination, "version": receipt.version},
        "device": receipt.device,
        "file": receipt.file,
        "journal": journal,
        "locked": receipt.locked,
        "opened": receipt.opened,
        "recording": str(receipt.recording),
        "sha256": receipt.sha256,
    }


def _from_line(line: Line) -> Receipt:
    place = fields(line, "destination")
    found = Receipt(
        device=text(line, "device"),
        recording=_recording(text(line, "recording")),
        file=text(line, "file"),
        bytes=integer(line, "bytes"),
        sha256=digest(line, "sha256"),
        opened=_maybe_bool(line, "opened"),
        at=integer(line, "at"),
        destination=text(place, "name"),
        version=None if place.get("version") is None else text(place, "version"),
        journal=None if line.get("journal") is None else _journal(fields(line, "journal")),
        locked=None if line.get("locked") is None else integer(line, "locked"),
    )
    if not is_sealed_file(found.file):
        raise IntegrityError(f"a receipt is for a sealed file, and {found.file[:64]!r} is not the name of one")
    # The first receipts had no `locked`: those stand beside released files for ever.
    if {**_to_fields(found), "bwc": 1, "kind": KIND, "n": 0, "t": _NO_TIME} != {"locked": None, **line}:
        raise IntegrityError("a receipt has missing or foreign fields; it was not written by this format")
    return found


def _recording(name: str) -> RecordingName:
    found = RecordingName.parse(name)
    if found is None or str(found) != name:
        raise IntegrityError(f"a receipt names its recording as 000003-0001, not {name[:64]!r}")
    return found


def _maybe_bool(line: Line, name: str) -> bool | None:
    value = line.get(name)
    if value is not None and not isinstance(value, bool):
        raise IntegrityError(f"the field {name!r} must be true, false or null; the line was not written by this format")
    return value


def _journal(line: Line) -> JournalSeen:
    return JournalSeen(integer(line, "start"), integer(line, "bytes"), digest(line, "sha256"))
